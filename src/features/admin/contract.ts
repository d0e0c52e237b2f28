import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { passwordText, text } from '../../kernel/contract/schema.ts'
import { FactorRequired, E as loginErrors, VerificationRequired } from '../login/contract.ts'
import { ActiveLogin } from '../sessions/contract.ts'

/** Who works with the panel, and what for. */
export const Ping = z.object({
  ok: z.literal(true),
  version: z.string(),
  operator: z.object({
    /** Absent for a script with the secret. */
    id: z.string().nullable(),
    name: z.string(),
    role: z.string(),
    rights: z.array(z.enum(['look', 'help', 'inspect', 'manage', 'own'])),
  }),
  /** For the header of whatever changes something; `null` for a script, which needs none. */
  csrfToken: z.string().nullable(),
  /** Features by their word, whether they are on. */
  features: z.record(z.string(), z.boolean()),
})

/** What logging in to the panel answers: a cookie of the panel, or the step that is owed. */
export const OperatorLogin = z.discriminatedUnion('status', [
  ActiveLogin.pick({ status: true, user: true }),
  FactorRequired,
  VerificationRequired,
])

/** The way in to the panel. Its calls are the panel's own; what operators do stands in the contracts of the features. */
export const adminContract = contract('admin', {
  ping: endpoint({
    method: 'GET',
    path: '/admin/api/ping',
    root: 'only',
    access: { operator: 'look' },
    summary: 'Who I am to the panel, what I may do and what there is',
    returns: Ping,
  }),
  login: endpoint({
    method: 'POST',
    path: '/admin/api/login',
    root: 'only',
    access: 'public',
    summary: 'Log in to the panel',
    rateLimit: 'adminLogin',
    body: z.strictObject({ identifier: text(320), password: passwordText() }),
    returns: OperatorLogin,
    grants: true,
    errors: [loginErrors.invalid_credentials, loginErrors.password_reset_required],
  }),
  finishLogin: endpoint({
    method: 'POST',
    path: '/admin/api/login/password',
    root: 'only',
    access: 'pending-login',
    summary: 'Finish a login that owes a new password',
    rateLimit: 'adminLogin',
    body: z.strictObject({ loginToken: text(128).optional(), newPassword: passwordText() }),
    returns: OperatorLogin,
    grants: true,
    errors: [loginErrors.password_rejected],
  }),
  logout: endpoint({
    method: 'POST',
    path: '/admin/api/logout',
    root: 'only',
    access: { operator: 'look' },
    summary: 'Leave the panel',
    grants: 'clear',
  }),
})
