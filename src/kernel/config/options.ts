/**
 * Options are parsed strictly: an unknown key is an error with a guess at what was meant, not a setting that silently does nothing.
 *
 * Invariant: a message names the option and the rule, never the value, which may be a secret.
 *
 * @module
 */
import { z } from 'zod'
import { BootError } from './boot-error.ts'

/**
 * Parses options.
 *
 * @throws BootError that names the option by its path and says what to write instead
 * @example
 * ```ts
 * parseOptions(z.strictObject({ idle: duration() }), { idel: '15m' }, 'sessions')
 * // BootError: sessions.idel is not an option; remedy: Did you mean "idle"?
 * ```
 */
export function parseOptions<S extends z.ZodType>(schema: S, input: unknown, name = ''): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = deepest(parsed.error.issues)
  if (!issue) throw new BootError(`${name || 'the options'} cannot be read`, 'Check the options against their types.')
  const path = [name, ...issue.path.map(String)].filter((part) => part !== '')
  if (issue.code === 'unrecognized_keys') throw unknownKey(schema, issue, path)
  const option = path.join('.') || 'the options'
  throw new BootError(`${option}: ${issue.message}`, `Set ${option} to what its type says, or leave it out for the default.`)
}

function unknownKey(schema: z.ZodType, issue: z.core.$ZodIssueUnrecognizedKeys, path: readonly string[]): BootError {
  const [key = ''] = issue.keys
  const known = issue.path
    .reduce<z.ZodType[]>((at, segment) => at.flatMap((inner) => stepInto(inner, segment)), [schema])
    .flatMap(keysOf)
  const guess = closest(key, known)
  const remedy = guess === undefined ? `Known here: ${[...known].sort().join(', ')}.` : `Did you mean "${guess}"?`
  return new BootError(`${[...path, key].join('.')} is not an option`, remedy)
}

/** A misspelt key explains a missing one, so it speaks first; of the branches of a union, the one that got furthest was meant. */
function deepest(issues: readonly z.core.$ZodIssue[], above: PropertyKey[] = []): z.core.$ZodIssue | undefined {
  const first = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (!first) return undefined
  const issue = { ...first, path: [...above, ...first.path] }
  if (issue.code !== 'invalid_union') return issue
  const inner = issue.errors.flatMap((branch) => deepest(branch, issue.path) ?? [])
  return inner.find((found) => found.code === 'unrecognized_keys' || found.path.length > issue.path.length) ?? issue
}

/** The schemas a wrapped or united schema may stand for. */
function bare(schema: unknown): z.ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(bare)
  if (schema instanceof z.ZodPipe) return bare(schema.in)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return bare(schema.unwrap())
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodReadonly)
    return bare(schema.unwrap())
  return schema instanceof z.ZodType ? [schema] : []
}

const keysOf = (schema: z.ZodType): string[] =>
  bare(schema).flatMap((inner) => (inner instanceof z.ZodObject ? Object.keys(inner.shape) : []))

const stepInto = (schema: z.ZodType, segment: PropertyKey): z.ZodType[] =>
  bare(schema).flatMap((inner) => {
    if (inner instanceof z.ZodObject) return bare(inner.shape[String(segment)])
    if (inner instanceof z.ZodRecord) return bare(inner.valueType)
    return inner instanceof z.ZodArray ? bare(inner.element) : []
  })

/**
 * The known word nearest to a misspelt one, if any is near enough to be meant.
 *
 * @example
 * ```ts
 * closest('sesions', ['sessions', 'password']) // 'sessions'
 * ```
 */
export function closest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, distance: levenshtein(word.toLowerCase(), candidate.toLowerCase()) }))
  const [best] = ranked.sort((a, b) => a.distance - b.distance)
  return best && best.distance <= Math.max(1, Math.ceil(word.length / 3)) ? best.candidate : undefined
}

function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [line, char] of [...a].entries()) {
    const next = [line + 1]
    for (const [column, other] of [...b].entries()) {
      const replaced = (row[column] ?? 0) + (char === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
