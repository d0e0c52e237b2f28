/**
 * Session records in a store of the application.
 *
 * Invariant: our half decides. A record is written before our transaction begins, since its store makes the handle, and goes after the commit
 * that ended the session: the tombstone comes first, so that no node believes a session whose record a crash left behind.
 *
 * @module
 */
import { z } from 'zod'
import type { Ctx } from '../../kernel/ctx.ts'
import type { EventSink } from '../../storage/types.ts'
import { askForeign } from '../foreign.ts'
import { isHandle } from './credential.ts'
import { deviceLabel } from './device.ts'
import type { ISessionStore, SessionRecord, SessionStore } from './store.ts'

const instant = z.union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))])

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
        askForeign(async () => {
          const info = { ...session, data: { ...data }, ...(ipAddress !== null && { ipAddress }) }
          return read(await port.createSession(info)).sessionHandle
        }),
      create: async () => {},
      find: (sessionHandle) =>
        askForeign(async () => {
          const found = await port.getSession(sessionHandle)
          return found === null || found === undefined ? undefined : read(found)
        }),
      listForUser: (userId) =>
        askForeign(async () =>
          (await port.getSessionsForUser(userId, ctx.tenantId)).map(read).filter((one) => one.expiresAt > ctx.at),
        ),
      touch: (sessionHandle) => askForeign(() => port.updateSessionLastActive(sessionHandle)),
      // Records go after the commit, see `recordsOfEnded`.
      revoke: async () => {},
      revokeAll: async () => {},
    }
  }

const ends = new Set<string>(['identity.session.revoked', 'identity.session.expired'])

/** Takes the records of ended sessions away, once their end is committed. One that stays behind is in no list and lets nobody in. */
export const recordsOfEnded = (
  port: ISessionStore,
  later: (work: () => Promise<void>, onFailure: string) => void,
): EventSink => ({
  async record() {},
  committed(events) {
    const handles = events.flatMap(({ name, body }) => (ends.has(name) && body.sessionId !== undefined ? [body.sessionId] : []))
    if (handles.length === 0) return
    later(async () => {
      for (const handle of handles) await port.revokeSession(handle)
    }, 'the record of an ended session is still in its store; nobody can use it')
  },
})
