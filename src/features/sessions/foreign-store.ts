/**
 * Session records in a store of the application.
 *
 * Invariant: our half decides. A record is written before our transaction begins, since its store makes the handle, and goes after the commit
 * that ended the session: the tombstone comes first, so that no node believes a session whose record a crash left behind.
 *
 * @module
 */
import { z } from 'zod'
import { AuthError } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { badCursor } from '../../storage/ops.ts'
import type { EventSink } from '../../storage/types.ts'
import type { Checkup } from '../feature.ts'
import { askForeign, instant } from '../foreign.ts'
import { usersErrors } from '../users/index.ts'
import { isHandle } from './credential.ts'
import { deviceLabel } from './device.ts'
import type { ISessionStore, SessionRecord, SessionStore } from './store.ts'

const Stored = z.object({
  sessionHandle: z.string().refine(isHandle, { error: '1 to 255 of A-Z a-z 0-9 _ ~ : -' }),
  userId: z.string().min(1),
  createdAt: instant,
  expiresAt: instant,
  lastActiveAt: instant.nullish(),
  userAgent: z.string().nullish(),
  ipAddress: z.string().nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
})

/** Puts the application's store behind our port. */
export const foreignSessionStore =
  (port: ISessionStore) =>
  (ctx: Ctx): SessionStore => {
    const read = (found: unknown): SessionRecord => {
      const { lastActiveAt, userAgent, ipAddress, data, ...session } = Stored.parse(found)
      return {
        ...session,
        tenantId: ctx.tenantId,
        lastActiveAt: lastActiveAt ?? session.createdAt,
        userAgent: userAgent ?? '',
        ipAddress: ipAddress ?? null,
        device: deviceLabel(userAgent ?? ''),
        data: data ?? {},
      }
    }
    return {
      open: ({ device: _, ipAddress, data, ...session }) =>
        askForeign(ctx, async () => {
          const info = { ...session, data: { ...data }, ...(ipAddress !== null && { ipAddress }) }
          return read(await port.createSession(info)).sessionHandle
        }),
      create: async () => {},
      find: (sessionHandle) =>
        askForeign(ctx, async () => {
          const found = await port.getSession(sessionHandle)
          return found === null || found === undefined ? undefined : read(found)
        }),
      listForUser: (userId) =>
        askForeign(ctx, async () =>
          (await port.getSessionsForUser(userId, ctx.tenantId)).map(read).filter((one) => one.expiresAt > ctx.at),
        ),
      /** Theirs are paged by number, so a page may lack sessions that began or ended meanwhile; whoever lives is ours to say. */
      listsNobodys: port.getAllSessions === undefined,
      list: ({ limit, cursor, userId, ip, sort }) =>
        askForeign(ctx, async () => {
          if (ip !== undefined || sort !== undefined) throw new AuthError(usersErrors.list_not_possible)
          if (userId !== undefined)
            return { sessions: (await port.getSessionsForUser(userId, ctx.tenantId)).map(read), nextCursor: null }
          if (!port.getAllSessions) throw new AuthError(usersErrors.list_not_possible)
          const offset = offsetOf(cursor)
          const page = await port.getAllSessions(limit, offset)
          const own = page.filter(({ tenantId }) => (tenantId ?? ctx.tenantId) === ctx.tenantId)
          return { sessions: own.map(read), nextCursor: page.length < limit ? null : String(offset + page.length) }
        }),
      // What follows a change of ours follows its commit, see `recordsAfterwards`: a store on the same database would wait for us.
      touch: async () => {},
      revoke: async () => {},
      revokeAll: async () => {},
    }
  }

function offsetOf(cursor = '0'): number {
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor)
  throw badCursor()
}

/** What becomes of a record once our half has changed. One that stays behind is in no list and lets nobody in. */
const afterwards: Readonly<Record<string, 'revokeSession' | 'updateSessionLastActive'>> = {
  'identity.session.revoked': 'revokeSession',
  'identity.session.expired': 'revokeSession',
  'identity.session.rotated': 'updateSessionLastActive',
}

/** Keeps the records in step with committed changes. */
export const recordsAfterwards = (
  port: ISessionStore,
  later: (work: () => Promise<void>, onFailure: string) => void,
): EventSink => ({
  async record() {},
  committed(events) {
    for (const { name, body } of events) {
      const [act, handle] = [afterwards[name], body.sessionId]
      if (act && handle !== undefined)
        later(() => port[act](handle), 'the record of a session did not follow; nobody can use an ended one')
    }
  },
})

/** Looks for a session that never was, and for the sessions of a person nobody is. */
export const sessionsCheckup = (port: ISessionStore): Checkup => ({
  store: 'sessions',
  port,
  required: [
    'createSession',
    'getSession',
    'getSessionsForUser',
    'updateSessionLastActive',
    'revokeSession',
    'revokeAllSessionsForUser',
  ],
  optional: {
    getAllSessions: 'operators see devices in no order, and each is asked for by itself',
    deleteExpiredSessions: 'there is no POST /sessions/cleanup, and your records of sessions that ran out stay',
  },
  async look(ctx, nobody) {
    const store = foreignSessionStore(port)(ctx)
    if ((await store.find(nobody)) !== undefined) throw new Error('it answers with a session where there is none')
    if ((await store.listForUser(nobody)).length > 0) throw new Error('it lists sessions of a person there is not')
  },
})
