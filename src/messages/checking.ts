/**
 * A message an operator puts in place of ours, looked at before it is taken.
 *
 * Invariant: a message that is taken can be written with the values there are. It names nothing else, in no branch of it, and asks for the
 * grammar of numbers only where there is a number: what failed later would fail for every reader.
 *
 * @module
 */
import { IntlMessageFormat } from 'intl-messageformat'
import { type IssueReason, kernelIssues } from '../kernel/contract/issues.ts'
import type { Language } from './languages.ts'

/** What a value is to the texts that name it; an instant is spelled out before they see it, so to them it is text. */
export type ValueKind = 'number' | 'text' | 'instant'

/** The values a message may name. */
export type ValueKinds = ReadonlyMap<string, ValueKind>

type Element = ReturnType<IntlMessageFormat['getAst']>[number]

/** The numbers by which the parser tells what stands in a message; its own enum is not exported. */
const literal = 0
const plain = 1
const number = 2

const elementsOf = (message: string, language: Language): readonly Element[] =>
  new IntlMessageFormat(message, language, undefined, { ignoreTag: true }).getAst()

/** A message that can be read, and cannot be used. */
class UnusableMessage extends Error {
  readonly reason: IssueReason

  constructor(reason: IssueReason) {
    super(reason.message)
    this.reason = reason
  }
}

/** Why {@link assertMessage} threw. */
export function reasonAgainst(thrown: unknown): IssueReason {
  if (thrown instanceof UnusableMessage) return thrown.reason
  return { ...kernelIssues.text_unreadable, ...(thrown instanceof Error && { message: thrown.message }) }
}

/** @throws an ordinary error that says why, for a message that cannot be read, or names what it may not; `where` is what has no such value */
export function assertMessage(message: string, language: Language, { kinds, where }: { kinds: ValueKinds; where: string }): void {
  assertElements(elementsOf(message, language), { kinds, language, where })
}

interface Rules {
  readonly kinds: ValueKinds
  readonly language: Language
  readonly where: string
}

function assertElements(elements: readonly Element[], rules: Rules): void {
  for (const element of elements) {
    if (!('value' in element) || element.type === literal) continue
    const { value: name } = element
    const kind = rules.kinds.get(name)
    if (kind === undefined)
      throw new UnusableMessage({ ...kernelIssues.text_value_unknown, message: `${rules.where} has no {${name}}`, name })
    if (element.type === plain) continue
    const isPlural = 'pluralType' in element
    if (kind !== 'number' || (element.type !== number && !isPlural))
      throw new UnusableMessage({ ...kernelIssues.text_value_form, message: `{${name}} is ${kind}: it has no other forms`, name })
    if (isPlural) for (const { value } of Object.values(element.options)) assertElements(value, rules)
    // Which formats of numbers there are only the formatter knows.
    else new IntlMessageFormat([element], rules.language).format({ [name]: 1 })
  }
}

/** The values one of our own messages names: whatever stands in its place may name these. */
export function namedIn(message: string, language: Language): ValueKinds {
  const kinds = new Map<string, ValueKind>()
  for (const element of elementsOf(message, language)) {
    if (!('value' in element) || element.type === literal) continue
    kinds.set(element.value, element.type === plain && kinds.get(element.value) !== 'number' ? 'text' : 'number')
  }
  return kinds
}
