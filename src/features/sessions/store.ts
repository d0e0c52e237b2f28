import type { Delivery, Evidence, Impersonation } from '../../kernel/contract/access.ts'
import type { Total } from '../../storage/ops.ts'

/** One session as every seed system knows it. The handle is an id, never a credential. */
export interface SessionRecord {
  readonly sessionHandle: string
  readonly userId: string
  readonly tenantId: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly lastActiveAt: Date
  readonly userAgent: string
  readonly ipAddress: string | null
  readonly device: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Which sessions of everybody's. */
export interface SessionFilter {
  readonly userId?: string | undefined
  /** An address, or the beginning of one. */
  readonly ip?: string | undefined
}

/** One page of everybody's sessions; by address where one is asked for. */
export interface SessionQuery extends SessionFilter {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly sort?: 'createdAt' | '-createdAt' | 'lastActiveAt' | '-lastActiveAt' | undefined
}

/** Where session records are kept. A foreign store can take this place; revoking may delete. */
export interface SessionStore {
  /** A store that makes its own handles writes the record at once, before our transaction begins. @returns the handle */
  open?(session: Omit<SessionRecord, 'sessionHandle'>): Promise<string>
  /** Writes the record, unless {@link SessionStore.open} has. */
  create(session: SessionRecord): Promise<void>
  find(sessionHandle: string): Promise<SessionRecord | undefined>
  listForUser(userId: string): Promise<readonly SessionRecord[]>
  /** Whether it cannot list everybody's. */
  readonly listsNobodys?: boolean
  /** @throws list_not_possible for what a store of the application cannot be asked */
  list(query: SessionQuery): Promise<{ sessions: readonly SessionRecord[]; nextCursor: string | null }>
  /** Absent where nobody can say. */
  count?(filter: SessionFilter): Promise<Total>
  /** Never revives: an expired record stays expired. */
  touch(sessionHandle: string, lastActiveAt: Date, expiresAt: Date): Promise<void>
  revoke(sessionHandle: string): Promise<void>
  /** Revokes many at once; without it each is revoked by itself. */
  revokeAll?(sessionHandles: readonly string[]): Promise<void>
}

/** What only we know of a session: its credential family, evidence and end. In a table of ours that no query joins to the records. */
export interface SessionState {
  readonly sessionHandle: string
  readonly userId: string
  readonly delivery: Delivery
  readonly currentDigest: string
  readonly previousDigest: string | null
  readonly rotatedAt: Date | null
  readonly rotationKeyId: string | null
  /** The user's `tokenVersion` when the session began; raising it ends the session. */
  readonly tokenVersion: number
  /** When it was last noted that the session is in use. */
  readonly touchedAt: Date
  readonly evidence: readonly Evidence[]
  readonly claims: Readonly<Record<string, unknown>>
  readonly expiresAt: Date
  readonly absoluteExpiresAt: Date
  readonly revokedAt: Date | null
  /** Where an operator sees what the user sees: it ends when the session has to. */
  readonly impersonation?: Omit<Impersonation, 'endsAt'>
}

/** A session that has just been ended. */
export interface Ended {
  readonly sessionHandle: string
  readonly userId: string
  readonly delivery: Delivery
  /** Who saw in it what its user sees. */
  readonly operatorId: string | null
}

/** Our half of the sessions. */
export interface SessionStateStore {
  create(state: SessionState): Promise<void>
  find(sessionHandle: string): Promise<SessionState | undefined>
  /** Spends the current digest: of N racing refreshes, one changes the row. */
  rotate(of: {
    sessionHandle: string
    from: string
    to: string
    rotationKeyId: string
    expiresAt: Date
    claims: Readonly<Record<string, unknown>>
  }): Promise<boolean>
  /** Guarded by "still alive", so a touch never revives. @returns whether this caller noted it, the first since `unlessSince` */
  touch(sessionHandle: string, expiresAt: Date, unlessSince: Date): Promise<boolean>
  /** @returns what this caller ended, if it was this one */
  revoke(sessionHandle: string): Promise<Ended | undefined>
  /** Ends these, or all of the user's but one, expired or not. @returns those that this caller ended */
  revokeAll(userId: string, which: { readonly except: string | undefined } | readonly string[]): Promise<readonly Ended[]>
  /** Ends those in which an operator sees what others see. @returns those that this caller ended */
  revokeImpersonationsBy(operatorId: string): Promise<readonly Ended[]>
  /** The living one in which this operator sees what another sees, the newest if there were several. */
  impersonationBy(operatorId: string): Promise<SessionState | undefined>
  /** In which of these an operator sees what their user sees. */
  impersonated(sessionHandles: readonly string[]): Promise<ReadonlySet<string>>
  /** Which of these live. */
  alive(sessionHandles: readonly string[]): Promise<ReadonlySet<string>>
  /** The user's living sessions, newest first, and whether an operator sees in one what they see. */
  living(userId: string): Promise<readonly { sessionHandle: string; impersonated: boolean }[]>
  /** Handles of everybody's living sessions, by handle. */
  page(of: Pick<SessionQuery, 'limit' | 'cursor'>): Promise<{ handles: readonly string[]; nextCursor: string | null }>
}

/** A session as a store of the application knows it. */
export interface SessionInfo {
  /** Made by the store: 1 to 255 of `A-Z a-z 0-9 _ ~ : -`. It is an id, never a credential. */
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
 *
 * @example
 * ```ts
 * import type { ISessionStore } from 'keywright/stores'
 *
 * declare const sessions: ISessionStore
 * const auth = createAuth({ ...options, stores: { sessions } })
 * ```
 */
export interface ISessionStore {
  createSession(info: Omit<SessionInfo, 'sessionHandle'>): Promise<SessionInfo>
  getSession(sessionHandle: string): Promise<SessionInfo | null | undefined>
  getSessionsForUser(userId: string, tenantId?: string): Promise<SessionInfo[]>
  updateSessionLastActive(sessionHandle: string): Promise<void>
  /** May delete the record. Does nothing when there is none. */
  revokeSession(sessionHandle: string): Promise<void>
  revokeAllSessionsForUser(userId: string, tenantId?: string): Promise<void>
  /** The same order at every call. Without it a page of theirs is asked for one by one, in the order of the handles. */
  getAllSessions?(limit: number, offset: number): Promise<SessionInfo[]>
  /** `POST /auth/sessions/cleanup` exists only with it. */
  deleteExpiredSessions?(): Promise<unknown>
}
