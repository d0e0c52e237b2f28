import type { Ctx } from '../../kernel/ctx.ts'
import type { Checkup, Finding, Health } from '../feature.ts'
import type { StoreLook } from './checkups.ts'

interface SystemDeps {
  readonly version: string
  readonly node: string
  readonly baseUrl: string
  readonly clock: { now(): Date; monotonicMs(): number }
  readonly database: {
    readonly engine: { readonly name: string }
    readonly location: string
    readonly schema: { status(): Promise<readonly { name: string; state: string }[]> }
    readonly changes: { readonly way: { readonly bus: unknown } | undefined; isCurrent(): boolean }
  }
  healths(): readonly Health[]
  checkups(): readonly Checkup[]
  lookAtStores(ctx: Ctx, checkups: readonly Checkup[]): Promise<readonly StoreLook[]>
}

/** Looks at the house from inside; changes nothing. */
export function createSystem({ version, node, baseUrl, clock, database, healths, checkups, lookAtStores }: SystemDeps) {
  const startedAt = clock.now()
  const startedMs = clock.monotonicMs()

  async function migrations() {
    const steps = await database.schema.status()
    const named = (state: string) => steps.filter((step) => step.state === state).map(({ name }) => name)
    return { applied: named('applied').length, pending: named('pending'), drifted: named('drifted') }
  }

  async function checks(ctx: Ctx) {
    const ours = await Promise.all(healths().map(async ({ name, look }) => ({ name, ...(await found(look(ctx))) })))
    const theirs = (await lookAtStores(ctx, checkups())).map((look) => ({ name: `stores.${look.store}`, ...ofStore(look) }))
    return [...ours, ...theirs]
  }

  async function get(ctx: Ctx) {
    const { engine, location, changes } = database
    return {
      version,
      node,
      baseUrl,
      startedAt,
      uptimeSeconds: Math.floor((clock.monotonicMs() - startedMs) / 1000),
      database: { engine: engine.name, location, migrations: await migrations() },
      changes: { way: wayOf(changes.way), isCurrent: changes.isCurrent() },
      checks: await checks(ctx),
    }
  }

  return { get }
}

/** A look that fails is a finding, and does not hide the others. */
const found = (looking: Promise<Finding>): Promise<Finding> =>
  looking.catch((error: unknown) => ({
    level: 'fault' as const,
    code: 'look_failed' as const,
    detail: error instanceof Error ? error.message : 'it could not be looked at',
    figures: {},
  }))

function ofStore({ fault, missing }: StoreLook): Finding {
  if (fault !== undefined) return { level: 'fault', code: 'store_faulty', detail: fault, figures: {} }
  const lacks = missing.map(({ method, turnsOff }) => `without ${method}: ${turnsOff}`)
  if (lacks.length === 0) return { level: 'ok', code: 'store_answers', detail: 'it answers', figures: {} }
  const methods = missing.map(({ method }) => method).join(', ')
  return { level: 'ok', code: 'store_lacks', detail: lacks.join('; '), figures: { methods } }
}

function wayOf(way: { readonly bus: unknown } | undefined): 'alone' | 'reading' | 'bus' {
  if (!way) return 'alone'
  return way.bus === undefined ? 'reading' : 'bus'
}
