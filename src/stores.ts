/**
 * The ports an application may implement: its own tables, under our rules. The `I` says "yours to write".
 *
 * Invariant: what decides whether somebody is let in (`tokenVersion`, disabled, factors, credential families, evidence) never leaves our
 * tables; a store of the application says who exists and which sessions it knows of.
 *
 * Each port has a conformance suite in `keywright/testing`; run it against your store before you ship it.
 *
 * @module
 */
import { usersErrors } from './features/users/index.ts'
import type { UserRecord } from './features/users/index.ts'
import { AuthError } from './kernel/contract/errors.ts'

export type { UserRecord } from './features/users/index.ts'

/** Something, or nothing. `null` counts as nothing, since that is what most database libraries answer. */
export type Maybe<T> = Promise<T | null | undefined>

/** What of a user a store may be asked to change. */
export type UserChange = Partial<Omit<UserRecord, 'id' | 'poolId'>>

/**
 * Where people are kept.
 *
 * A store that throws anything but {@link identifierTaken} is taken for unavailable: the caller gets 503, never "no such user".
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
  update(id: string, change: UserChange): Promise<UserRecord>
  /** Does nothing when there is no such person. */
  delete(id: string): Promise<void>
  /** For the operator's lists; without it they answer that this store cannot list. */
  list?(page: { poolId: string; after?: string; limit: number; search?: string }): Promise<{ users: UserRecord[]; next?: string }>
}

/** What {@link IUserStore.create} and `update` throw for an identifier that somebody has. */
export const identifierTaken = (cause?: unknown): AuthError => new AuthError(usersErrors.identifier_taken, { cause })

/** Where password hashes are kept. The text is ours to write and read: a PHC string (argon2id), or the foreign hash you imported. */
export interface IPasswordStore {
  find(userId: string): Maybe<string>
  /**
   * Sets the hash; `null` removes it.
   *
   * With `ifCurrent` it must compare and set in one statement (`... where hash = $ifCurrent`): two changes of one password race, and the
   * loser must be told.
   *
   * @returns whether the row was changed
   */
  set(userId: string, hash: string | null, ifCurrent?: string | null): Promise<boolean>
}

/** A session as a store of the application knows it. */
export interface SessionInfo {
  /** Made by the store: 1 to 255 of `A-Z a-z 0-9 . _ ~ : -`. It is an id, never a credential. */
  readonly sessionHandle: string
  readonly userId: string
  readonly tenantId?: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly lastActiveAt?: Date
  readonly userAgent?: string
  readonly ipAddress?: string
  readonly data?: Record<string, unknown>
}

/**
 * Where session records are kept: what people see as their devices.
 *
 * A session whose record is gone is over within two seconds on every node. Ending one through Keywright is seen at once: it leaves a
 * tombstone of ours, whatever becomes of the record.
 */
export interface ISessionStore {
  createSession(info: Omit<SessionInfo, 'sessionHandle'>): Promise<SessionInfo>
  getSession(sessionHandle: string): Promise<SessionInfo | null | undefined>
  getSessionsForUser(userId: string, tenantId?: string): Promise<SessionInfo[]>
  updateSessionLastActive(sessionHandle: string): Promise<void>
  /** May delete the record. Does nothing when there is none. */
  revokeSession(sessionHandle: string): Promise<void>
  revokeAllSessionsForUser(userId: string, tenantId?: string): Promise<void>
  getAllSessions?(limit: number, offset: number): Promise<SessionInfo[]>
  /** `POST /auth/sessions/cleanup` exists only with it. */
  deleteExpiredSessions?(): Promise<number | void>
}

/** Short-lived values by key. */
export interface IKvStore {
  /** @returns `undefined` when there is no such key, or it has expired */
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlMs: number): Promise<void>
  /**
   * Sets a value unless there is one.
   *
   * Must be atomic: of two concurrent calls with one key, exactly one answers `true`.
   */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>
  /**
   * Returns the value and removes it.
   *
   * Must be atomic: of two concurrent calls with one key, exactly one gets the value. A store that reads and then deletes lets a
   * single-use token be spent twice.
   *
   * @returns `undefined` when there is no such key, or it has expired
   */
  take(key: string): Promise<string | undefined>
  /**
   * Adds one and returns the sum; the first call sets the time to live, later ones leave it.
   *
   * Must be atomic: of 16 concurrent calls, each gets another number.
   */
  incr(key: string, ttlMs: number): Promise<number>
  delete(key: string): Promise<void>
}
