/**
 * Login: every way of proving who you are hands a `Proof` to the one transaction here that can start a session.
 *
 * Invariant: no session without a spent proof and without every gate asked; failures are alike in content and cost (OWASP ASVS V6.3.8).
 * Not here: what a proof is. Methods live in their own features and are collected through `gives.loginMethod`.
 *
 * @module
 */
import { z } from 'zod'
import { prefixOf } from '../../kernel/http/address.ts'
import { declareFeature } from '../feature.ts'
import { sessions } from '../sessions/index.ts'
import { tickets } from '../tickets/index.ts'
import { users } from '../users/index.ts'
import { loginContract } from './contract.ts'
import { createKnownDevices } from './known-device.ts'
import { createLogin } from './service.ts'
import { sweepThrottle, throttleMigrations, throttleStore, throttleTables } from './throttle.sql.ts'
import { createThrottle } from './throttle.ts'

export { E as loginErrors } from './contract.ts'
export type { Ahead, LoginMethod, Proof } from './method.ts'
export type { From, Known, Login, LoginAnswer } from './service.ts'

const hour = 3_600_000

export const login = declareFeature({
  name: 'login',
  needs: { users, sessions, tickets },
  options: z.undefined(),
  contract: loginContract,
  tables: throttleTables,
  migrations: throttleMigrations,
  create({ needs, database, ambient, keys, house, collect }) {
    const throttle = createThrottle({
      keys,
      clock: ambient.clock,
      store: throttleStore(database),
      transaction: (ctx, work) => database.transaction(ctx, work),
    })
    const service = createLogin({
      ...needs,
      hooks: house.hooks,
      devices: createKnownDevices(keys),
      throttle,
      methods: () => collect('loginMethod'),
      method(name) {
        const found = collect('loginMethod').find((method) => method.name === name)
        if (!found) throw new Error(`no feature gives the login method ${name}`)
        return found
      },
      gates: () => collect('gate'),
      verification: () => collect('verification')[0],
      transaction: (ctx, work) => database.transaction(ctx, work),
      addressPrefix: (ip) => (ip === undefined ? 'unknown' : prefixOf(ip)),
    })
    return { ...service, forget: throttle.forget, sweep: () => sweepThrottle(database)(ambient.clock.now()) }
  },
  handlers: (service) => ({
    register: ({ ctx, input: { identifier, email, password, ...profile }, presented }) =>
      service.register(ctx, identifier ?? email ?? '', { password }, profile, presented),
    login: ({ ctx, input, presented }) =>
      service.login(ctx, input.identifier ?? input.email ?? '', { password: input.password }, presented),
  }),
  gives: (service) => ({
    userData: { name: 'login', erase: (tx, { identifiers }) => service.forget(tx, identifiers) },
    routines: [{ name: 'login.sweep', everyMs: hour, run: service.sweep }],
  }),
})
