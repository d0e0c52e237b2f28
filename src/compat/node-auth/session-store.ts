/**
 * A session store of node-auth behind our port: it is asked for the columns it always had.
 *
 * @module
 */
import { BootError } from '../../index.ts'
import type { ISessionStore, SessionInfo } from '../../stores.ts'

const required = [
  'createSession',
  'getSession',
  'getSessionsForUser',
  'updateSessionLastActive',
  'revokeSession',
  'revokeAllSessionsForUser',
] as const

/** @throws BootError for a store that lacks a method of the interface */
export function assertSessionStore(store: unknown): asserts store is ISessionStore {
  const missing = required.find((method) => typeof Reflect.get(Object(store), method) !== 'function')
  if (missing === undefined) return
  throw new BootError(`sessionStore has no ${missing}()`, 'Pass a store with the methods of ISessionStore.')
}

/** Whether a store can remove what has run out. */
export const canCleanUp = (store: ISessionStore | undefined): boolean => typeof store?.deleteExpiredSessions === 'function'

/** Their store behind our port. */
export function sessionsPort(store: ISessionStore): ISessionStore {
  return {
    async createSession({ userId, userAgent, ipAddress, createdAt, expiresAt }) {
      // What else we could say, their tables may have no column for.
      const info = { userId, createdAt, expiresAt, ...(userAgent && { userAgent }), ...(ipAddress && { ipAddress }) }
      return known(await store.createSession(info))
    },
    async getSession(sessionHandle) {
      const found = await store.getSession(sessionHandle)
      return found ? known(found) : null
    },
    getSessionsForUser: async (userId) => (await store.getSessionsForUser(userId)).map(known),
    updateSessionLastActive: (sessionHandle) => store.updateSessionLastActive(sessionHandle),
    revokeSession: (sessionHandle) => store.revokeSession(sessionHandle),
    revokeAllSessionsForUser: (userId) => store.revokeAllSessionsForUser(userId),
    ...(canCleanUp(store) && { deleteExpiredSessions: async () => store.deleteExpiredSessions?.() }),
  }
}

/** Their rows may have more columns than we read, ids that are numbers, and JSON as text. */
const known = ({ sessionHandle, userId, createdAt, expiresAt, ...rest }: SessionInfo): SessionInfo => ({
  sessionHandle,
  userId: String(userId),
  createdAt,
  expiresAt,
  ...(rest.lastActiveAt && { lastActiveAt: rest.lastActiveAt }),
  ...(rest.userAgent && { userAgent: rest.userAgent }),
  ...(rest.ipAddress && { ipAddress: rest.ipAddress }),
})
