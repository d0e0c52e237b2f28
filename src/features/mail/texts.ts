/**
 * The texts an operator puts in place of ours, looked at when they are set.
 *
 * Invariant: a text that is taken can be written with whatever its mail names. A text names nothing else, in no branch of it, and asks for
 * the grammar of numbers only where there is a number: what failed later would fail at every attempt to send, for every reader.
 *
 * @module
 */
import { IntlMessageFormat } from 'intl-messageformat'
import { AuthError } from '../../kernel/contract/errors.ts'
import { catalogues, type Language } from '../../messages/languages.ts'
import { E } from './contract.ts'
import type { Override } from './store.sql.ts'
import { type Template, templates, type ValueKind } from './templates.ts'

type Element = ReturnType<IntlMessageFormat['getAst']>[number]

/** The numbers by which the parser tells what stands in a message; its own enum is not exported. */
const literal = 0
const plain = 1
const number = 2

/** @throws mail_text_rejected for a text that cannot be read, names what this mail does not have, or is none of it */
export function assertTexts(template: Template, { language, texts }: { language: Language; texts: Override }): void {
  const known = catalogues[language].mail[template]
  const kinds = new Map<string, ValueKind>([['app', 'text'], ...Object.entries<ValueKind>(templates[template])])
  for (const [part, text] of Object.entries(texts)) {
    try {
      if (!Object.hasOwn(known, part)) throw new Error(`this mail has no ${part}`)
      assertElements(new IntlMessageFormat(text, language, undefined, { ignoreTag: true }).getAst(), kinds, language)
    } catch (error) {
      const message = error instanceof Error ? error.message : 'cannot be read'
      throw new AuthError(E.mail_text_rejected, { cause: error, issues: [{ pointer: `/texts/${part}`, message }] })
    }
  }
}

function assertElements(elements: readonly Element[], kinds: ReadonlyMap<string, ValueKind>, language: Language): void {
  for (const element of elements) {
    if (!('value' in element) || element.type === literal) continue
    const { value: name } = element
    const kind = kinds.get(name)
    if (kind === undefined) throw new Error(`this mail has no {${name}}`)
    if (element.type === plain) continue
    const isPlural = 'pluralType' in element
    if (kind !== 'number' || (element.type !== number && !isPlural))
      throw new Error(`{${name}} is ${kind}: it has no other forms`)
    if (isPlural) for (const { value } of Object.values(element.options)) assertElements(value, kinds, language)
    // Which formats of numbers there are only the formatter knows.
    else new IntlMessageFormat([element], language).format({ [name]: 1 })
  }
}
