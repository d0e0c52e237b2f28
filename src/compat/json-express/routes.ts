/**
 * The routes of the plugin, each beside the endpoint of ours that answers it: what goes in, what comes out, and how a refusal reads.
 *
 * @module
 */
import type { Settings } from './config.ts'
import { basePath, withheld } from './house.ts'
import type { JsonResponse } from './kernel.ts'

type Sent = Readonly<Record<string, unknown>>
type Value = Readonly<Record<string, unknown>>

/** A status, and what is said with it. */
export type Refusal = readonly [status: number, error: string]

/** One row. Paths are the kernel's, and ours. */
export interface FaceRoute {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** What has to be sent, and what is said when it is not. */
  readonly needs?: readonly [fields: readonly string[], error: string]
  /** Whether the address may carry it too; addresses are written to logs, so nothing that lasts. */
  readonly takesQuery?: true
  /** What of the body is ours to read. */
  body?(sent: Sent): Sent
  answer(value: Value, sent: Sent): JsonResponse
  /** Whether the answer says whose address was proved. */
  readonly namesProved?: true
  /** The answer for whoever shows a token of the external issuer; absent where that is not enough. */
  ofClaims?(claims: Value): object
  /** By code of ours; what is not here is said in our words. */
  readonly refusals: Readonly<Record<string, Refusal>>
}

const ok = (): JsonResponse => ({ statusCode: 200, body: { ok: true } })

/** A person as clients of JSON Express know one. */
export const userOf = ({ id, email, role, emailVerified }: Value) => ({ id, email, role, emailVerified })

const tokens =
  (statusCode: number) =>
  ({ status, user, accessToken, refreshToken }: Value): JsonResponse => {
    if (status === 'active') return { statusCode, body: { accessToken, refreshToken, user: userOf(user as Value) } }
    return { statusCode: 403, body: { error: status === 'verification_required' ? withheld.unverified : withheld.reset } }
  }

const lookIntoMail = 'Verification email sent. Please verify before logging in.'

/** Where addresses have to be proved, the answer is the same for one that is known: it says what was sent, and no id. */
const registered =
  ({ defaultRole: role }: Settings) =>
  (value: Value, { email }: Sent): JsonResponse =>
    value.status === 'active'
      ? tokens(201)(value)
      : { statusCode: 201, body: { user: { email, role, emailVerified: false }, message: lookIntoMail } }

const credentials: FaceRoute['needs'] = [['email', 'password'], 'email and password are required']
const person = ({ email, password }: Sent) => ({ email, password })
const unauthorized: Refusal = [401, 'Unauthorized']
const strangers = { unauthorized, session_revoked: unauthorized }

const registration = (settings: Settings): FaceRoute => ({
  method: 'POST',
  path: `${basePath}/register`,
  ...(settings.allowRegistration && { needs: credentials }),
  // Where nobody may register it is said before anything else, whatever was sent.
  body: (sent) => (settings.allowRegistration ? person(sent) : { email: 'nobody@localhost', password: 'none of anybody' }),
  answer: registered(settings),
  refusals: {
    registration_closed: [403, 'Registration is disabled'],
    identifier_taken: [409, 'Account already exists'],
    validation_failed: [400, 'email is not an address'],
  },
})

const always = (settings: Settings): readonly FaceRoute[] => [
  registration(settings),
  {
    method: 'POST',
    path: `${basePath}/login`,
    needs: credentials,
    body: person,
    answer: tokens(200),
    refusals: {
      invalid_credentials: [401, 'Invalid credentials'],
      validation_failed: [401, 'Invalid credentials'],
      password_reset_required: [403, withheld.reset],
    },
  },
  {
    method: 'POST',
    path: `${basePath}/refresh`,
    needs: [['refreshToken'], 'refreshToken is required'],
    body: ({ refreshToken }) => ({ refreshToken }),
    answer: tokens(200),
    refusals: Object.fromEntries(
      ['refresh_rejected', 'validation_failed', 'denied_by_app'].map((code) => [code, [401, 'Invalid or expired refresh token']]),
    ),
  },
  {
    method: 'POST',
    path: `${basePath}/logout`,
    body: ({ refreshToken }) => (typeof refreshToken === 'string' ? { refreshToken } : {}),
    answer: ok,
    refusals: { validation_failed: [200, ''] },
  },
  {
    method: 'POST',
    path: `${basePath}/password/change`,
    needs: [['currentPassword', 'newPassword'], 'currentPassword and newPassword are required'],
    body: ({ currentPassword, newPassword }) => ({ currentPassword, newPassword }),
    answer: ok,
    refusals: { ...strangers, invalid_credentials: [401, 'Current password is incorrect'] },
  },
  {
    method: 'GET',
    path: `${basePath}/me`,
    answer: (user) => ({ statusCode: 200, body: userOf(user) }),
    ofClaims: (claims) => ({ ...userOf(claims), id: claims.sub }),
    refusals: strangers,
  },
]

const byMail: readonly FaceRoute[] = [
  {
    method: 'POST',
    path: `${basePath}/verify`,
    needs: [['token'], 'token is required'],
    body: ({ token }) => ({ token }),
    takesQuery: true,
    namesProved: true,
    answer: ({ proved }) => ({ statusCode: 200, body: { ok: true, ...(proved !== undefined && { user: proved }) } }),
    refusals: {
      ticket_rejected: [400, 'Invalid or expired verification token'],
      validation_failed: [400, 'Invalid or expired verification token'],
    },
  },
  {
    method: 'POST',
    path: `${basePath}/verify/resend`,
    needs: [['email'], 'email is required'],
    body: ({ email }) => ({ email }),
    answer: ok,
    refusals: {},
  },
  {
    method: 'POST',
    path: `${basePath}/password/forgot`,
    needs: [['email'], 'email is required'],
    body: ({ email }) => ({ email }),
    answer: ok,
    refusals: {},
  },
  {
    method: 'POST',
    path: `${basePath}/password/reset`,
    needs: [['token', 'newPassword'], 'token and newPassword are required'],
    body: ({ token, newPassword }) => ({ token, newPassword }),
    answer: ok,
    refusals: {
      ticket_rejected: [400, 'Invalid or expired reset token'],
      validation_failed: [400, 'Invalid or expired reset token'],
    },
  },
]

/** The rows of one plugin: those that need mail are there only with somebody who carries it. */
export const routesOf = (settings: Settings, hasMail: boolean): readonly FaceRoute[] => [
  ...always(settings),
  ...(hasMail ? byMail : []),
]
