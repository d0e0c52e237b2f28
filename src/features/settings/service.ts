import { z } from 'zod'
import { duration } from '../../kernel/contract/duration.ts'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { type IssueReason, kernelIssues, reasonOf } from '../../kernel/contract/issues.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Finding } from '../feature.ts'
import { E, type Setting as ShownSetting } from './contract.ts'
import type { Memory } from './memory.ts'
import type { Given, Policy, Setting, Settings } from './setting.ts'
import type { SettingStore, Stored } from './store.sql.ts'

interface SettingsDeps {
  readonly store: SettingStore
  readonly memory: Memory<Stored>
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
interface Wish {
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
  async function set(ctx: Ctx, wanted: Readonly<Record<string, unknown>>): Promise<{ settings: Shown[] }> {
    const wishes = Object.entries(wanted).map(([name, value]): Wish => ({ name, value }))
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

  async function look(ctx: Ctx): Promise<Finding> {
    const { settings } = await list(ctx)
    const count = (source: Shown['source']) => settings.filter((one) => one.source === source).length
    const figures = { setting: count('setting'), option: count('option'), fixed: count('fixed'), default: count('default') }
    const broken = settings.filter(({ problem }) => problem !== null).map(({ name }) => name)
    if (broken.length === 0) return { level: 'ok', code: 'settings_read', detail: 'every setting can be read', figures }
    const names = broken.join(', ')
    const detail = `nobody can read ${names}: set it again, or reset it`
    return { level: 'fault', code: 'settings_broken', detail, figures: { ...figures, broken: names } }
  }

  return { policyOf, list, set, look }
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
  const { name, setting, given } = one
  const { value, source } = holding(one, stored)
  const { $schema: _, ...schema } = z.toJSONSchema(setting.schema, { io: 'input', unrepresentable: 'any' })
  const [problem = null] = reasonsAgainst(setting, value)
  const standing = { value, source, fallback: given.value, default: setting.default, isFixed: given.source === 'fixed' }
  return { name, label: inWords(name), summary: setting.summary, ...fieldOf(schema), ...standing, schema, problem } as Shown
}

/** `sessions.maxPerUser` is "Max per user". */
function inWords(name: string): string {
  const words = name.slice(name.indexOf('.') + 1).replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What of JSON Schema says which field a form has. */
const FieldSchema = z.object({
  type: z.string().optional(),
  enum: z.array(z.json()).optional(),
  const: z.json().optional(),
  pattern: z.string().optional(),
})
const Alternatives = z.object({ anyOf: z.array(FieldSchema) })

/** A choice of one value, or of some beside a field, is told by its alternatives. */
function fieldOf(schema: object): Pick<Shown, 'type' | 'choices'> {
  const several = Alternatives.safeParse(schema)
  const forms = several.success ? several.data.anyOf : [FieldSchema.parse(schema)]
  const choices = forms.flatMap((form) => form.enum ?? (form.const === undefined ? [] : [form.const]))
  const [open, ...others] = forms.filter((form) => form.enum === undefined && form.const === undefined)
  if (!open) return { type: 'choice', choices }
  return { type: others.length > 0 ? 'json' : typeOf(open, choices.length > 0), choices }
}

function typeOf({ type, pattern }: z.output<typeof FieldSchema>, hasChoices: boolean): Shown['type'] {
  if (type === 'string' && pattern === durationPattern) return 'duration'
  if (hasChoices) return 'json'
  if (type === 'boolean' || type === 'number') return type
  if (type === 'integer') return 'number'
  return type === 'string' ? 'text' : 'json'
}

const durationPattern = z.toJSONSchema(duration(), { io: 'input', unrepresentable: 'any' }).pattern

/** Why something cannot be set. */
interface Fault {
  readonly name: string
  readonly reason: IssueReason
}

function faultsOf({ name, value }: Wish, known: Known | undefined): Fault[] {
  if (!known) return [{ name, reason: { ...kernelIssues.unknown_field, message: 'is not a setting' } }]
  return value === null ? [] : reasonsAgainst(known.setting, value).map((reason) => ({ name, reason }))
}

function reasonsAgainst({ schema }: Setting, value: unknown): IssueReason[] {
  const { error } = schema.safeParse(value, { reportInput: true })
  return (error?.issues ?? []).map(reasonOf)
}

function refusal(faults: readonly Fault[]): AuthError {
  const pointerTo = (name: string) => `/settings/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return new AuthError(kernelErrors.validation_failed, {
    detail: faults.map(({ name, reason }) => `${name} ${reason.message}`).join('; '),
    issues: faults.map(({ name, reason }) => ({ ...reason, pointer: pointerTo(name) })),
  })
}
