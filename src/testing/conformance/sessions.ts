import type { ISessionStore, SessionInfo } from '../../features/sessions/index.ts'
import { assertEqual, type ConformanceCase, casesOf, type OpenStore, racers } from './case.ts'

const at = new Date('2026-01-01T12:00:00.000Z')
const ended = new Date('2020-01-01T00:00:00.000Z')
const later = new Date('2126-01-01T00:00:00.000Z')

const info = (userId: string, expiresAt = later): Omit<SessionInfo, 'sessionHandle'> => ({
  userId,
  tenantId: 'default',
  createdAt: at,
  expiresAt,
  lastActiveAt: at,
  userAgent: 'Firefox on Linux',
  ipAddress: '192.0.2.1',
  data: {},
})

const handlesOf = (sessions: readonly SessionInfo[]) => sessions.map(({ sessionHandle }) => sessionHandle).toSorted()

/**
 * What {@link ISessionStore} promises, against your store.
 *
 * @example
 * ```ts
 * import type { ISessionStore } from 'keywright/stores'
 * import { sessionStoreCases } from 'keywright/testing'
 *
 * async function verify(open: () => Promise<ISessionStore>) {
 *   for (const { run } of sessionStoreCases(open)) await run() // or, with a runner: test(name, run)
 * }
 * ```
 */
export const sessionStoreCases = (open: OpenStore<ISessionStore>): ConformanceCase[] =>
  casesOf(open, {
    async 'a session is found by the handle its store made'(store) {
      const { sessionHandle } = await store.createSession(info('ada'))
      const found = await store.getSession(sessionHandle)
      assertEqual([found?.sessionHandle, found?.userId], [sessionHandle, 'ada'], 'getSession answers what createSession made')
      assertEqual(found?.expiresAt.getTime(), later.getTime(), 'an instant is the same instant when it comes back')
    },
    async 'there is no session nobody made'(store) {
      assertEqual((await store.getSession('0190a000-0000-7000-8000-000000000001')) ?? null, null, 'getSession answers null')
    },
    async '16 sessions made at once have 16 handles that travel in a cookie'(store) {
      const made = await Promise.all(racers.map(() => store.createSession(info('ada'))))
      assertEqual(new Set(handlesOf(made)).size, racers.length, 'every handle is its own')
      const unfit = handlesOf(made).filter((handle) => !/^[\w~:-]{1,255}$/.test(handle))
      assertEqual(unfit, [], 'a handle is 1 to 255 of A-Z a-z 0-9 _ ~ : -')
    },
    async 'a user has their own sessions and no others'(store) {
      const own = [await store.createSession(info('ada')), await store.createSession(info('ada'))]
      await store.createSession(info('bob'))
      assertEqual(handlesOf(await store.getSessionsForUser('ada', 'default')), handlesOf(own), 'getSessionsForUser')
      assertEqual(await store.getSessionsForUser('nobody', 'default'), [], 'a user without sessions has an empty list')
    },
    async 'a revoked session is gone, and revoking it again does nothing'(store) {
      const [gone, stays] = [await store.createSession(info('ada')), await store.createSession(info('ada'))]
      await Promise.all(racers.map(() => store.revokeSession(gone.sessionHandle)))
      await store.revokeSession(gone.sessionHandle)
      assertEqual((await store.getSession(gone.sessionHandle)) ?? null, null, 'it is not found')
      assertEqual(handlesOf(await store.getSessionsForUser('ada', 'default')), [stays.sessionHandle], 'the other one stays')
    },
    async 'all sessions of a user can be revoked at once'(store) {
      await store.createSession(info('ada'))
      await store.createSession(info('ada'))
      const other = await store.createSession(info('bob'))
      await store.revokeAllSessionsForUser('ada', 'default')
      assertEqual(await store.getSessionsForUser('ada', 'default'), [], 'none is left')
      assertEqual((await store.getSession(other.sessionHandle))?.userId, 'bob', 'others are left alone')
    },
    async 'noting that a session is in use keeps it, and does not bring back one that is gone'(store) {
      const { sessionHandle } = await store.createSession(info('ada'))
      await store.updateSessionLastActive(sessionHandle)
      assertEqual((await store.getSession(sessionHandle))?.userId, 'ada', 'it is still there')
      await store.revokeSession(sessionHandle)
      await store.updateSessionLastActive(sessionHandle)
      assertEqual((await store.getSession(sessionHandle)) ?? null, null, 'it stays gone')
    },
    async 'what has expired can be removed, and nothing else is, if the store does that'(store) {
      if (!store.deleteExpiredSessions) return
      const old = await store.createSession(info('ada', ended))
      const living = await store.createSession(info('ada'))
      await store.deleteExpiredSessions()
      assertEqual((await store.getSession(old.sessionHandle)) ?? null, null, 'the expired one is gone')
      assertEqual((await store.getSession(living.sessionHandle))?.userId, 'ada', 'the living one is there')
    },
  })
