import type { IdentifierKindName } from './identifiers.ts'

/** An identifier of a user, and since when it is proven. */
export interface IdentifierRecord {
  readonly kind: IdentifierKindName
  readonly value: string
  readonly verifiedAt: Date | null
}

/** A person as a store keeps them. Credentials, `tokenVersion` and the disabled state are never part of it. */
export interface UserRecord {
  readonly id: string
  readonly identifiers: readonly IdentifierRecord[]
  readonly role: string
  readonly firstName: string | null
  readonly lastName: string | null
  readonly locale: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Date
}

/** What of a user may be changed in place. */
export type UserPatch = Partial<Omit<UserRecord, 'id' | 'createdAt' | 'identifiers'>>

/** Where people are kept. A foreign table can take this place, so nothing of ours joins to it. */
export interface UserStore {
  findById(id: string): Promise<UserRecord | undefined>
  findByIdentifier(of: { kind: IdentifierKindName; value: string }): Promise<UserRecord | undefined>
  /** Idempotent on the id: who is there already, with these identifiers, stays as they are. @throws identifier_taken */
  create(user: UserRecord): Promise<void>
  update(id: string, patch: UserPatch): Promise<void>
  list(page: { limit: number; cursor: string | undefined }): Promise<{ users: readonly UserRecord[]; nextCursor: string | null }>
  isEmpty(): Promise<boolean>
}

/** What only we know of a user: whatever can end all of their authentications at once. */
export interface UserState {
  readonly tokenVersion: number
  readonly disabledAt: Date | null
}

/** Kept in a table of ours that no query joins to the users. A user without a row has never been touched. */
export interface UserStateStore {
  find(userId: string): Promise<UserState>
  raiseTokenVersion(userId: string): Promise<void>
  setDisabled(userId: string, at: Date | null): Promise<void>
  /** Until this transaction ends, nobody else's gets past `hold`, `raiseTokenVersion` or `setDisabled` of this user. */
  hold(userId: string): Promise<void>
}
