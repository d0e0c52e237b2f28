import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { defineIssues } from '../../kernel/contract/issues.ts'
import { instant, passwordText, text } from '../../kernel/contract/schema.ts'
import { LoginResult, E as loginErrors, named, needsOne } from '../login/contract.ts'
import { E as ticketErrors } from '../tickets/contract.ts'
import { AdminUser, NewUser, E as usersErrors } from '../users/contract.ts'

export const E = defineErrors({
  reset_needs_mail: {
    status: 409,
    title: 'No mail reaches this user',
    help: 'Switch mail on, or give a user without an e-mail address a temporary password instead.',
  },
})

/** What else a password may be refused for than its length. */
export const issues = defineIssues({
  malformed: 'has characters that cannot be used',
  common: 'is one of those that are tried first',
  guessable: 'is made of the name of its owner or of ours',
  breached: 'is known from a breach',
})

export const passwordEvents = {
  'identity.user.password.changed': event({
    summary: 'A password was set',
    data: z.object({ by: z.enum(['user', 'requirement', 'operator', 'reset', 'revert']) }),
    audit: true,
  }),
  'identity.user.password.reset-required': event({
    summary: 'An operator demands a new password; every session has ended',
    data: z.object({}),
    audit: true,
  }),
  'identity.user.intrusion-reported': event({
    summary: 'A user says that somebody else was in their account; every session has ended',
    data: z.object({ entry: z.string().optional() }),
    audit: true,
  }),
  'identity.user.invited': event({
    summary: 'An operator had a user sent the mail to choose their first password with',
    data: z.object({}),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof passwordEvents> {}
}

/** A text of ours, by its code and in the reader's language. */
const Remark = z.object({ code: z.string(), text: z.string() })

export const passwordContract = contract(
  'password',
  {
    change: endpoint({
      method: 'POST',
      path: '/password/change',
      access: { session: { strict: true } },
      summary: 'Change my password and log my other devices out',
      rateLimit: 'login',
      csrf: 'token',
      body: z.strictObject({ currentPassword: passwordText(), newPassword: passwordText() }),
      returns: z.object({ ok: z.literal(true) }),
      errors: [loginErrors.invalid_credentials, loginErrors.password_rejected],
    }),
    forgot: endpoint({
      method: 'POST',
      path: '/password/forgot',
      access: 'public',
      summary: 'Send a mail to choose a new password with; the answer is the same for everybody',
      rateLimit: 'mail',
      body: z.strictObject({ identifier: text(320).optional(), email: text(320).optional() }).refine(named, needsOne),
      returns: z.object({ ok: z.literal(true) }),
    }),
    reset: endpoint({
      method: 'POST',
      path: '/password/reset',
      access: 'public',
      summary: 'Choose a new password with the token of a mail; every device is logged out',
      rateLimit: 'login',
      body: z.strictObject({ token: text(256), newPassword: passwordText() }),
      returns: z.object({ ok: z.literal(true) }),
      errors: [ticketErrors.ticket_rejected, loginErrors.password_rejected],
    }),
    advice: endpoint({
      method: 'POST',
      path: '/password/advice',
      access: 'public',
      summary: 'How easily a password would be guessed, from 0 to 4, and what would make it better; nothing is kept',
      rateLimit: 'advice',
      body: z.strictObject({ password: passwordText(), identifier: text(320).optional() }),
      returns: z.object({
        score: z.number().int().min(0).max(4),
        warning: Remark.optional(),
        suggestions: z.array(Remark),
      }),
    }),
    notMe: endpoint({
      method: 'POST',
      path: '/password/not-me',
      access: { session: { strict: true } },
      summary: 'Say that somebody else was in my account: all sessions end, and a new password is owed',
      description:
        'Where a mail reaches the user, its link is the only way back in (`next: "mail"`); else the next login asks for a new password (`next: "login"`).',
      rateLimit: 'login',
      csrf: 'token',
      /** `entry`: what of the activity it was that they did not do. */
      body: z.strictObject({ entry: text(128).optional() }),
      returns: z.object({ next: z.enum(['mail', 'login']) }),
      grants: 'clear',
    }),
    finishLogin: endpoint({
      method: 'POST',
      path: '/login/password',
      access: 'pending-login',
      summary: 'Finish a login that owes a new password',
      rateLimit: 'login',
      body: z.strictObject({ loginToken: text(128).optional(), newPassword: passwordText() }),
      returns: LoginResult,
      grants: true,
      errors: [loginErrors.password_rejected, loginErrors.password_reset_required, kernelErrors.login_expired],
    }),
  },
  passwordEvents,
)

/** How a password can be hashed, whoever wrote the hash down. */
const PasswordFormat = z.enum(['argon2', 'bcrypt', 'scrypt', 'pbkdf2'])

/** {@link PasswordFormat} in services. */
export type PasswordFormat = z.infer<typeof PasswordFormat>

export const passwordAdminContract = contract('password', {
  state: endpoint({
    method: 'GET',
    path: '/admin/api/users/:id/password',
    access: { operator: 'look' },
    summary: 'Whether a user has a password and what they owe',
    params: z.object({ id: text(128) }),
    returns: z.object({
      isSet: z.boolean(),
      /** How it is hashed; one of another system is made anew at the next login. */
      format: PasswordFormat.nullable(),
      changedAt: instant().nullable(),
      /** Since when they have to choose another one as they log in. */
      changeRequiredAt: instant().nullable(),
      /** Since when it opens nothing, until another one is chosen with the link of a mail. */
      resetRequiredAt: instant().nullable(),
    }),
    errors: [kernelErrors.not_found],
  }),
  reset: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/reset-password',
    access: { operator: 'help', on: 'id' },
    summary: 'Give a user a random password they must change, and end their sessions',
    params: z.object({ id: text(128) }),
    returns: z.object({ temporaryPassword: z.string() }),
    errors: [kernelErrors.not_found],
  }),
  requireReset: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/require-reset',
    access: { operator: 'help', on: 'id' },
    summary: 'End the sessions of a user, who chooses a new password with the link of a mail',
    params: z.object({ id: text(128) }),
    errors: [kernelErrors.not_found, E.reset_needs_mail],
  }),
  provision: endpoint({
    method: 'POST',
    path: '/admin/api/users/provision',
    access: { operator: 'manage' },
    summary: 'Create a user who chooses their password with the link of a mail',
    body: NewUser,
    status: 201,
    returns: AdminUser,
    errors: [usersErrors.identifier_taken, usersErrors.operator_role, E.reset_needs_mail],
  }),
})
