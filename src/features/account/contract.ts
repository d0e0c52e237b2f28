import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { instant, passwordText, text } from '../../kernel/contract/schema.ts'
import { E as loginErrors } from '../login/contract.ts'
import { E as ticketErrors } from '../tickets/contract.ts'
import { E as usersErrors } from '../users/contract.ts'

export const accountEvents = {
  'identity.user.deletion-scheduled': event({
    summary: 'A user will be deleted, and is out until then',
    data: z.object({ deleteAt: z.iso.datetime() }),
    audit: true,
  }),
  'identity.user.restored': event({ summary: 'A user will not be deleted after all', data: z.object({}), audit: true }),
  'identity.user.deleted': event({
    summary: 'A user is gone, with all that was kept of them',
    data: z.object({ reason: z.enum(['user', 'operator']), note: z.string().optional() }),
    audit: true,
  }),
  'identity.user.exported': event({ summary: 'The data of a user was handed out', data: z.object({}), audit: true }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof accountEvents> {}
}

/** What became of a wish to be gone. */
const Deletion = z.discriminatedUnion('status', [
  z.object({ status: z.literal('deleted') }),
  z.object({ status: z.literal('scheduled'), deleteAt: instant() }),
])

/** {@link Deletion} in services. */
export type Deletion = z.input<typeof Deletion>

/** Everything that is kept of a user, by feature. */
const Export = z.object({ exportedAt: instant(), data: z.record(z.string(), z.json()) })

export const accountContract = contract(
  'account',
  {
    delete: endpoint({
      method: 'DELETE',
      path: '/account',
      access: { session: { strict: true } },
      summary: 'Delete my account; every device is logged out',
      description: 'Asks for the password, unless something was proved within ten minutes.',
      rateLimit: 'login',
      csrf: 'token',
      body: z.strictObject({ currentPassword: passwordText().optional() }),
      returns: Deletion,
      grants: 'clear',
      errors: [
        loginErrors.invalid_credentials,
        kernelErrors.step_up_required,
        kernelErrors.denied_by_app,
        usersErrors.last_owner,
      ],
    }),
    restore: endpoint({
      method: 'POST',
      path: '/account/restore',
      access: 'public',
      summary: 'Keep an account after all, with the token of a mail',
      rateLimit: 'login',
      body: z.strictObject({ token: text(256) }),
      returns: z.object({ ok: z.literal(true) }),
      errors: [ticketErrors.ticket_rejected],
    }),
    export: endpoint({
      method: 'GET',
      path: '/account/export',
      impersonated: false,
      access: { session: { strict: true } },
      summary: 'All that is kept of me',
      description: 'Only where something was proved within ten minutes.',
      rateLimit: 'login',
      returns: Export,
      errors: [kernelErrors.step_up_required],
    }),
    exportProved: endpoint({
      method: 'POST',
      path: '/account/data',
      access: { session: { strict: true } },
      summary: 'All that is kept of me, for the password',
      rateLimit: 'login',
      csrf: 'token',
      body: z.strictObject({ currentPassword: passwordText() }),
      returns: Export,
      errors: [loginErrors.invalid_credentials],
    }),
  },
  accountEvents,
)

const byId = z.object({ id: text(128) })

export const accountAdminContract = contract('account', {
  departure: endpoint({
    method: 'GET',
    path: '/admin/api/users/:id/deletion',
    access: { operator: 'look' },
    summary: 'Whether a user waits to be deleted, and until when there is a way back',
    params: byId,
    returns: z.object({
      /** `null` for somebody who stays. */
      deleteAt: instant().nullable(),
      wishedBy: z.enum(['user', 'operator']).nullable(),
      note: z.string().nullable(),
    }),
    errors: [kernelErrors.not_found],
  }),
  delete: endpoint({
    method: 'DELETE',
    path: '/admin/api/users/:id',
    access: { operator: 'manage', on: 'id' },
    summary: 'Delete a user at once, also one who waits to be deleted',
    params: byId,
    body: z.strictObject({ reason: text(500).optional() }),
    returns: Deletion,
    errors: [kernelErrors.not_found, kernelErrors.denied_by_app, usersErrors.last_owner],
  }),
  restore: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/restore',
    access: { operator: 'help', on: 'id' },
    summary: 'Keep a user who waits to be deleted',
    params: byId,
    errors: [kernelErrors.not_found],
  }),
  export: endpoint({
    method: 'GET',
    path: '/admin/api/users/:id/export',
    access: { operator: 'manage', on: 'id' },
    summary: 'All that is kept of a user',
    params: byId,
    returns: Export,
    errors: [kernelErrors.not_found],
  }),
})
