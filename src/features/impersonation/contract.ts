import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { instant, text } from '../../kernel/contract/schema.ts'

export const E = defineErrors({
  not_impersonable: {
    status: 403,
    title: 'This account is seen by nobody else',
    help: 'Operators are impersonated by nobody, and neither is who could not log in now: disabled, or with a step still owed.',
  },
  impersonation_write_off: {
    status: 403,
    title: 'Operators only look',
    help: 'The option impersonation.write lets them change something of the application.',
  },
})

/** That it is over is an event of sessions: they end in many ways. */
export const impersonationEvents = {
  'identity.impersonation.started': event({
    summary: 'An operator sees what a user sees, for a while',
    data: z.object({ reason: z.string(), readOnly: z.boolean(), endsAt: z.iso.datetime() }),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof impersonationEvents> {}
}

export const impersonationContract = contract(
  'impersonation',
  {
    stop: endpoint({
      method: 'POST',
      path: '/impersonation/stop',
      access: { session: { strict: true } },
      summary: 'As an operator, stop seeing what this user sees',
      impersonated: true,
      grants: 'clear',
      errors: [kernelErrors.not_found],
    }),
  },
  impersonationEvents,
)

/** Only for somebody at a browser: what it comes to is a cookie, so trusted code and scripts have no such call. */
export const impersonationAdminContract = contract('impersonation', {
  terms: endpoint({
    method: 'GET',
    path: '/admin/api/impersonation',
    access: { operator: 'manage' },
    summary: 'How long an operator sees what a user sees, what they may do then, and what this one sees now',
    returns: z.object({
      ttlSeconds: z.number().int(),
      mayWrite: z.boolean(),
      /** In whichever browser it began. It ends as any device does: `DELETE /admin/api/sessions/:sessionHandle`. */
      current: z
        .object({ sessionHandle: z.string(), userId: z.string(), reason: z.string(), readOnly: z.boolean(), endsAt: instant() })
        .nullable(),
    }),
  }),
  start: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/impersonate',
    access: { operator: 'manage', on: 'id' },
    summary: 'See what a user sees: the session of this browser becomes theirs, for a while',
    params: z.object({ id: text(128) }),
    body: z.strictObject({
      reason: text(500).regex(/\S/, { error: 'says nothing' }),
      /** Whether something of the application may be changed in the user's name, where the house allows that. */
      write: z.boolean().default(false),
    }),
    returns: z.object({ endsAt: instant(), url: z.string() }),
    grants: true,
    errors: [kernelErrors.not_found, E.not_impersonable, E.impersonation_write_off],
  }),
})
