import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { kernelIssues, refusing } from '../../kernel/contract/issues.ts'
import { languageTag, passwordText, text } from '../../kernel/contract/schema.ts'
import { oneSpelling } from '../../kernel/contract/spelling.ts'
import { ActiveLogin, deliveries } from '../sessions/contract.ts'
import { E as usersErrors } from '../users/contract.ts'

export const E = defineErrors({
  invalid_credentials: { status: 401, title: 'The identifier or the password is wrong' },
  password_rejected: { status: 400, title: 'The password is not accepted', help: 'Choose a longer one that is hard to guess.' },
  password_required: {
    status: 403,
    title: 'The password of the account is needed too',
    detail: 'The mail shows that the address is right; the password, that whoever reads it opened the account.',
    help: 'Send it along. Whoever does not know it chooses a new one under "forgot password".',
  },
  password_reset_required: {
    status: 403,
    title: 'A new password has to be chosen',
    detail: 'An operator demands it. A mail has a link to choose one with.',
    help: 'Follow the link, or ask for a new one under "forgot password".',
  },
  registration_closed: { status: 403, title: 'Registration is closed' },
})

/** A login that is not finished: what may take it further. */
export const FactorRequired = z.object({
  status: z.literal('factor_required'),
  loginToken: z.string(),
  methods: z.array(z.string()),
})

/** No session before the address is proved: look into the mail. */
export const VerificationRequired = z.object({ status: z.literal('verification_required') })

/** What register and login answer. */
export const LoginResult = z.discriminatedUnion('status', [ActiveLogin, FactorRequired, VerificationRequired])

export const loginEvents = {
  'identity.auth.login.success': event({
    summary: 'Somebody logged in',
    data: z.object({ methods: z.array(z.string()), delivery: z.enum(deliveries), knownBrowser: z.boolean() }),
    audit: true,
  }),
  'identity.auth.login.failed': event({ summary: 'A login was refused', data: z.object({ method: z.string() }), audit: true }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof loginEvents> {}
}

const who = { identifier: text(320).optional(), email: text(320).optional() }
/** Exactly one of the two ways to say who is meant. */
export const named = (input: { identifier?: string | undefined; email?: string | undefined }) =>
  (input.identifier === undefined) !== (input.email === undefined)
export const needsOne = {
  ...refusing({ ...kernelIssues.required, message: 'needs either identifier or email' }),
  path: ['identifier'],
}

/** What the limiter counts by. */
const limitBy = ({ identifier, email }: { identifier?: string | undefined; email?: string | undefined }) =>
  oneSpelling(identifier ?? email ?? '')

export const loginContract = contract(
  'login',
  {
    register: endpoint({
      method: 'POST',
      path: '/register',
      access: 'public',
      summary: 'Create an account and log in',
      rateLimit: 'register',
      limitBy,
      body: z
        .strictObject({
          ...who,
          password: passwordText(),
          firstName: text(100).optional(),
          lastName: text(100).optional(),
          locale: languageTag().optional(),
        })
        .refine(named, needsOne),
      status: 201,
      returns: LoginResult,
      grants: true,
      errors: [usersErrors.identifier_taken, E.password_rejected, E.registration_closed],
    }),
    login: endpoint({
      method: 'POST',
      path: '/login',
      access: 'public',
      summary: 'Log in with an identifier and a password',
      rateLimit: 'login',
      limitBy,
      body: z.strictObject({ ...who, password: passwordText() }).refine(named, needsOne),
      returns: LoginResult,
      grants: true,
      errors: [E.invalid_credentials, E.password_reset_required],
    }),
  },
  loginEvents,
)
