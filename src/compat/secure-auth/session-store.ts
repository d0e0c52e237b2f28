/** What a store that keeps more than ids can tell about a session. */
export interface SessionRecord {
  readonly userId: string
  /** From when the session holds no more, whatever its tokens say. */
  readonly expiresAt?: Date | null | undefined
}

/**
 * Where the application keeps its sessions: the three methods of Secure Auth, and two that a store may have besides.
 *
 * @example
 * ```ts
 * import type { SessionStore } from 'keywright/secure-auth'
 *
 * const rows = new Map<string, string>()
 * const store: SessionStore = {
 *   saveSession: async (sessionId, userId) => !rows.has(sessionId) && rows.set(sessionId, userId) === rows,
 *   isSessionValid: async (sessionId) => rows.has(sessionId),
 *   deleteSession: async (sessionId) => rows.delete(sessionId),
 * }
 * ```
 */
export interface SessionStore {
  /**
   * Inserts a row, and throws or answers false when there is one with this id: the primary key of the table sees to it.
   *
   * A refresh token is spent by inserting a row too. A store that overwrites instead lets two processes spend one token at the same moment.
   */
  saveSession(sessionId: string, userId: string): Promise<boolean>
  /** Whether there is such a row, and it has not expired. Throws when it cannot know: an outage must not look like a logout. */
  isSessionValid(sessionId: string): Promise<boolean>
  /** Deletes the row. That there was none may be an error, `false` or `true`: a logout counts as done when the row is gone. */
  deleteSession(sessionId: string): Promise<boolean>
  /** Tells whose session it is and when it ends. With it, a token whose session belongs to somebody else is refused. */
  findSession?(sessionId: string): Promise<SessionRecord | null | undefined>
  /**
   * Deletes every row of a user. With it, a change of the password ends what was open.
   *
   * It must not spare a session: the rows that say what that session has spent would be gone, and a stolen token would work again.
   */
  deleteUserSessions?(userId: string): Promise<unknown>
}

/** No store at all: every token holds until it expires, and nothing can end it. */
export const stateless: SessionStore = {
  saveSession: async () => true,
  isSessionValid: async () => true,
  deleteSession: async () => true,
}

/** Whether a session of this user holds now. */
export async function sessionHolds(store: SessionStore, { sessionId, userId }: OfUser, now: Date): Promise<boolean> {
  if (!(await store.isSessionValid(sessionId))) return false
  if (!store.findSession) return true
  const record = await store.findSession(sessionId)
  return !!record && String(record.userId) === userId && !(record.expiresAt && record.expiresAt <= now)
}

interface OfUser {
  readonly sessionId: string
  readonly userId: string
}

/**
 * Deletes a session; what is gone already is gone.
 *
 * Prisma's `delete` throws for a row that is missing and other stores answer false, so a failure is one only while the session holds.
 *
 * @throws Error `Failed to log out.`
 */
export async function endSession(store: SessionStore, sessionId: string): Promise<void> {
  let cause: unknown
  try {
    if (await store.deleteSession(sessionId)) return
  } catch (error) {
    cause = error
  }
  try {
    if (!(await store.isSessionValid(sessionId))) return
  } catch (error) {
    cause ??= error
  }
  throw new Error('Failed to log out.', { cause })
}

/**
 * Inserts a row.
 *
 * @throws Error `Failed to store session in database.`, which says nothing else to whoever is shown its message
 */
export async function insertSession(store: SessionStore, sessionId: string, userId: string): Promise<void> {
  let cause: unknown
  try {
    if (await store.saveSession(sessionId, userId)) return
  } catch (error) {
    cause = error
  }
  throw new Error('Failed to store session in database.', { cause })
}
