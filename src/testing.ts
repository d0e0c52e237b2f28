/**
 * The house for tests: a real `Auth` on a database in memory, a clock that stands still, and real clients that reach it in process.
 *
 * Invariant: its cheap password hashes never leave a test run. It refuses to start anywhere else.
 *
 * @module
 */
import type { Auth, CallsOf } from './app/auth.ts'
import { type Built, buildAuth } from './app/build.ts'
import type { Feature } from './app/host-feature.ts'
import type { AuthOptions } from './app/options.ts'
import { type Client, type ClientOptions, createClient } from './client.ts'
import { testParameters } from './features/password/hashing.ts'
import type { User } from './features/users/index.ts'
import { toUser } from './features/users/index.ts'
import { type Ambient, idsAt, realAmbient, silentLogger } from './kernel/ambient/ambient.ts'
import { isTestRun } from './kernel/ambient/test-run.ts'
import { BootError } from './kernel/config/boot-error.ts'
import { sqlite } from './sqlite.ts'
import { type VirtualClock, virtualClock } from './testing/clock.ts'
import { browserFetch } from './testing/cookie-jar.ts'
import { type EventTrap, trapEvents } from './testing/event-trap.ts'
import { createMailTrap, type MailTrap } from './testing/mail-trap.ts'

export type { VirtualClock } from './testing/clock.ts'
export type { ConformanceCase, OpenStore } from './testing/conformance/case.ts'
export { kvStoreCases, type TimedKv } from './testing/conformance/kv.ts'
export { limitStoreCases } from './testing/conformance/limits.ts'
export { type PasswordStoreUnderTest, passwordStoreCases } from './testing/conformance/passwords.ts'
export { sessionStoreCases } from './testing/conformance/sessions.ts'
export { telemetryStoreCases } from './testing/conformance/telemetry.ts'
export { templateStoreCases } from './testing/conformance/templates.ts'
export { userStoreCases } from './testing/conformance/users.ts'
export type { EventTrap } from './testing/event-trap.ts'
export type { MailTrap, TrappedMail } from './testing/mail-trap.ts'

/** Everything `createAuth` takes, with nothing required. Rate limits are off unless `http.limits` says otherwise. */
export interface TestAuthOptions<C extends object = object, F extends readonly Feature[] = readonly Feature[]>
  extends Partial<AuthOptions<C, F>> {
  /** What the clock shows first. */
  readonly startAt?: Date
}

/** A person to be there before the test begins. What is not said is made up. */
export interface SeedUser {
  readonly email?: string
  readonly password?: string
  readonly role?: string
  readonly firstName?: string
  readonly lastName?: string
}

/** A person who is there, with the password that opens the door. */
export interface SeededUser extends User {
  readonly email: string
  readonly password: string
}

/** How a test client differs from a browser on the application's own pages. */
export interface TestClientOptions extends Omit<ClientOptions, 'baseUrl' | 'basePath' | 'contracts' | 'fetch'> {
  /** The address it calls from. */
  readonly ip?: string
}

/** What {@link createTestAuth} answers. */
export interface TestAuth<C extends object = object, F extends readonly Feature[] = readonly Feature[]> {
  readonly auth: Auth<C, F>
  readonly clock: VirtualClock
  /** A fresh client with cookies of its own. Its answers arrive when the listeners of what happened are done. */
  client(options?: TestClientOptions): Client<CallsOf<F>>
  readonly seed: { user(who?: SeedUser): Promise<SeededUser> }
  /** A client with a session of `who`, who is created unless {@link TestAuth.seed} has done so. */
  loginAs(who?: SeedUser, options?: TestClientOptions): Promise<Client<CallsOf<F>>>
  readonly events: EventTrap
  /** What was sent. Mail is on unless `mail` says otherwise; its links lead to pages of the made-up application. */
  readonly mail: MailTrap
  close(): Promise<void>
}

const defaults = {
  baseUrl: 'https://app.example.test',
  secret: 'a secret for tests, known to everybody who reads this',
  password: 'correct horse battery staple',
  startAt: new Date('2026-01-01T00:00:00Z'),
} as const

/**
 * Builds an `Auth` for tests.
 *
 * @throws BootError outside a test run
 * @example
 * ```ts
 * import { createTestAuth } from 'keywright/testing'
 *
 * const { loginAs, clock } = await createTestAuth()
 * const ada = await loginAs({ email: 'ada@example.com', role: 'admin' })
 * clock.advance('15d')
 * const answer = await ada.me().result()
 * if (!answer.ok) console.log(answer.error.code) // session_revoked
 * ```
 */
export async function createTestAuth<C extends object = object, const F extends readonly Feature[] = []>(
  options: TestAuthOptions<C, F> = {},
): Promise<TestAuth<C, F>> {
  if (!isTestRun()) throw new BootError('createTestAuth works in tests only', 'Use createAuth, or set NODE_ENV=test.')
  const { startAt = defaults.startAt, ...given } = options
  const clock = virtualClock(startAt)
  const { trap: mail, provider } = createMailTrap()
  const full = {
    baseUrl: defaults.baseUrl,
    secret: defaults.secret,
    storage: sqlite(':memory:'),
    mail: { from: 'Test <test@app.example.test>', transport: provider },
    ...given,
    links: {
      resetPassword: `${defaults.baseUrl}/new-password`,
      forgotPassword: `${defaults.baseUrl}/forgot-password`,
      verifyEmail: `${defaults.baseUrl}/verify-email`,
      restoreAccount: `${defaults.baseUrl}/keep-account`,
      ...given.links,
    },
    http: { limits: false, ...given.http },
    infra: { runJobs: false, ...given.infra },
  } as const
  const house = buildAuth(full as AuthOptions, ambientOf(clock), {
    production: false,
    strict: true,
    migrate: true,
    hashParameters: testParameters,
    jobsAtOnce: true,
    hashSlots: 64, // tests may send many logins at once; only a busy server has to refuse some
  })
  const events = trapEvents(house.auth.on)
  await house.auth.ready()

  const client = ({ ip = '127.0.0.1', ...rest }: TestClientOptions = {}) =>
    createClient({
      ...rest,
      baseUrl: full.baseUrl,
      basePath: given.http?.basePath ?? '/auth',
      contracts: (given.features ?? []).map((feature) => feature.contract),
      fetch: browserFetch(async (request) => {
        const response = await house.auth.handle(request, { ip })
        house.service('jobs').worker.poke() // what the clock has made due
        await house.background.settled()
        return response
      }),
    }) as Client as Client<CallsOf<F>>
  const { user, find } = createSeeds(house)

  return {
    auth: house.auth as Auth<C, F>,
    clock,
    client,
    seed: { user },
    async loginAs(who = {}, clientOptions = {}) {
      const { email, password } = find(who) ?? (await user(who))
      const fresh = client(clientOptions)
      await fresh.login({ email, password })
      return fresh
    },
    events,
    mail,
    close: () => house.auth.close(),
  }
}

const ambientOf = (clock: VirtualClock): Ambient => ({
  clock,
  logger: silentLogger,
  startTimer: realAmbient().startTimer,
  cores: 2,
  newId: idsAt(clock),
})

function createSeeds({ service, systemCtx }: Built) {
  const seeded = new Map<string, SeededUser>()

  async function user(who: SeedUser = {}): Promise<SeededUser> {
    const { email = `user-${seeded.size + 1}@example.com`, password = defaults.password, ...rest } = who
    const users = service('users')
    const ctx = systemCtx('seed of a test')
    const enrol = await service('password').provision(password, false)
    const record = users.draft(ctx, { identifier: users.read(email), ...rest })
    await users.create(ctx, record, enrol)
    const fresh = { ...toUser(record, ctx.tenantId), email, password }
    seeded.set(email, fresh)
    return fresh
  }

  return { user, find: ({ email }: SeedUser) => (email === undefined ? undefined : seeded.get(email)) }
}
