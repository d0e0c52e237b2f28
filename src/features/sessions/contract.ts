import { z } from 'zod'
import type { Delivery, Presented } from '../../kernel/contract/access.ts'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { instant, pageQuery, text, total } from '../../kernel/contract/schema.ts'
import { User, E as usersErrors } from '../users/contract.ts'

/** Every way a credential travels. */
export const deliveries = ['cookie', 'bearer', 'admin'] as const satisfies readonly Delivery[]

export const E = defineErrors({
  session_revoked: { status: 401, title: 'The session has ended', help: 'Log in again.' },
  refresh_rejected: { status: 401, title: 'The session cannot be refreshed', help: 'Log in again.' },
})

/** A logged-in device as its owner sees it. */
export const Session = z.object({
  sessionHandle: z.string(),
  createdAt: instant(),
  expiresAt: instant(),
  lastActiveAt: instant(),
  device: z.string(),
  userAgent: z.string(),
  ipAddress: z.string().nullable(),
  current: z.boolean(),
  /** Not the user's own: an operator sees in it what they see. */
  impersonated: z.boolean(),
})

/** What every way of getting a session answers. Tokens are present with `X-Auth-Strategy: bearer`. */
export const ActiveLogin = z.object({
  status: z.literal('active'),
  user: User,
  accessToken: z.string().optional(),
  refreshToken: z.string().optional(),
  expiresIn: z.number().int().optional(),
})

const ended = z.object({ by: z.string() })

export const sessionsEvents = {
  'identity.session.created': event({ summary: 'A session began', data: z.object({ device: z.string() }), audit: true }),
  'identity.session.revoked': event({ summary: 'A session was ended', data: ended, audit: true }),
  'identity.session.all-revoked': event({
    summary: 'An operator logged all devices of a user out',
    data: z.object({ sessions: z.number().int() }),
    audit: true,
  }),
  'identity.impersonation.ended': event({
    summary: 'An operator no longer sees what a user sees',
    data: z.object({ operatorId: z.string(), by: z.string() }),
    audit: true,
  }),
  'identity.session.expired': event({ summary: 'A session ran out', data: z.object({}), audit: false }),
  'identity.session.rotated': event({
    summary: 'A credential was exchanged for its successor',
    data: z.object({}),
    audit: false,
  }),
  'identity.session.reuse-detected': event({
    summary: 'A credential was shown after its successor: its session was ended',
    data: z.object({ delivery: z.enum(deliveries) }),
    audit: true,
  }),
  'identity.auth.logout': event({ summary: 'Somebody logged out', data: z.object({ everywhere: z.boolean() }), audit: true }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof sessionsEvents> {}
}

const refreshToken = z.strictObject({ refreshToken: text(321).optional() }).default({})
/** The family of the credential that is shown: its selector, which is the session's handle. */
const family = (input: { refreshToken?: string | undefined }, presented: Presented): string | undefined =>
  /^([\w~:-]{1,255})\./.exec(input.refreshToken ?? presented.sessionCookie ?? '')?.[1]

const byHandle = z.object({ sessionHandle: text(255) })

export const sessionsContract = contract(
  'sessions',
  {
    refresh: endpoint({
      method: 'POST',
      path: '/refresh',
      access: 'public',
      summary: 'Exchange the session credential for its successor',
      rateLimit: 'refresh',
      limitBy: family,
      body: refreshToken,
      returns: ActiveLogin,
      grants: true,
      errors: [E.refresh_rejected],
    }),
    logout: endpoint({
      method: 'POST',
      path: '/logout',
      access: 'public',
      summary: 'End this session',
      body: refreshToken,
      grants: 'clear',
    }),
    logoutAll: endpoint({
      method: 'POST',
      path: '/logout-all',
      access: { session: { strict: true } },
      summary: 'End all my sessions',
      grants: 'clear',
    }),
    csrf: endpoint({
      method: 'GET',
      path: '/csrf',
      access: 'public',
      summary: 'A token that proves a request came from this site',
      returns: z.object({ csrfToken: z.string() }),
      grants: true,
    }),
    list: endpoint({
      method: 'GET',
      path: '/sessions',
      access: 'session',
      summary: 'My devices',
      returns: z.object({ sessions: z.array(Session), nextCursor: z.string().nullable() }),
    }),
    revoke: endpoint({
      method: 'DELETE',
      path: '/sessions/:sessionHandle',
      access: { session: { strict: true } },
      summary: 'Log one of my devices out',
      params: byHandle,
      errors: [kernelErrors.not_found],
    }),
    revokeOthers: endpoint({
      method: 'DELETE',
      path: '/sessions',
      access: { session: { strict: true } },
      summary: 'Log all my other devices out',
      returns: z.object({ revoked: z.number().int() }),
    }),
    cleanup: endpoint({
      method: 'POST',
      path: '/sessions/cleanup',
      access: { role: 'admin' },
      summary: 'Remove expired sessions',
      returns: z.object({ removed: z.number().int() }),
    }),
  },
  sessionsEvents,
)

export const sessionsAdminContract = contract('sessions', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/sessions',
    access: { operator: 'look' },
    summary: 'Logged-in devices, newest first unless `sort` says otherwise; with `ip` by address',
    query: z.strictObject({
      ...pageQuery(),
      userId: text(128).optional(),
      ip: text(45).optional().meta({ description: 'An address, or the beginning of one.' }),
      sort: z.enum(['createdAt', '-createdAt', 'lastActiveAt', '-lastActiveAt']).optional(),
    }),
    returns: z.object({
      sessions: z.array(Session.extend({ userId: z.string() })),
      nextCursor: z.string().nullable(),
      total: total().optional(),
    }),
    errors: [usersErrors.list_not_possible],
  }),
  revokeAll: endpoint({
    method: 'DELETE',
    path: '/admin/api/users/:id/sessions',
    access: { operator: 'help', on: 'id' },
    summary: 'Log all devices of a user out',
    params: z.object({ id: text(128) }),
    returns: z.object({ revoked: z.number().int() }),
    errors: [kernelErrors.not_found],
  }),
  revoke: endpoint({
    method: 'DELETE',
    path: '/admin/api/sessions/:sessionHandle',
    access: { operator: 'help', on: 'sessionHandle' },
    summary: 'Log a device out',
    params: byHandle,
    errors: [kernelErrors.not_found],
  }),
})
