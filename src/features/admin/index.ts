/**
 * The operators' door: who may work with the panel and its API, and how they log in.
 *
 * Invariant: only the cookie of the panel, or the secret of scripts, opens an operator's endpoint; a user's session never does, and the panel's
 * never opens a user's. Who is an operator is asked at each request. There is no panel without a policy (OWASP ASVS 5.0 V13.4.5, V8.2).
 * Not here: what operators do. Each feature has an admin contract of its own.
 *
 * @module
 */
import { z } from 'zod'
import { BootError } from '../../kernel/config/boot-error.ts'
import { equal } from '../../kernel/crypto/random.ts'
import { product } from '../../kernel/product.ts'
import { declareFeature } from '../feature.ts'
import { login } from '../login/index.ts'
import { password } from '../password/index.ts'
import { sessions } from '../sessions/index.ts'
import { users } from '../users/index.ts'
import { adminContract } from './contract.ts'
import { entryBy } from './entry.ts'
import { createFounder } from './founder.ts'
import { createOwners } from './owners.ts'
import { type AdminPolicy, createAdmin } from './service.ts'
import { adminMigrations, adminStore, adminTables } from './store.sql.ts'

export type { AdminPolicy } from './service.ts'

/** How the panel is opened. */
export interface AdminOptions {
  /** Who is an operator: who has the role of one (`'is-admin-flag'`), who registered first, or whom your function takes for one. */
  readonly policy?: AdminPolicy
  /** A bearer token for scripts, at least 32 bytes. */
  readonly secret?: string
}

const policy = z.union([
  z.enum(['first-user', 'is-admin-flag']),
  z.custom<Exclude<AdminPolicy, string>>((value) => typeof value === 'function', {
    error: "'first-user', 'is-admin-flag' or a function",
  }),
])

const options = z.preprocess(
  (given) => (given === true ? {} : given),
  z.strictObject({
    policy: policy.default('is-admin-flag'),
    secret: z
      .string()
      .refine((value) => Buffer.byteLength(value) >= 32, { error: 'at least 32 bytes; make one with: openssl rand -base64 32' })
      .optional(),
  }),
)

export const admin = declareFeature({
  name: 'admin',
  needs: { users, sessions, login, password },
  options,
  contract: adminContract,
  tables: adminTables,
  migrations: adminMigrations,
  create({ needs, options: { policy, secret }, house, database, collect }) {
    if (policy === 'first-user' && house.stores.users)
      throw new BootError(
        "admin.policy 'first-user' cannot be told: stores.users promises no order",
        "Name 'is-admin-flag', or a function of yours.",
      )
    const store = adminStore(database)
    const { founder, sink, userData } = createFounder({ ...needs, store })
    const entryOf = entryBy({ gates: () => collect('gate'), isEnrolled: needs.login.isEnrolled })
    const service = createAdmin({
      ...needs,
      entryOf,
      policy,
      user: needs.users.find,
      founder,
      standing: { version: product.version, features: house.features },
      isSecret: (text) => secret !== undefined && equal(text, secret),
    })
    const assertNotLast = createOwners({ ...needs, holdOwners: store.holdOwners, entryOf })
    return { ...service, policy, sink, userData, assertNotLast }
  },
  gives: ({ roleOf, mayStill, policy, sink, userData, assertNotLast }) => ({
    operatorRole: roleOf,
    mayStill,
    userData,
    ...(policy === 'first-user' && { eventSink: sink }),
    ...(policy === 'is-admin-flag' && { indispensable: assertNotLast }),
  }),
  handlers: (service) => ({
    ping: ({ ctx, auth }) => service.ping(ctx, auth),
    login: ({ ctx, input, presented }) => service.login(ctx, input.identifier, input.password, presented),
    finishLogin: ({ ctx, auth, input, presented }) => service.finishLogin(ctx, auth, input.newPassword, presented),
    logout: ({ ctx, presented }) => service.logout(ctx, presented),
  }),
})
