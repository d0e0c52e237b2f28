/**
 * The texts an operator puts in place of ours, looked at when they are set: one that failed later would fail at every attempt to send.
 *
 * @module
 */
import { AuthError } from '../../kernel/contract/errors.ts'
import { assertMessage, type ValueKind } from '../../messages/checking.ts'
import { catalogues, type Language } from '../../messages/languages.ts'
import { E } from './contract.ts'
import type { Override } from './store.sql.ts'
import { type Template, templates } from './templates.ts'

/** @throws mail_text_rejected for a text that cannot be read, names what this mail does not have, or is none of it; `at` is where it stands */
export function assertTexts(
  template: Template,
  { language, texts, at }: { language: Language; texts: Override; at: string },
): void {
  const known = catalogues[language].mail[template]
  const kinds = new Map<string, ValueKind>([['app', 'text'], ...Object.entries<ValueKind>(templates[template])])
  for (const [part, text] of Object.entries(texts)) {
    try {
      if (!Object.hasOwn(known, part)) throw new Error(`this mail has no ${part}`)
      assertMessage(text, language, { kinds, where: 'this mail' })
    } catch (error) {
      const message = error instanceof Error ? error.message : 'cannot be read'
      const detail = `${part} in ${language}: ${message}`
      throw new AuthError(E.mail_text_rejected, { cause: error, detail, issues: [{ pointer: `${at}/${part}`, message }] })
    }
  }
}
