import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { passwordText, text } from '../../kernel/contract/schema.ts'
import { E as loginErrors } from '../login/contract.ts'
import { E as ticketErrors } from '../tickets/contract.ts'
import { E as usersErrors } from '../users/contract.ts'

export const emailEvents = {
  'identity.user.email.changed': event({
    summary: 'A user has another address',
    data: z.object({ by: z.enum(['user', 'revert']) }),
    audit: true,
  }),
  'identity.user.verification-sent': event({
    summary: 'An operator had a user sent the mail to prove their address with',
    data: z.object({}),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof emailEvents> {}
}

const owner = {
  password: passwordText().optional().meta({ description: 'The password of the account, where `email.confirmWith` asks for it' }),
}
const Done = z.object({ ok: z.literal(true) })
const byToken = z.strictObject({ token: text(256) })

export const emailContract = contract(
  'email',
  {
    verify: endpoint({
      method: 'POST',
      path: '/verify',
      access: 'public',
      summary: 'Prove an address with the token of a mail, or with the code beside it',
      rateLimit: 'login',
      body: z.union([
        z.strictObject({ token: text(256), ...owner }),
        z.strictObject({ email: text(320), code: z.string().regex(/^\d{6}$/, { error: 'has six digits' }), ...owner }),
      ]),
      returns: Done,
      errors: [ticketErrors.ticket_rejected, loginErrors.password_required, loginErrors.invalid_credentials],
    }),
    resend: endpoint({
      method: 'POST',
      path: '/verify/resend',
      access: 'public',
      summary: 'Send the mail to prove an address with once more; the answer is the same for everybody',
      rateLimit: 'mail',
      body: z.strictObject({ email: text(320) }),
      returns: Done,
    }),
    change: endpoint({
      method: 'POST',
      path: '/email/change',
      access: { session: { strict: true } },
      summary: 'Send a link to the address I want to have; the answer is the same whether or not it is somebody’s',
      rateLimit: 'mail',
      csrf: 'token',
      body: z.strictObject({ newEmail: text(320), currentPassword: passwordText().optional() }),
      returns: Done,
      errors: [loginErrors.invalid_credentials, kernelErrors.step_up_required],
    }),
    confirmChange: endpoint({
      method: 'POST',
      path: '/email/change/confirm',
      access: 'public',
      summary: 'Change the address with the token of the mail to the new one',
      rateLimit: 'login',
      body: byToken.extend(owner),
      returns: Done,
      errors: [
        ticketErrors.ticket_rejected,
        loginErrors.password_required,
        loginErrors.invalid_credentials,
        usersErrors.identifier_taken,
      ],
    }),
    revertChange: endpoint({
      method: 'POST',
      path: '/email/change/revert',
      access: 'public',
      summary:
        'Put the address back with the token of the mail to the old one; every device is logged out and the password is void',
      rateLimit: 'login',
      body: byToken,
      returns: Done,
      errors: [ticketErrors.ticket_rejected, usersErrors.identifier_taken],
    }),
  },
  emailEvents,
)

const byId = z.object({ id: text(128) })
const Reason = z.enum(['already_verified', 'no_address']).optional()

export const emailAdminContract = contract('email', {
  sendVerification: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/send-verification',
    access: { operator: 'help', on: 'id' },
    summary: 'Send a user the mail to prove their address with',
    params: byId,
    returns: z.object({ sent: z.boolean(), reason: Reason }),
    errors: [kernelErrors.not_found],
  }),
  verify: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/verify-email',
    access: { operator: 'help', on: 'id' },
    summary: 'Take the address of a user for proved',
    params: byId,
    returns: z.object({ verified: z.boolean(), reason: Reason }),
    errors: [kernelErrors.not_found],
  }),
})
