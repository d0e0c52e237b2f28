/**
 * The composition root: options in, one `Auth` out.
 *
 * Invariant: nothing is opened, read or written before `ready()` or the first request; a boot that failed is tried again by the next one.
 *
 * @module
 */
import type { z } from 'zod'
import type {
  AnyFeature,
  Checkup,
  Deps,
  Hooks,
  House,
  LinkTtls,
  Needs,
  Routine,
  ServiceOf,
  SharedTokens,
  Stores,
} from '../features/feature.ts'
import type { Ambient, Clock } from '../kernel/ambient/ambient.ts'
import { isTrialRun } from '../kernel/ambient/test-run.ts'
import { BootError } from '../kernel/config/boot-error.ts'
import { parseOptions } from '../kernel/config/options.ts'
import { createKeyRing } from '../kernel/crypto/key-ring.ts'
import type { Ctx } from '../kernel/ctx.ts'
import { createHttpCore, type HttpCore } from '../kernel/http/core.ts'
import { unfailingLimitStore } from '../kernel/http/limits.ts'
import { sqlLimitStore } from '../storage/sql-limit-store.ts'
import type { Database } from '../storage/types.ts'
import { createAuthObject, type InternalAuth } from './auth.ts'
import { type Background, createBackground } from './background.ts'
import { assertContracts, assertRoutes } from './boot-checks.ts'
import { documents } from './documents.ts'
import { features, optIn } from './features.ts'
import type { Feature } from './host-feature.ts'
import { type AuthOptions, optionsSchema } from './options.ts'
import { pageRoutes } from './page-routes.ts'
import { draw, joinSinks, type Wired, wire } from './wire.ts'

/** What only our own entries may say: never a public option. */
export interface Internals {
  /** Embedded nobody says it but the environment. */
  readonly production?: boolean
  /** Slots of the hash pool; embedded it leaves a core to the application. */
  readonly hashSlots?: number
  readonly hashParameters?: { readonly memoryCost: number; readonly timeCost: number; readonly parallelism: number }
  /** What the face of a system says that signs with a secret its applications know, and sets how long links live. */
  readonly tokens?: SharedTokens
  readonly linkTtls?: LinkTtls
  /** Migrate at boot also where an operator would have to. */
  readonly migrate?: boolean
  /** Undeclared errors are bugs. */
  readonly strict?: boolean
  /** Work on jobs as they are asked for, also where nothing runs by the clock. */
  readonly jobsAtOnce?: boolean
  /** Runs once, after the schema is there. */
  readonly onReady?: (house: Built) => Promise<void>
}

/** The whole, taken apart: for our own entries and tests. */
export interface Built {
  readonly auth: InternalAuth
  readonly database: Database
  readonly core: HttpCore
  readonly background: Background
  readonly ambient: Ambient
  service<N extends keyof typeof features>(name: N): ServiceNamed<N>
  systemCtx(reason: string): Ctx
  /** Reads of the stores the application gave. */
  checkups(): readonly Checkup[]
}

/** The service of a feature by its name; of one that is opt-in perhaps none. */
type ServiceNamed<N extends keyof typeof features> =
  | ServiceOf<(typeof features)[N]>
  | (N extends (typeof optIn)[number] ? undefined : never)

type Options = z.output<typeof optionsSchema>

/** @throws BootError for options that cannot be used */
export function buildAuth(given: AuthOptions<object, readonly Feature[]>, outside: Ambient, internals: Internals = {}): Built {
  const options = parseOptions(optionsSchema, given)
  const ambient = options.infra.logger ? { ...outside, logger: options.infra.logger } : outside
  const blueprint = draw([...ours(options), ...options.features.map((feature) => feature.declaration)])
  assertContracts(blueprint, options.features, Object.keys(options.hooks.inTransaction ?? {}))
  const background = createBackground(ambient, ambient.logger)
  let wired: Wired | undefined
  const database = options.storage.open({
    tables: blueprint.tables,
    migrations: blueprint.migrations,
    sink: joinSinks(() => wired?.collect('eventSink') ?? []),
    clock: ambient.clock,
    startTimer: ambient.startTimer,
    logger: ambient.logger,
    newId: ambient.newId,
    ...(options.infra.bus && { bus: options.infra.bus }),
  })
  const ownLimits = sqlLimitStore(database)
  const limitStore = options.infra.limits ?? ownLimits
  const shared: Omit<Deps<Needs, unknown>, 'needs' | 'wants' | 'options' | 'collect'> = {
    database,
    ambient,
    keys: createKeyRing(options.secret),
    limits: options.http.limits === false ? undefined : unfailingLimitStore({ store: limitStore, ...ambient }),
    house: houseOf(options, ambient.cores, internals),
    catalogue: () => blueprint.catalogue,
    later: background.later,
    stopping: background.stopping,
  }
  const valuesOf = valuesBeside(options.features, options)
  const house = wire(blueprint, shared, (feature) => parseOptions(feature.options, valuesOf(feature), feature.name))
  wired = house
  const service = <N extends keyof typeof features>(name: N) => house.service(name) as ServiceNamed<N>
  const operators = service('admin') ? house.adminRoutes : []
  const routes = [...house.routes, ...operators]
  const forPeople = pageRoutes({ options, house, operators, isTrial: internals.production === false, core: () => core })
  const extra = [...documents(house.routes, options, internals.production ?? true), ...forPeople]
  assertRoutes({ routes, extra, basePath: options.http.basePath, baseUrl: options.baseUrl })
  const core: HttpCore = createHttpCore({
    routes,
    extra,
    basePath: options.http.basePath,
    baseUrl: options.baseUrl,
    origins: options.http.origins,
    csrf: options.http.csrf,
    trustProxy: options.http.trustProxy,
    limits: options.http.limits as never,
    limitStore,
    deadline: options.http.deadline,
    keys: shared.keys,
    ambient,
    strict: internals.strict ?? false,
    access: {
      authenticate: service('sessions').authenticate,
      pendingLogin: service('login').pendingLogin,
      operator: service('admin')?.operator,
      operatorAt: service('admin')?.operatorAt,
    },
  })
  const systemCtx = (reason: string): Ctx => systemCtxAt(ambient.clock.now(), reason)
  async function boot(): Promise<void> {
    if (internals.migrate || options.storage.migrates === 'at-boot') await database.schema.up()
    await database.schema.assertCurrent()
    await database.changes.start()
    await service('signing').ensureKey(systemCtx('boot'))
    await internals.onReady?.(built)
    if (options.infra.runJobs) await service('jobs').worker.listen()
    if (options.infra.runJobs) background.start([...house.collect('routines').flat(), sweepOf(ownLimits, ambient.clock)])
  }
  const auth = createAuthObject({
    verify: service('sessions').authenticate,
    core,
    house,
    background,
    database,
    ambient,
    boot,
    features: options.features,
    events: service('events'),
  })
  const checkups = () => house.collect('checkup')
  const built: Built = { auth, database, core, background, ambient, service, systemCtx, checkups }
  return built
}

const sweepOf = (store: ReturnType<typeof sqlLimitStore>, clock: Clock): Routine => ({
  name: 'limits.sweep',
  everyMs: 600_000,
  run: async () => void (await store.sweep(clock.now())),
})

/** Features of ours that are on: those that are opt-in when their option says so. */
const ours = (options: Options): readonly AnyFeature[] => Object.values<AnyFeature>(features).filter((one) => isOn(options, one))

function isOn(options: Options, { name }: AnyFeature): boolean {
  const option = optIn.find((one) => one === name)
  return option === undefined || (options[option] !== undefined && options[option] !== false)
}

/** What several features read about the whole. */
function houseOf(options: Options, cores: number, internals: Internals): House {
  const { hooks, stores, mail, telemetry, baseUrl, links, infra, http } = options
  if (stores.templates && mail === undefined)
    throw new BootError('stores.templates needs mail', 'Give createAuth the option mail, or leave the store out.')
  if (stores.telemetry && !telemetry)
    throw new BootError('stores.telemetry needs telemetry', 'Give createAuth the option telemetry, or leave the store out.')
  return {
    hooks: hooks as Hooks, // the schema lets keys be `undefined`, which readers take for absent
    stores: stores as Partial<Stores>,
    baseUrl,
    basePath: http.basePath,
    links,
    features: Object.fromEntries(Object.values<AnyFeature>(features).map((one) => [one.name, isOn(options, one)])),
    tokens: internals.tokens,
    linkTtls: internals.linkTtls ?? {},
    runsJobs: infra.runJobs || internals.jobsAtOnce === true,
    queue: infra.queue,
    isTrial: internals.production === undefined ? isTrialRun() : !internals.production,
    hashing: {
      slots: internals.hashSlots ?? Math.max(1, cores - 1),
      ...(internals.hashParameters && { parameters: internals.hashParameters }),
    },
  }
}

const systemCtxAt = (at: Date, reason: string): Ctx => ({
  poolId: 'default',
  tenantId: 'default',
  actor: { kind: 'system', id: reason },
  at,
})

/** Options of ours stand under the feature's name; those of the application's features came with them. */
function valuesBeside(hosts: readonly Feature[], options: object): (feature: AnyFeature) => unknown {
  const own = new Map<AnyFeature, unknown>(hosts.map(({ declaration, values }) => [declaration, values]))
  const ours = new Map<string, unknown>(Object.entries(options))
  // Without pages there is no /account either.
  if (typeof ours.get('pages') === 'boolean') ours.set('pages', { account: ours.get('pages') })
  return (feature) => (own.has(feature) ? own.get(feature) : ours.get(feature.name))
}
