/**
 * Why a field is refused, as data: a code for programs and translations, English for whoever reads a log, and the number a text needs.
 *
 * Invariant: an issue names a field (or, with an empty pointer, the whole) and a rule, never the value that was sent; `name` alone is of what was sent, the
 * placeholder in a text that its author has to find. Browser-safe.
 * Not here: reasons that one feature knows; they stand in its contract.
 *
 * @module
 */
import { z } from 'zod'

/** A reason why a field is refused. */
export interface IssueDef<C extends string = string> {
  readonly code: C
  /** In English, for logs. */
  readonly message: string
}

/**
 * Declares the reasons of a feature, keyed by code; what stands beside a code is the message in English.
 *
 * @example
 * ```ts
 * const issues = defineIssues({ sold_out: 'is sold out' })
 * throw new AuthError(E.order_refused, { issues: [{ pointer: '/item', ...issues.sold_out }] })
 * ```
 */
export function defineIssues<const R extends Readonly<Record<string, string>>>(
  rows: R,
): { readonly [C in keyof R & string]: IssueDef<C> } {
  const entries = Object.entries(rows).map(([code, message]) => [code, { code, message }])
  return Object.fromEntries(entries)
}

/** What any field may be refused for. */
export const kernelIssues = defineIssues({
  required: 'is missing or empty',
  wrong_type: 'is of the wrong type',
  too_short: 'is too short',
  too_long: 'is too long',
  too_few: 'has too few entries',
  too_many: 'has too many entries',
  too_small: 'is too small',
  too_big: 'is too big',
  too_large: 'has too many bytes',
  invalid_format: 'does not have the right format',
  invalid_characters: 'has characters that are not allowed',
  unknown_field: 'is not known',
  unknown_value: 'is not one of the values there are',
  unchanged: 'is what it is already',
  text_unreadable: 'cannot be read as a message',
  text_value_unknown: 'names a value there is not',
  text_value_form: 'asks for a form that the value does not have',
  other: 'is not valid',
})

/** The formats that have a name. */
export const issueFormats: readonly string[] = [
  'email',
  'url',
  'date',
  'datetime',
  'duration',
  'uuid',
  'json',
  'cursor',
  'language',
]

const listed = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ')
const codes = `For any field ${listed(Object.keys(kernelIssues))}; features have more.`

/** A reason with what a text about it may name. */
export const IssueReason = z.object({
  code: z.string().meta({ description: `Stable: programs and translations go by it. ${codes}` }),
  message: z.string().meta({ description: 'In English, for logs.' }),
  limit: z.number().exactOptional().meta({ description: 'The bound that the value is beyond.' }),
  format: z
    .string()
    .exactOptional()
    .meta({ description: `What \`invalid_format\` asks for, where it has a name: ${listed(issueFormats)}.` }),
  name: z.string().exactOptional().meta({ description: 'The `{name}` in a text that cannot be used.' }),
  row: z.number().exactOptional().meta({ description: 'The last row of a file that could be read.' }),
})
export type IssueReason = Readonly<z.output<typeof IssueReason>>

/** One refused input field. */
export const FieldIssue = IssueReason.extend({
  pointer: z.string().meta({ description: 'A JSON Pointer (RFC 6901) to the field.' }),
})
export type FieldIssue = Readonly<z.output<typeof FieldIssue>>

/** What a rule of our own says when a schema refuses by it: for `.refine` and `z.custom`. */
export const refusing = ({ message, ...reason }: IssueReason) => ({ error: message, params: reason })

/** What a rule has beside that for itself is not told. */
const Told = IssueReason.omit({ message: true })
type Told = z.output<typeof Told>

/** The issues of a field that a schema refused, which has to have been asked with `reportInput`: of a union, those inside the branch that was meant. */
export function issuesOf(issue: z.core.$ZodIssue): readonly FieldIssue[] {
  const meant = issue.code === 'invalid_union' ? branchMeantBy(issue) : undefined
  return meant ? meant.flatMap((inner) => issuesOf({ ...inner, path: [...issue.path, ...inner.path] })) : [issueOf(issue)]
}

function issueOf(issue: z.core.$ZodIssue): FieldIssue {
  const path = issue.code === 'invalid_key' ? issue.path.slice(0, -1) : issue.path
  const pointer = path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  return { pointer, ...reasonOf(issue) }
}

/** An issue without its field. */
export function reasonOf(issue: z.core.$ZodIssue): IssueReason {
  const { code, ...facts } = toldBy(issue)
  return { code, message: messageOf(issue, code), ...facts }
}

function messageOf(issue: z.core.$ZodIssue, code: string): string {
  // The names of unknown fields are only the sender's.
  if (issue.code === 'unrecognized_keys') return 'has fields that are not known'
  const def = issue.code === 'invalid_union' && Object.values(kernelIssues).find((known) => known.code === code)
  return def ? def.message : issue.message
}

function toldBy(issue: z.core.$ZodIssue): Told {
  if ('input' in issue && issue.input === undefined) return { code: 'required' }
  if (issue.code === 'custom') return Told.safeParse(issue.params).data ?? { code: codeIn(issue.params) ?? 'other' }
  if (issue.code === 'invalid_union') return branchOf(issue)
  if (issue.code === 'too_small') return belowOf(issue)
  if (issue.code === 'too_big') return { code: tooBig[issue.origin] ?? 'too_big', ...boundOf(issue, issue.maximum) }
  if (issue.code === 'invalid_format') return { code: issue.code, ...(isNamed(issue.format) && { format: issue.format }) }
  return { code: simple[issue.code] ?? 'other' }
}

type Code = keyof typeof kernelIssues
const simple: Readonly<Record<string, Code>> = {
  invalid_type: 'wrong_type',
  invalid_value: 'unknown_value',
  unrecognized_keys: 'unknown_field',
}
const tooSmall: Readonly<Record<string, Code>> = { string: 'too_short', array: 'too_few' }
const tooBig: Readonly<Record<string, Code>> = { string: 'too_long', array: 'too_many' }

/** A form sends an empty text for a field that nobody filled in. */
function belowOf(issue: z.core.$ZodIssueTooSmall): Told {
  const { origin, minimum } = issue
  if (origin === 'string' && minimum === 1) return { code: 'required' }
  return { code: tooSmall[origin] ?? 'too_small', ...boundOf(issue, minimum) }
}

/** A bound that is itself refused is no limit to name, nor is an instant a number. */
const boundOf = (
  { origin, inclusive }: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  bound: number | bigint,
): { limit?: number } => (inclusive === false || origin === 'date' ? {} : { limit: Number(bound) })

/** What an application says beside its code need not be of our forms. */
const codeIn = (params: Readonly<Record<string, unknown>> | undefined): string | undefined =>
  typeof params?.code === 'string' ? params.code : undefined

/** The one branch of a union that has the fields that were sent, and nothing against them but what is in them. */
function branchMeantBy({ errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const isInside = (issue: z.core.$ZodIssue) =>
    issue.path.length > 0 && !(issue.path.length === 1 && 'input' in issue && issue.input === undefined)
  const meant = errors.filter((branch) => branch.length > 0 && branch.every(isInside))
  return meant.length === 1 ? meant[0] : undefined
}

/** Of the branches of a union, one that takes this type, and says what it wants of it. What a branch has inside is of another field. */
function branchOf(issue: z.core.$ZodIssueInvalidUnion): Told {
  const reasons = issue.errors.flatMap(([first]) => (first?.path.length === 0 ? [toldBy(first)] : []))
  return reasons.find(({ code }) => code !== 'wrong_type' && code !== 'unknown_value') ?? { code: 'other' }
}

const isNamed = (format: string): boolean => issueFormats.includes(format)
