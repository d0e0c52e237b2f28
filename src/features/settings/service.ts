import { z } from 'zod'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { E, type Setting as ShownSetting } from './contract.ts'
import type { Memory } from './memory.ts'
import type { Given, Policy, Setting, Settings } from './setting.ts'
import type { SettingStore, Stored } from './store.sql.ts'

interface SettingsDeps {
  readonly store: SettingStore
  readonly memory: Memory
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  invalidate(tx: Tx, subjects: readonly { kind: 'setting'; id: string }[]): Promise<void>
}

/** A declared setting, under its name, with what options say. */
interface Known {
  readonly name: string
  readonly setting: Setting
  readonly given: Given
}

/** Something an operator wants set, or reset by `null`. */
export interface Wish {
  readonly name: string
  readonly value: unknown
}

export type Shown = z.input<typeof ShownSetting>

/** Switches that operators change while the house runs: on every node, from the next request on. */
export function createSettings({ store, memory, transaction, invalidate }: SettingsDeps) {
  const known = new Map<string, Known>()

  /**
   * Takes a feature's settings in.
   *
   * @returns reads what they stand at. Ask when a value is used: what was captured is not followed. Without a query where nothing changed.
   * @throws unavailable when nobody can tell: the database does not answer, or what is set was written by a release that knew more
   */
  function policyOf<P extends Settings>(feature: string, settings: P, given: { readonly [K in keyof P]: Given }) {
    const own = Object.entries(settings).map(([key, setting]): readonly [string, Known] => {
      const one = { name: `${feature}.${key}`, setting, given: given[key] as Given }
      known.set(one.name, one)
      return [key, one]
    })
    const read = new WeakMap<Stored, Policy<P>>()
    return async function policy(ctx: Ctx): Promise<Policy<P>> {
      const stored = await memory.read(ctx)
      const values = read.get(stored) ?? (Object.fromEntries(own.map(([key, one]) => [key, parsed(one, stored)])) as Policy<P>)
      read.set(stored, values)
      return values
    }
  }

  /** From the database: an operator sees what stands there now. */
  async function list(ctx: Ctx): Promise<{ settings: Shown[] }> {
    const stored = await store(ctx).read()
    return { settings: [...known.values()].map((one) => shown(one, stored)) }
  }

  /** @throws validation_failed for a name there is not, or a value it does not take; setting_fixed */
  async function set(ctx: Ctx, wishes: readonly Wish[]): Promise<{ settings: Shown[] }> {
    const faults = wishes.flatMap((wish) => faultsOf(wish, known.get(wish.name)))
    if (faults.length > 0) throw refusal(faults)
    // A reset is taken: what is set beside a fixed option would hold again once the option is free.
    const fixed = wishes.find(({ name, value }) => value !== null && known.get(name)?.given.source === 'fixed')
    if (fixed) throw new AuthError(E.setting_fixed, { detail: `${fixed.name} is fixed by an option.` })
    await transaction(ctx, async (tx) => {
      // First, so that operators wait for each other here: each says what was there before, and nobody reads in between.
      await invalidate(tx, [{ kind: 'setting', id: tx.poolId }])
      const { values } = await store(tx).read()
      for (const wish of wishes) await change(tx, wish, values.get(wish.name) ?? null)
    })
    return list(ctx)
  }

  async function change(tx: Tx, { name, value }: Wish, before: unknown): Promise<void> {
    if (JSON.stringify(value) === JSON.stringify(before)) return
    if (value === null) await store(tx).remove(name)
    else await store(tx).put(name, value)
    tx.emit('identity.setting.changed', { data: { name }, audit: { target: name, before, after: value } })
  }

  return { policyOf, list, set }
}

/** What holds of a setting: what was fixed, then what is set, then what the option says. */
function holding({ name, given }: Known, { values }: Stored): { value: unknown; source: Shown['source'] } {
  return given.source !== 'fixed' && values.has(name) ? { value: values.get(name), source: 'setting' } : given
}

/** Never the option in its place: somebody has set something stricter, and only this release cannot read it. */
function parsed(one: Known, stored: Stored): unknown {
  const result = one.setting.schema.safeParse(holding(one, stored).value)
  if (result.success) return result.data
  const cause = new Error(`the setting ${one.name} has a value this release does not know; set it again, or reset it`)
  throw new AuthError(kernelErrors.unavailable, { cause })
}

function shown(one: Known, stored: Stored): Shown {
  const { name, setting } = one
  const { value, source } = holding(one, stored)
  const { $schema: _, ...schema } = z.toJSONSchema(setting.schema, { io: 'input', unrepresentable: 'any' })
  const problem = setting.schema.safeParse(value).error?.issues[0]?.message ?? null
  return { name, summary: setting.summary, value, source, schema, problem } as Shown
}

/** Why something cannot be set. */
interface Fault {
  readonly name: string
  readonly message: string
}

function faultsOf({ name, value }: Wish, known: Known | undefined): Fault[] {
  if (!known) return [{ name, message: 'is not a setting' }]
  const { error } = value === null ? {} : known.setting.schema.safeParse(value)
  return (error?.issues ?? []).map(({ message }) => ({ name, message }))
}

function refusal(faults: readonly Fault[]): AuthError {
  const pointerTo = (name: string) => `/settings/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return new AuthError(kernelErrors.validation_failed, {
    detail: faults.map(({ name, message }) => `${name} ${message}`).join('; '),
    issues: faults.map(({ name, message }) => ({ pointer: pointerTo(name), message })),
  })
}
