/**
 * Wiring: from declarations to services. The only place that sees every feature.
 *
 * Invariant: a feature gets the services it names in `needs` and nothing else; what flows downward goes through `gives`.
 *
 * @module
 */
import type { AnyFeature, Deps, Gives, Needs } from '../features/feature.ts'
import { BootError } from '../kernel/config/boot-error.ts'
import type { EventDef } from '../kernel/contract/event.ts'
import type { Route } from '../kernel/http/pipeline.ts'
import type { EmittedEvent, EventSink, FeatureMigration, TableDefs } from '../storage/types.ts'

/** Everything about a set of features that can be said before anything is opened. */
export interface Blueprint {
  readonly features: readonly AnyFeature[]
  readonly tables: TableDefs
  readonly migrations: readonly FeatureMigration[]
  readonly catalogue: Readonly<Record<string, EventDef>>
}

/** Under this name the steps of storage itself stand in the history of migrations. */
const storageHistory = 'storage'

/** Reads the declarations. @throws BootError when two features share a name, or one needs another that stands after it */
export function draw(features: readonly AnyFeature[]): Blueprint {
  const seen = new Set<string>([storageHistory])
  for (const { name, needs } of features) {
    if (!/^[a-z][A-Za-z0-9-]*$/.test(name))
      throw new BootError(`"${name}" cannot name a feature`, 'Use letters, digits and dashes, starting with a small letter.')
    if (seen.has(name)) throw new BootError(`two features are called ${name}`, 'Give your feature a name of its own.')
    for (const needed of Object.values(needs as Needs)) {
      if (!seen.has(needed.name)) throw new BootError(`${name} needs ${needed.name}`, `Switch ${needed.name} on.`)
    }
    seen.add(name)
  }
  return {
    features,
    tables: Object.assign({}, ...features.map(({ tables }) => tables)),
    migrations: features.flatMap(({ name, migrations = [] }) => migrations.map((step) => ({ ...step, feature: name }))),
    catalogue: Object.assign({}, ...features.flatMap(({ contract, adminContract }) => [contract.events, adminContract?.events])),
  }
}

/** Services, with the functions that collect what they give. */
export interface Wired {
  service(name: string): unknown
  collect<K extends keyof Gives>(capability: K): readonly Gives[K][]
  readonly routes: readonly Route[]
  /** The operators' endpoints as routes; they are mounted where there is a panel. */
  readonly adminRoutes: readonly Route[]
  readonly adminHandlers: ReadonlyMap<string, (call: never) => Promise<unknown>>
}

type Shared = Omit<Deps<Needs, unknown>, 'needs' | 'wants' | 'options' | 'collect'>

/** Creates every service, in order. */
export function wire(blueprint: Blueprint, shared: Shared, optionsOf: (feature: AnyFeature) => unknown): Wired {
  const services = new Map<string, unknown>()
  const given: Partial<Gives>[] = []
  const collect = <K extends keyof Gives>(capability: K): Gives[K][] =>
    given.flatMap((gives) => (gives[capability] === undefined ? [] : [gives[capability] as Gives[K]]))

  for (const feature of blueprint.features) {
    const servicesOf = (named: Needs) =>
      Object.fromEntries(Object.entries(named).map(([as, { name }]) => [as, services.get(name)]))
    const service = feature.create({
      ...shared,
      collect,
      needs: servicesOf(feature.needs),
      wants: servicesOf(feature.wants ?? {}),
      options: optionsOf(feature),
    })
    services.set(feature.name, service)
    given.push(feature.gives?.(service) ?? {})
  }
  return { service: (name) => services.get(name), collect, ...mounted(blueprint, services) }
}

function mounted({ features }: Blueprint, services: ReadonlyMap<string, unknown>) {
  const routes = features.flatMap((feature): Route[] => {
    const service = services.get(feature.name)
    const handlers: Record<string, Route['handler']> = feature.handlers(service)
    const omitted: readonly string[] = feature.omits?.(service) ?? []
    const mounted = Object.entries(feature.contract.endpoints).filter(([key]) => !omitted.includes(key))
    return mounted.map(([key, endpoint]) => ({
      contract: feature.contract.name,
      key,
      endpoint: endpoint as Route['endpoint'],
      isHosts: feature.isHosts === true,
      handler: handlers[key] as Route['handler'],
    }))
  })
  const adminHandlers = new Map<string, (call: never) => Promise<unknown>>()
  for (const feature of features) {
    const handlers = feature.adminHandlers?.(services.get(feature.name)) ?? {}
    for (const [key, handler] of Object.entries(handlers))
      adminHandlers.set(`${feature.adminContract.name}.${key}`, handler as never)
  }
  return { routes, adminHandlers, adminRoutes: features.flatMap((feature) => adminRoutesOf(feature, adminHandlers)) }
}

/** Handlers of operators get the same ctx from a panel's session, a script and trusted code: who acts is decided before them. */
function adminRoutesOf({ adminContract }: AnyFeature, handlers: ReadonlyMap<string, (call: never) => Promise<unknown>>): Route[] {
  if (!adminContract) return []
  const endpoints = Object.entries<Route['endpoint']>(adminContract.endpoints)
  return endpoints.flatMap(([key, endpoint]) => {
    const handler = handlers.get(`${adminContract.name}.${key}`)
    if (!handler) return []
    return {
      contract: `admin.${adminContract.name}`,
      key,
      endpoint: { ...endpoint, root: 'only' },
      handler: handler as Route['handler'],
    }
  })
}

/** One sink out of all that features give. */
export const joinSinks = (sinks: () => readonly EventSink[]): EventSink => ({
  async record(tx, events) {
    for (const sink of sinks()) await sink.record(tx, events)
  },
  committed(events: readonly EmittedEvent[]) {
    for (const sink of sinks()) sink.committed(events)
  },
})
