/**
 * Passwords: set, checked, rehashed, changed, and the change an operator can demand.
 *
 * Invariant: only argon2id hashes are written, and only through the bounded pool; a user who does not exist costs what one who does
 * costs (OWASP ASVS 5.0 V6.2, NIST SP 800-63B-4 §3.1.1). Forgotten ones are recovered by mail, where mail is on.
 *
 * @module
 */
import { z } from 'zod'
import { createHashPool, type HashCaller } from '../../kernel/crypto/hash-pool.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { prefixOf } from '../../kernel/http/address.ts'
import { product } from '../../kernel/product.ts'
import { declareFeature } from '../feature.ts'
import { login } from '../login/index.ts'
import { mail } from '../mail/index.ts'
import { tickets } from '../tickets/index.ts'
import { users } from '../users/index.ts'
import { createClosing } from './closing.ts'
import { passwordAdminContract, passwordContract } from './contract.ts'
import { readHash } from './foreign-hashes.ts'
import { abandonedMs, foreignPasswords, passwordsCheckup } from './foreign-store.ts'
import { createPasswordHasher } from './hashing.ts'
import { intentStore } from './intents.sql.ts'
import { ownPasswords } from './keeping.ts'
import { passwordProblems } from './policy.ts'
import { createRecovery } from './recovery.ts'
import { createPassword } from './service.ts'
import { passwordMigrations, passwordStore, passwordTables } from './store.sql.ts'
import type { IPasswordStore } from './store.ts'

export type { PasswordHasher } from './hashing.ts'
export { isHashable } from './policy.ts'
export { createStandaloneHasher } from './standalone.ts'
export type { IPasswordStore } from './store.ts'

declare module '../feature.ts' {
  interface Stores {
    passwords: IPasswordStore
  }
}

const options = z
  .strictObject({
    minLength: z.number().int().min(8).max(64).default(12),
    legacyHash: z
      .string()
      .refine((text) => readHash(text) !== undefined, { error: 'a password hash of another system, in a format that is read' })
      .optional(),
  })
  .prefault({})

export const password = declareFeature({
  name: 'password',
  needs: { users, login, tickets },
  wants: { mail },
  options,
  contract: passwordContract,
  adminContract: passwordAdminContract,
  tables: passwordTables,
  migrations: passwordMigrations,
  create({ needs, wants, options, database, ambient, house, collect }) {
    const own = passwordStore(database)
    const port = house.stores.passwords
    const transaction: typeof database.transaction = (ctx, work) => database.transaction(ctx, work)
    const closing = createClosing({
      users: needs.users,
      authentications: () => collect('authentications'),
      notice: async (tx, userId) => void (await recovery?.oweNotice(tx, userId)),
    })
    const [intents, holdUser, newId] = [intentStore(database), needs.users.hold, ambient.newId]
    const foreign = port && foreignPasswords({ port, own, intents, transaction, holdUser, closing, newId })
    const service = createPassword({
      users: needs.users,
      hasher: createPasswordHasher({
        pool: createHashPool({ slots: house.hashing.slots, clock: ambient.clock, startTimer: ambient.startTimer }),
        ...(house.hashing.parameters && { parameters: house.hashing.parameters }),
        legacyHash: options.legacyHash,
      }),
      passwords: foreign?.passwords ?? ownPasswords(own),
      transaction,
      problems: (text, forbidden) =>
        passwordProblems(text, { minLength: options.minLength, forbidden: [product.name, ...forbidden] }),
      closing,
      callerOf,
      login: needs.login,
    })
    const recovery =
      wants.mail &&
      createRecovery({
        users: needs.users,
        tickets: needs.tickets,
        mail: wants.mail,
        recover: service.recover,
        transaction,
        link: linkTo(house.links.resetPassword ?? new URL(`${house.basePath}/password/reset`, house.baseUrl).href),
      })
    return {
      ...service,
      minLength: options.minLength,
      recovery,
      foreign,
      checkup: port && passwordsCheckup(port),
      now: ambient.clock.now,
    }
  },
  handlers: (service) => ({
    forgot: ({ ctx, input }) => recoveryOf(service).forgot(ctx, input.identifier ?? input.email ?? ''),
    reset: ({ ctx, input }) => recoveryOf(service).reset(ctx, input.token, input.newPassword),
    change: ({ ctx, auth, input }) =>
      service.change(ctx, auth.userId, auth.sessionHandle, input.currentPassword, input.newPassword),
    finishLogin: ({ ctx, auth, input, presented }) => service.finishLogin(ctx, auth, input.newPassword, presented),
  }),
  adminHandlers: (service) => ({ reset: ({ ctx, input }) => service.reset(ctx, input.id) }),
  omits: ({ recovery }) => (recovery ? [] : ['forgot', 'reset']),
  gives: ({ method, gate, recovery, foreign, checkup, now }) => ({
    loginMethod: method as never,
    gate,
    mails: recovery?.writers ?? [],
    ...(checkup && { checkup }),
    ...(foreign && {
      leftovers: foreign.takeBack,
      routines: [{ name: 'password.settle', everyMs: abandonedMs, run: () => foreign.settleAbandoned(now()) }],
    }),
  }),
})

type Recovery = ReturnType<typeof createRecovery>

/** Its endpoints are mounted only where it is there. */
function recoveryOf({ recovery }: { recovery: Recovery | undefined }): Recovery {
  if (!recovery) throw new Error('mail is off')
  return recovery
}

/** Links lead where the options say, whatever a request says of hosts (CVE-2025-25198). */
function linkTo(page: string): (token: string) => string {
  return (token) => {
    const url = new URL(page)
    url.searchParams.set('token', token)
    return url.href
  }
}

/** A caller whose address is not known shares a line with nobody: what bounds it is the depth of the queue. */
const callerOf = ({ from }: Ctx, line?: string): HashCaller => ({
  client: from?.ip ? prefixOf(from.ip) : undefined,
  account: line,
  signal: from?.signal,
})
