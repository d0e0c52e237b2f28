/**
 * `IdentityPlugin` as JSON Express documents it: its routes, models and first admin, over our core.
 *
 * Invariant: nothing is mounted before everything it needs has been read, opened and found to work.
 *
 * @module
 */
import { type Auth, BootError } from '../../index.ts'
import type { Verifier } from '../../verify.ts'
import { handlerOf } from './answers.ts'
import { readSettings, type Settings } from './config.ts'
import { seedAdmin, showAdmin } from './first-admin.ts'
import { buildHouse, type Parts, partsOf } from './house.ts'
import type { IConfigProvider, ILogger, IPlugin, JsonExpressKernel, ModelSchema, Row } from './kernel.ts'
import { identitySchemas, userHooks, userModel, type Watcher } from './models.ts'
import { pagesOf } from './pages.ts'
import { createProofs } from './proofs.ts'
import { routesOf } from './routes.ts'
import { createPeople, idOf, type People } from './users.ts'
import { createExternal, verifiedPayload } from './verifying.ts'
import type { World } from './world.ts'

/** What the runtime constructs the plugin with. */
export interface PluginDeps {
  configProvider?: IConfigProvider
  logger: ILogger
}

/** What stands once the kernel has booted. */
interface Booted {
  readonly auth: Auth
  readonly people: People
  readonly external: readonly Verifier[]
  readonly hasMail: boolean
}

/** The plugin on a given world; the public class is this one on the real one. */
export class Identity implements IPlugin {
  readonly name = 'identity'
  readonly requires = [
    { capability: 'ratelimit', reason: 'Passwords can be guessed: what stands before the routes has to slow everybody down.' },
  ]
  readonly #world: World
  readonly #logger: ILogger
  #booted: Booted | undefined
  /** Written by whoever seeds the database before the kernel boots us. */
  readonly #early: (() => Promise<void>)[] = []

  constructor({ logger }: PluginDeps, world: World) {
    this.#world = world
    this.#logger = logger.child({ component: 'Identity' })
  }

  /** Ours underneath: its events, and what trusted code can do. @throws BootError before the kernel has booted */
  get keywright(): Auth {
    return this.#standing.auth
  }

  get #standing(): Booted {
    if (this.#booted) return this.#booted
    throw new BootError('the identity plugin has not booted', 'Use it once the kernel is ready.')
  }

  get #desk() {
    return this.#standing.auth.asSystem('the users collection')
  }

  /** The models, with hooks that know this plugin. */
  provideSchemas(): ModelSchema[] {
    const hooks = userHooks(() => this.#booted?.people, this.#watcher, this.#world)
    return identitySchemas.map((model) => (model === userModel ? { ...model, hooks } : model))
  }

  /** @throws BootError · Error for a kernel that lacks something */
  async onBoot(kernel: JsonExpressKernel, config: IConfigProvider): Promise<void> {
    const parts = partsOf(kernel)
    const settings = readSettings(config, this.#world, this.#logger)
    this.#say(settings, parts)
    const people = createPeople(parts.db, this.#world.spell)
    const proofs = createProofs(people, this.#world)
    const of = { settings, parts, people, world: this.#world, logger: this.#logger }
    const auth = buildHouse({ ...of, proved: proofs.heard })
    const external = createExternal(settings.external, this.#world)
    this.#booted = { auth, people, external, hasMail: parts.mailer !== undefined }
    try {
      await auth.ready()
      await seedAdmin(people, this.#world)
      for (const work of this.#early.splice(0)) await work()
    } catch (error) {
      await this.onShutdown()
      throw error
    }
    for (const route of routesOf(settings, parts.mailer !== undefined))
      kernel.registerRoute({
        method: route.method,
        path: route.path,
        handler: handlerOf(route, { auth, settings, world: this.#world, external, proofs }),
      })
    if (parts.mailer) for (const page of pagesOf(this.#world)) kernel.registerRoute(page)
  }

  /**
   * The claims of a token that holds now, as JSON: what a middleware of yours asks that shall refuse a session as soon as it has ended.
   *
   * @returns null for a token that does not hold
   * @throws unavailable when nobody can say
   */
  async verify(authorization: string | undefined): Promise<string | null> {
    const { auth, external } = this.#standing
    return verifiedPayload(auth, external, authorization)
  }

  /** Shows the password of the first admin, once, when people can reach the server. */
  async onReady(_kernel?: JsonExpressKernel, _config?: IConfigProvider): Promise<void> {
    await showAdmin(this.#standing.people, this.#world, this.#logger)
  }

  async onShutdown(_kernel?: JsonExpressKernel, _config?: IConfigProvider): Promise<void> {
    const booted = this.#booted
    this.#booted = undefined
    await booted?.auth.close()
  }

  /** @throws BootError for addresses that nobody could ever confirm */
  #say({ requireVerifiedEmail }: Settings, { mailer, queue }: Parts): void {
    if (mailer) return
    if (requireVerifiedEmail)
      throw new BootError(
        'jex.auth.requireVerifiedEmail is set, and nobody carries the mail that addresses are confirmed with',
        'Install @json-express/email-console or another provider, or leave the key out.',
      )
    this.#logger.info('No email provider: addresses are not confirmed, and forgotten passwords stay so.')
    if (queue) this.#logger.warn('A queue and no email provider: nothing is put in the queue.')
  }

  readonly #watcher: Watcher = {
    arrived: (row) => this.#later(() => this.#invite(row)),
    resetRequired: (row) => this.#later(() => this.#invite(row)),
    overturned: (row) => this.#later(() => this.#endSessions(row)),
  }

  async #later(work: () => Promise<void>): Promise<void> {
    if (this.#booted) await work()
    else this.#early.push(work)
  }

  /** Owes somebody the mail in which they choose a password, and ends what they have open. */
  async #invite(row: Row): Promise<void> {
    if (this.#standing.hasMail) return void (await this.#desk.password.requireReset({ id: idOf(row) }))
    await this.#endSessions(row)
    this.#logger.warn('Somebody needs a password, and nobody carries the mail to choose one.', { userId: idOf(row) })
  }

  async #endSessions(row: Row): Promise<void> {
    await this.#desk.sessions.revokeAll({ id: idOf(row) })
  }
}
