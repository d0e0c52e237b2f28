/**
 * Impersonation: an operator sees what a user sees, for a while, and it is known why.
 *
 * Invariant: the session that comes of it rests on no proof, so it meets no demand for one and changes nothing of ours; it dies with its time, with
 * the operator's right and with the sessions of either. Everything done in it is in the audit log as the operator's act on behalf of the user.
 * Not here: what is refused in such a session. The kernel decides that for every endpoint and guard (`kernel/http/access.ts`).
 *
 * @module
 */
import { z } from 'zod'
import { type Duration, duration } from '../../kernel/contract/duration.ts'
import { siteUrl } from '../../kernel/http/setup.ts'
import { admin } from '../admin/index.ts'
import { declareFeature } from '../feature.ts'
import { pages } from '../pages/index.ts'
import { sessions } from '../sessions/index.ts'
import { users } from '../users/index.ts'
import { impersonationAdminContract, impersonationContract } from './contract.ts'
import { createImpersonation } from './service.ts'

/** How far operators see with the eyes of a user. */
export interface ImpersonationOptions {
  /** How long, at most `'4h'` (`'30m'`). */
  readonly ttl?: Duration
  /** Whether an operator may ask to change something of the application in the user's name. */
  readonly write?: boolean
}

const longest = 4 * 3_600_000

const options = z.preprocess(
  (given) => (given === true ? {} : given),
  z.strictObject({
    ttl: duration()
      .refine((ms) => ms <= longest, { error: 'at most 4h' })
      .prefault('30m'),
    write: z.boolean().default(false),
  }),
)

export const impersonation = declareFeature({
  name: 'impersonation',
  needs: { users, sessions, admin, pages },
  options,
  contract: impersonationContract,
  adminContract: impersonationAdminContract,
  create: ({ needs, options, house, collect }) =>
    createImpersonation({
      ...needs,
      gates: () => collect('gate'),
      ttlMs: options.ttl,
      mayWrite: options.write,
      url: needs.pages.hasAccount ? siteUrl(house.baseUrl, '/account').href : house.baseUrl,
    }),
  handlers: (service) => ({ stop: ({ ctx, auth }) => service.stop(ctx, auth) }),
  adminHandlers: (service) => ({
    terms: ({ ctx, auth }) => service.terms(ctx, auth?.userId),
    start: ({ ctx, input: { id, reason, write }, ...by }) => service.start(ctx, id, { reason, readOnly: !write }, by),
  }),
  gives: (service) => ({ mayImpersonate: service.mayImpersonate }),
})
