import type { Total } from '../../storage/ops.ts'
import type { Identifier, IdentifierKindName } from './identifiers.ts'

/** An identifier of a user, and since when it is proven. */
export interface IdentifierRecord {
  readonly kind: IdentifierKindName
  readonly value: string
  readonly verifiedAt: Date | null
}

/** A person as a store keeps them. Credentials, `tokenVersion` and the disabled state are never part of it. */
export interface UserRecord {
  readonly id: string
  readonly poolId: string
  readonly identifiers: readonly IdentifierRecord[]
  readonly role: string
  readonly firstName: string | null
  readonly lastName: string | null
  readonly locale: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Date
}

/** What of a user may be changed in place. */
export type UserPatch = Partial<Omit<UserRecord, 'id' | 'poolId' | 'createdAt' | 'identifiers'>>

/** An address on its way to take the place of another. */
export interface NewEmail {
  readonly email: string
  readonly verifiedAt: Date | null
  /** Until then nobody else gets the old one, where a store can keep it; absent: it is free at once. */
  readonly oldKeptUntil?: Date
}

/** Who of them all. */
export interface UserFilter {
  /** The beginning of a name they log in by, of what they are called, or of their id. */
  readonly q?: string | undefined
  readonly role?: string | undefined
  readonly status?: 'active' | 'disabled' | undefined
  /** Whether what they stand under is proved. */
  readonly verified?: boolean | undefined
  readonly createdFrom?: Date | undefined
  /** The first instant that is no longer meant. */
  readonly createdTo?: Date | undefined
}

/** What a list of people can be ordered by; a search has the order of what was found. */
export const userOrders = ['createdAt', '-createdAt', 'identifier', '-identifier'] as const

/** One page of a list of people. */
export interface UserQuery extends UserFilter {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly sort?: (typeof userOrders)[number] | undefined
}

/** Where people are kept: our tables, or behind {@link IUserStore} those of the application. Nothing of ours joins to it. */
export interface UserStore {
  findById(id: string): Promise<UserRecord | undefined>
  /** Those who are there, in no order. */
  findMany(ids: readonly string[]): Promise<readonly UserRecord[]>
  findByIdentifier(of: { kind: IdentifierKindName; value: string }): Promise<UserRecord | undefined>
  /** Idempotent on the id: who is there already, with these identifiers, stays as they are. @throws identifier_taken */
  create(user: UserRecord): Promise<void>
  update(id: string, patch: UserPatch): Promise<void>
  /** Only while the user has it, and has not proved it. @returns whether this call was the one that proved it */
  markVerified(id: string, of: Identifier, at: Date): Promise<boolean>
  /** Puts an address in the place of the one somebody has; the same again changes nothing. @throws identifier_taken */
  replaceEmail(id: string, of: NewEmail): Promise<void>
  /** Which of these nobody else can get: somebody's, or kept for whoever had them. */
  taken(of: readonly Identifier[]): Promise<readonly Identifier[]>
  /** Does nothing when there is no such person. */
  remove(id: string): Promise<void>
  /** @throws list_not_possible for what a store of the application cannot be asked */
  list(query: UserQuery): Promise<{ users: readonly UserRecord[]; nextCursor: string | null }>
  /** Absent where nobody can say. */
  count?(filter: UserFilter): Promise<Total>
  isEmpty(): Promise<boolean>
}

/** Something, or nothing. `null` counts as nothing, since that is what most database libraries answer. */
export type Maybe<T> = Promise<T | null | undefined>

/** What of a user a store may be asked to change. */
export type UserChange = Partial<Omit<UserRecord, 'id' | 'poolId'>>

/**
 * Where people are kept.
 *
 * A store that throws anything but {@link identifierTaken} is taken for unavailable: the caller gets 503, never "no such user".
 *
 * @example
 * ```ts
 * import { createAuth } from 'keywright'
 * import { type IUserStore } from 'keywright/stores'
 *
 * const authOver = (users: IUserStore) => createAuth({ ...options, stores: { users } })
 * ```
 */
export interface IUserStore {
  findById(id: string): Maybe<UserRecord>
  /** `value` is canonical: an e-mail address in lower case, a phone number in E.164. */
  findByIdentifier(of: { kind: 'email' | 'username' | 'phone'; value: string; poolId: string }): Maybe<UserRecord>
  /**
   * Creates a person under the id given.
   *
   * Must be idempotent on the id: after a crash it is called again with the same record. Must refuse an identifier another person of the pool
   * has, by a unique index and not by looking first: of 16 concurrent calls with one address exactly one may succeed.
   *
   * @throws identifier_taken by way of {@link identifierTaken}
   */
  create(user: UserRecord): Promise<UserRecord>
  /**
   * Changes what is named and nothing else; `identifiers` are all there are from then on. Must be idempotent, and must refuse an identifier that
   * another person has as {@link create} does.
   *
   * @throws identifier_taken by way of {@link identifierTaken}
   */
  update(id: string, change: UserChange): Promise<UserRecord>
  /** Does nothing when there is no such person. */
  delete(id: string): Promise<void>
  /** For the operator's lists; without it they answer that this store cannot list. */
  list?(page: { poolId: string; after?: string; limit: number; search?: string }): Promise<{ users: UserRecord[]; next?: string }>
}

/** What only we know of a user: whatever can end all of their authentications at once. */
export interface UserState {
  readonly tokenVersion: number
  readonly disabledAt: Date | null
}

/** The same, with what only operators read. */
export interface KeptState extends UserState {
  readonly disabledReason: string | null
}

/** Kept in a table of ours that no query joins to the users. A user without a row has never been touched. */
export interface UserStateStore {
  find(userId: string): Promise<KeptState>
  list(userIds: readonly string[]): Promise<ReadonlyMap<string, KeptState>>
  raiseTokenVersion(userId: string): Promise<void>
  setDisabled(userId: string, at: Date | null, reason: string | null): Promise<void>
  /** Until this transaction ends, nobody else's gets past `hold`, `raiseTokenVersion` or `setDisabled` of this user. */
  hold(userId: string): Promise<void>
  remove(userId: string): Promise<void>
}
