/**
 * What a setting is: a switch that a feature declares once, that options give a value, and that operators change while the house runs.
 *
 * @module
 */
import { z } from 'zod'

/** A switch as its feature declares it. Its values are JSON, written as they are in options. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  readonly schema: S
  readonly default: z.input<S>
  /** What it decides, in a line. */
  readonly summary: string
}

/** Switches of one feature; the key is also that of the option. */
export type Settings = Readonly<Record<string, Setting>>

/** What the switches of a feature stand at. */
export type Policy<P extends Settings> = { readonly [K in keyof P]: z.output<P[K]['schema']> }

/** An option that nobody can change while the house runs. */
export interface Fixed<T> {
  readonly fixed: T
}

/**
 * Fixes an option for as long as the house runs: what operators set beside it is refused, and what they had set does not hold.
 *
 * @example
 * ```ts
 * createAuth({ ...options, users: { registration: fixed(false) } })
 * ```
 */
export const fixed = <T>(value: T): Fixed<T> => ({ fixed: value })

/** What options say about a setting. */
export class Given {
  readonly value: unknown
  readonly source: 'option' | 'default' | 'fixed'

  constructor(value: unknown, source: Given['source']) {
    this.value = value
    this.source = source
  }

  /** Documents show a default as people would write it. */
  toJSON(): unknown {
    return this.value
  }
}

/**
 * Declares a setting.
 *
 * @example
 * ```ts
 * const switches = { registration: setting({ schema: z.boolean(), default: true, summary: 'Whether anybody may register' }) }
 * ```
 */
export const setting = <S extends z.ZodType>(def: Setting<S>): Setting<S> => def

/** The options of a feature's settings, to be spread into its schema: each a value, a fixed value, or nothing. */
export function optionsOf<P extends Settings>(settings: P): { readonly [K in keyof P & string]: ReturnType<typeof optionOf> } {
  const options = Object.entries(settings).map(([key, one]) => [key, optionOf(one)])
  return Object.fromEntries(options)
}

function optionOf({ schema, default: usual }: Setting) {
  return z
    .unknown()
    .transform((option, { issues }): Given => {
      const value = isFixed(option) ? option.fixed : option
      const parsed = schema.safeParse(value)
      if (parsed.success) return new Given(value, isFixed(option) ? 'fixed' : 'option')
      const [issue] = parsed.error.issues
      issues.push({ code: 'custom', input: option, message: issue?.message ?? 'is not valid' })
      return z.NEVER
    })
    .default(new Given(usual, 'default'))
}

const isFixed = (option: unknown): option is Fixed<unknown> =>
  typeof option === 'object' && option !== null && Object.keys(option).join() === 'fixed'
