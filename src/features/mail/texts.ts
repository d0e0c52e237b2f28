/**
 * The texts an operator puts in place of ours, looked at when they are set: one that failed later would fail at every attempt to send.
 *
 * @module
 */
import { AuthError } from '../../kernel/contract/errors.ts'
import { type IssueReason, kernelIssues } from '../../kernel/contract/issues.ts'
import { assertMessage, reasonAgainst, type ValueKind } from '../../messages/checking.ts'
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
    const refusal = (reason: IssueReason, cause?: unknown) => {
      const detail = `${part} in ${language}: ${reason.message}`
      return new AuthError(E.mail_text_rejected, { cause, detail, issues: [{ pointer: `${at}/${part}`, ...reason }] })
    }
    if (!Object.hasOwn(known, part)) throw refusal({ ...kernelIssues.unknown_field, message: `this mail has no ${part}` })
    try {
      assertMessage(text, language, { kinds, where: 'this mail' })
    } catch (error) {
      throw refusal(reasonAgainst(error), error)
    }
  }
}
