/**
 * Passwords: set, checked, rehashed, changed, and the change an operator can demand.
 *
 * Invariant: only argon2id hashes are written, and only through the bounded pool; a user who does not exist costs what one who does
 * costs (OWASP ASVS 5.0 V6.2, NIST SP 800-63B-4 §3.1.1). Forgotten ones are recovered by mail, where mail is on.
 *
 * @module
 */
import { z } from 'zod'
import type { Ambient } from '../../kernel/ambient/ambient.ts'
import type { IssueReason } from '../../kernel/contract/issues.ts'
import { createHashPool, type HashCaller } from '../../kernel/crypto/hash-pool.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { prefixOf } from '../../kernel/http/address.ts'
import { product } from '../../kernel/product.ts'
import { declareFeature } from '../feature.ts'
import { login } from '../login/index.ts'
import { linkTo, mail } from '../mail/index.ts'
import { sessions } from '../sessions/index.ts'
import { optionsOf, setting, settings } from '../settings/index.ts'
import { tickets } from '../tickets/index.ts'
import { users } from '../users/index.ts'
import { createAdvice } from './advice.ts'
import { type BreachedPasswords, createBreachCheck } from './breaches.ts'
import { createClosing } from './closing.ts'
import { issues, passwordAdminContract, passwordContract } from './contract.ts'
import { createDemands } from './demands.ts'
import { readHash } from './foreign-hashes.ts'
import { abandonedMs, foreignPasswords, passwordsCheckup } from './foreign-store.ts'
import { pwnedPasswords } from './gateway.ts'
import { createPasswordHasher } from './hashing.ts'
import { intentStore } from './intents.sql.ts'
import { ownPasswords } from './keeping.ts'
import { passwordProblems, reasonOf } from './policy.ts'
import { createRecovery } from './recovery.ts'
import { createPassword } from './service.ts'
import { passwordMigrations, passwordStore, passwordTables } from './store.sql.ts'
import type { IPasswordStore } from './store.ts'
import { createUserData } from './user-data.ts'

export type { BreachedPasswords } from './breaches.ts'
export type { PasswordHasher } from './hashing.ts'
export { isHashable } from './policy.ts'
export { createStandaloneHasher } from './standalone.ts'
export type { IPasswordStore } from './store.ts'

declare module '../feature.ts' {
  interface Stores {
    passwords: IPasswordStore
  }
}

const switches = {
  minLength: setting({
    schema: z.number().int().min(8).max(64),
    default: 12,
    summary: 'The shortest password that may be set, in code points',
  }),
}

const options = z
  .strictObject({
    ...optionsOf(switches),
    legacyHash: z
      .string()
      .refine((text) => readHash(text) !== undefined, { error: 'a password hash of another system, in a format that is read' })
      .optional(),
    breached: z
      .union([
        z.boolean(),
        z.custom<BreachedPasswords>((value) => typeof value === 'function', { error: 'a boolean, or a function' }),
      ])
      .default(false),
    advice: z.boolean().default(false),
  })
  .prefault({})

export const password = declareFeature({
  name: 'password',
  needs: { users, sessions, login, tickets, settings },
  wants: { mail },
  options,
  contract: passwordContract,
  adminContract: passwordAdminContract,
  tables: passwordTables,
  migrations: passwordMigrations,
  create({ needs, wants, options, database, ambient, house, collect }) {
    const own = passwordStore(database)
    const policy = needs.settings.policyOf('password', switches, options)
    const ours = [product.name, ...(wants.mail ? [wants.mail.app] : [])]
    const port = house.stores.passwords
    const transaction: typeof database.transaction = (ctx, work) => database.transaction(ctx, work)
    const closing = createClosing({
      users: needs.users,
      authentications: () => collect('authentications'),
      liftReset: (tx, userId) => own(tx).liftReset(userId),
    })
    const [intents, holdUser, newId] = [intentStore(database), needs.users.hold, ambient.newId]
    const foreign = port && foreignPasswords({ port, own, intents, transaction, holdUser, closing, newId })
    const passwords = foreign?.passwords ?? ownPasswords(own)
    const service = createPassword({
      users: needs.users,
      hasher: createPasswordHasher({
        pool: createHashPool({ slots: house.hashing.slots, clock: ambient.clock, startTimer: ambient.startTimer }),
        ...(house.hashing.parameters && { parameters: house.hashing.parameters }),
        legacyHash: options.legacyHash,
      }),
      passwords,
      transaction,
      problems: judgeOf({ policy, breached: options.breached, ours }, ambient),
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
        async isRefused(ctx, user) {
          for (const gate of collect('gate')) if ((await gate(ctx, user.id, user)) === 'refused') return true
          return false
        },
        transaction,
        ttlMs: house.linkTtls.resetPassword,
        link: linkTo(house, 'resetPassword', '/password/reset'),
      })
    const demandReset = (tx: Tx, userId: string) => own(tx).demandReset(userId)
    return {
      ...service,
      policy,
      demands: createDemands({
        ...needs,
        recovery,
        closing,
        passwords,
        findDates: (ctx, userId) => own(ctx).findDates(userId),
        demandReset,
        transaction,
      }),
      advise: options.advice ? createAdvice(ours, async (ctx) => (await wants.mail?.policy(ctx))?.language ?? 'en') : undefined,
      recovery,
      /** Hashes of another system, for people who are created with theirs. */
      imported: {
        reads: (encoded: string) => readHash(encoded) !== undefined,
        enrolment: (encoded: string) => passwords.enrolment(encoded, false),
      },
      foreign,
      joins: !foreign && !needs.users.isForeign,
      checkup: port && passwordsCheckup(port),
      userData: createUserData({ own, intents, takeBack: foreign?.takeBack }),
      now: ambient.clock.now,
    }
  },
  handlers: (service) => ({
    forgot: ({ ctx, input }) => there(service.recovery).forgot(ctx, input.identifier ?? input.email ?? ''),
    reset: ({ ctx, input }) => there(service.recovery).reset(ctx, input.token, input.newPassword),
    change: ({ ctx, auth, input }) =>
      service.change(ctx, auth.userId, auth.sessionHandle, input.currentPassword, input.newPassword),
    advice: async ({ ctx, input }) => there(service.advise)(ctx, input.password, input.identifier),
    notMe: ({ ctx, auth, input }) => service.demands.notMe(ctx, auth, input.entry),
    finishLogin: ({ ctx, auth, input, presented }) => service.finishLogin(ctx, auth, input.newPassword, presented),
  }),
  adminHandlers: ({ reset, demands }) => ({
    state: ({ ctx, input }) => demands.state(ctx, input.id),
    reset: ({ ctx, input }) => reset(ctx, input.id),
    requireReset: async ({ ctx, input }) => void (await demands.requireReset(ctx, input.id)),
    provision: ({ ctx, input }) => demands.provision(ctx, input),
  }),
  omits: ({ recovery, advise }) => [
    ...(recovery ? [] : (['forgot', 'reset'] as const)),
    ...(advise ? [] : (['advice'] as const)),
  ],
  gives: ({ method, gate, reauthenticate, disown, demands, joins, recovery, foreign, checkup, userData, now }) => ({
    loginMethod: method as never,
    gate,
    reauthenticate,
    userData,
    bulkActions: recovery ? [{ name: 'requireReset', joins, run: (ctx, id) => demands.requireReset(ctx, id) }] : [],
    ...(recovery && { regain: { disown, invite: recovery.invite }, mails: recovery.writers }),
    ...(checkup && { checkup }),
    ...(foreign && {
      leftovers: foreign.takeBack,
      routines: [{ name: 'password.settle', everyMs: abandonedMs, run: () => foreign.settleAbandoned(now()) }],
    }),
  }),
})

/** Our own rules first: what they refuse, nobody else is asked about. */
function judgeOf(
  rules: {
    policy(ctx: Ctx): Promise<{ readonly minLength: number }>
    readonly breached: boolean | BreachedPasswords
    readonly ours: readonly string[]
  },
  { logger }: Pick<Ambient, 'logger'>,
) {
  const ask = rules.breached === true ? pwnedPasswords() : rules.breached
  const isBreached = ask && createBreachCheck({ ask, logger })
  return async (ctx: Ctx, text: string, forbidden: readonly string[]): Promise<readonly IssueReason[]> => {
    const policy = await rules.policy(ctx)
    const found = await passwordProblems(text, { ...policy, forbidden: [...rules.ours, ...forbidden] })
    if (found.length > 0 || !isBreached) return found.map((problem) => reasonOf(problem, policy))
    return (await isBreached(text)) ? [issues.breached] : []
  }
}

/** What is switched off has no endpoints. */
function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('an endpoint is mounted whose part of the feature is off')
  return part
}

/** A caller whose address is not known shares a line with nobody: what bounds it is the depth of the queue. */
const callerOf = ({ from }: Ctx, line?: string): HashCaller => ({
  client: from?.ip ? prefixOf(from.ip) : undefined,
  account: line,
  signal: from?.signal,
})
