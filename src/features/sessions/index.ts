/**
 * Sessions: what a login leaves behind, shown by a cookie or a token, ended on the next request.
 *
 * Invariant: a session that was ended, has run out, or whose user was disabled or raised their `tokenVersion` is refused at once; its
 * credential is stored as a digest, rotated on refresh, and its family ends when a copy of it shows up (RFC 9700 §4.14.2).
 * Not here: deciding who may have one. Only `login/` starts a session.
 *
 * @module
 */
import { z } from 'zod'
import { BootError } from '../../kernel/config/boot-error.ts'
import type { Active } from '../../kernel/contract/access.ts'
import { duration } from '../../kernel/contract/duration.ts'
import { asUser, type Ctx, type Tx } from '../../kernel/ctx.ts'
import { withoutDeadline } from '../../kernel/deadline.ts'
import { csrfBindingOf, issueCsrf, operatorsBindingOf } from '../../kernel/http/origin.ts'
import { createInvalidate } from '../../storage/invalidate.ts'
import { declareFeature } from '../feature.ts'
import { signing } from '../signing/index.ts'
import { toUser, type User, users } from '../users/index.ts'
import { createAccessTokens } from './access-token.ts'
import { createAuthenticate, type Known } from './authenticate.ts'
import { createCoherentCache } from './cache.ts'
import { createCleanup } from './cleanup.ts'
import { sessionsAdminContract, sessionsContract } from './contract.ts'
import { createCredentials } from './credential.ts'
import { foreignSessionStore, recordsAfterwards, sessionsCheckup } from './foreign-store.ts'
import { expiredSessions, removeSession, removeSessionsOf } from './removal.sql.ts'
import { createSessions } from './service.ts'
import { standingReader } from './standing.sql.ts'
import { assertStanding } from './standing.ts'
import { sessionStateStore, sessionStore } from './store.sql.ts'
import type { ISessionStore } from './store.ts'
import { sessionMigrations, sessionTables } from './tables.sql.ts'
import { createTrustedTime } from './trusted-time.ts'
import { createUserData } from './user-data.ts'

export { deviceName } from './device.ts'
export type { ISessionStore, SessionInfo } from './store.ts'

declare module '../feature.ts' {
  interface Stores {
    sessions: ISessionStore
  }
  interface Gives {
    /** Whether an operator may still see what others see. Asked at every request in which one does: where nobody is asked, nobody may. */
    mayImpersonate: (ctx: Ctx, operatorId: string, userId: string) => Promise<boolean>
  }
}

/** Adds claims of the application to access tokens and to `current().claims`. */
export type BuildTokenPayload = (user: User, at: { tenantId: string; sessionHandle: string }) => object | Promise<object>

const options = z
  .strictObject({
    accessTtl: duration().prefault('15m'),
    idle: duration().prefault('14d'),
    absolute: duration().prefault('90d'),
    perUser: z.number().int().min(1).max(10_000).default(100),
    buildTokenPayload: z.custom<BuildTokenPayload>((value) => typeof value === 'function', { error: 'a function' }).optional(),
  })
  .prefault({})

const minute = 60_000

export const sessions = declareFeature({
  name: 'sessions',
  needs: { users, signing },
  options,
  contract: sessionsContract,
  adminContract: sessionsAdminContract,
  tables: sessionTables,
  migrations: sessionMigrations,
  create({ needs, options, database, ambient, keys, house, collect, later }) {
    if (options.accessTtl > needs.signing.maxTtlSeconds * 1000) {
      throw new BootError(
        'sessions.accessTtl is longer than a retired signing key is kept for',
        'Raise signing.overlap, or shorten sessions.accessTtl.',
      )
    }
    const credentials = createCredentials(keys)
    const foreign = house.stores.sessions
    const records = foreign ? foreignSessionStore(foreign) : sessionStore(database)
    const states = sessionStateStore(database)
    const transaction: typeof database.transaction = (ctx, work) => database.transaction(ctx, work)
    const mayImpersonate = async (ctx: Ctx, operatorId: string, userId: string) =>
      (await collect('mayImpersonate')[0]?.(ctx, operatorId, userId)) ?? false
    const names = house.tokens ?? { issuer: house.baseUrl, audience: house.baseUrl }
    const tokens = createAccessTokens(needs.signing, names, options.accessTtl)
    const cache = createCoherentCache<Known>(database.changes.isCurrent)
    database.changes.hear(cache.hear)
    const service = createSessions({
      credentials,
      records,
      states,
      toUser,
      userState: needs.users.stateOf,
      holdUser: needs.users.hold,
      lifetimes: options,
      perUser: options.perUser,
      transaction,
      invalidate: createInvalidate(database),
      user: needs.users.find,
      gates: () => collect('gate'),
      mayImpersonate,
      signAccessToken: tokens.sign,
      buildClaims: async (user, at) => ({ ...(await options.buildTokenPayload?.(user, at)) }),
      newId: ambient.newId,
      discard: (sessionHandle) => {
        if (!foreign) return
        later(() => foreign.revokeSession(sessionHandle), 'the record of a session that never began is still in its store')
      },
    })
    const standing = standingReader(database)
    const authenticating = createAuthenticate({
      credentials,
      cache,
      toUser,
      standing,
      present: foreign && (async (ctx, handle) => (await records(ctx).find(handle)) !== undefined),
      user: needs.users.find,
      foreignUsers: needs.users.isForeign,
      verifyAccessToken: (ctx, token) => tokens.verify(ctx, token),
      mayImpersonate,
      impersonationLapsed: ({ sessionHandle, userId, impersonation }, ctx) =>
        later(
          () =>
            transaction(
              asUser(withoutDeadline(ctx), userId, impersonation?.operatorId),
              async (tx) => void (await service.end(tx, sessionHandle, 'gate')),
            ),
          'an operator who may no longer was refused what a user sees; the session stays until its time is over',
        ),
      logger: ambient.logger,
      seen: (state, ctx) =>
        later(
          () => service.touch(withoutDeadline(ctx), state, foreign?.updateSessionLastActive),
          'the use of a session could not be noted; its next request notes it',
        ),
    })
    /** The session that an access token was made for, also once the token has run out. */
    const sessionOf = async (ctx: Ctx, token: string) => {
      const verified = await tokens.verify(ctx, token, true)
      const state = verified?.tenantId === ctx.tenantId ? await states(ctx).find(verified.sessionHandle) : undefined
      return state?.userId === verified?.userId && state?.delivery === 'bearer' ? state : undefined
    }
    const removeExpired = createCleanup({ expired: expiredSessions(database).list, remove: removeSession(database), transaction })
    const trusted = createTrustedTime(ambient.clock, ambient.logger)
    const cleanup = async (at: Date, poolId: string): Promise<number> => {
      const until = trusted(at)
      if (until === at) await foreign?.deleteExpiredSessions?.()
      return removeExpired(until, poolId)
    }
    const canCleanUp = !foreign || foreign.deleteExpiredSessions !== undefined
    const sink = foreign && recordsAfterwards(foreign, later)
    return {
      ...service,
      ...authenticating,
      /**
       * Once more, with the user held, for whoever was let in and then took their time: they may have been thrown out meanwhile.
       *
       * @throws unauthorized
       */
      assertAlive: async (tx: Tx, { sessionHandle }: Pick<Active, 'sessionHandle'>) =>
        assertStanding(await standing(tx, sessionHandle), tx.at),
      sessionOf,
      cleanup,
      canCleanUp,
      sink,
      checkup: foreign && sessionsCheckup(foreign),
      userData: createUserData({ records, states, foreign, remove: removeSessionsOf(database) }),
      issueCsrf: (binding: string) => issueCsrf(keys, binding),
      issueOperatorsCsrf: (sessionHandle: string) => issueCsrf(keys, operatorsBindingOf(sessionHandle)),
      now: ambient.clock.now,
    }
  },
  handlers: (service) => ({
    refresh: ({ ctx, input, presented }) =>
      input.refreshToken === undefined
        ? service.refresh(ctx, presented.sessionCookie, 'cookie')
        : service.refresh(ctx, input.refreshToken, 'bearer'),
    async logout({ ctx, input, presented }) {
      if (input.refreshToken !== undefined || presented.bearer === undefined)
        return service.logout(ctx, input.refreshToken ?? presented.sessionCookie)
      const found = await service.authenticate(ctx, presented)
      if (found.status === 'unavailable') throw found.error
      return service.leave(ctx, found.status === 'active' ? found : await service.sessionOf(ctx, presented.bearer))
    },
    logoutAll: ({ ctx, auth }) => service.logoutAll(ctx, auth.userId),
    csrf: async ({ presented }) => {
      const csrfToken = service.issueCsrf(csrfBindingOf(presented.sessionCookie))
      return { value: { csrfToken }, grant: { set: [{ cookie: 'csrf', value: csrfToken }] } }
    },
    list: ({ ctx, auth }) => service.list(ctx, auth.userId, auth.sessionHandle),
    revoke: async ({ ctx, auth, input }) => void (await service.revoke(ctx, auth.userId, input.sessionHandle)),
    revokeOthers: async ({ ctx, auth }) => ({ revoked: await service.revokeOthers(ctx, auth.userId, auth.sessionHandle) }),
    cleanup: async ({ ctx }) => ({ removed: await service.cleanup(ctx.at, ctx.poolId) }),
  }),
  omits: (service) => (service.canCleanUp ? [] : ['cleanup']),
  adminHandlers: (service) => ({
    list: ({ ctx, auth, input }) => service.listForOperators(ctx, input, auth?.sessionHandle),
    revokeAll: async ({ ctx, input }) => ({ revoked: await service.revokeAllOf(ctx, input.id) }),
    revoke: async ({ ctx, input }) => void (await service.revoke(ctx, undefined, input.sessionHandle)),
  }),
  gives: (service) => ({
    authentications: { endAll: async (tx, userId, cause, keep) => void (await service.endAll(tx, userId, cause, keep)) },
    ...(service.sink && { eventSink: service.sink }),
    ...(service.checkup && { checkup: service.checkup }),
    userData: service.userData,
    bulkActions: [
      { name: 'revokeSessions', joins: true, run: async (ctx, userId) => void (await service.revokeEvery(ctx, userId)) },
    ],
    routines: [
      { name: 'sessions.cleanup', everyMs: 10 * minute, run: async () => void (await service.cleanup(service.now(), 'default')) },
    ],
  }),
})

/** The service other features see. */
export type SessionsService = ReturnType<typeof sessions.create>
