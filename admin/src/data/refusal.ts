import { type AuthError, type FieldIssue, isAuthError } from '../../../src/client.ts'
import type { FrameTexts } from '../messages/en.ts'
import { worded } from '../messages/language.ts'

/** What people read of a refusal. */
export interface Refusal {
  readonly code: string
  readonly text: string
  /** For the logs, where the server gave one. */
  readonly id: string
  /** Why fields were refused, by their name. */
  readonly fields: Readonly<Record<string, string>>
}

type Words = Pick<FrameTexts, 'errors' | 'issues' | 'language'>

/** Says a thrown value in words of ours, else in those of the server. */
export function refusalOf(error: unknown, words: Words): Refusal {
  if (!isAuthError(error)) return { code: 'internal_error', text: words.errors.internal_error ?? '', id: '', fields: {} }
  const fields = new Map<string, string>()
  const whole = new Set<string>()
  for (const issue of error.issues ?? []) {
    const [name, reason] = [issue.pointer.slice(1), reasonIn(words, issue)]
    // Where the server says it in its sentence, it belongs to ours too: not every place that shows the sentence shows the fields.
    if (name === '' || error.detail !== undefined) whole.add(reason)
    if (name !== '') fields.set(name, [fields.get(name), reason].filter(Boolean).join(' '))
  }
  return { code: error.code, text: sentenceOf(error, words, whole), id: error.id, fields: Object.fromEntries(fields) }
}

/** What an application says of its own refusals, and what only it refuses, is said as the server says it. */
function sentenceOf({ code, title, detail, help }: AuthError, { errors }: Words, reasons: Iterable<string>): string {
  if (!Object.hasOwn(errors, code)) return [title, detail, help].filter(Boolean).join('. ').replaceAll('..', '.')
  return [errors[code], ...reasons, code === 'denied_by_app' && detail].filter(Boolean).join(' ')
}

/** Says a reason in words of ours; that of an application, and one without the number that our words name, is said in the server's. */
export function reasonIn(
  { issues, language }: Words,
  { code, format = code, limit, name, row, message }: Omit<FieldIssue, 'pointer'>,
): string {
  const key = [format, code].find((one) => Object.hasOwn(issues, one)) ?? ''
  return worded(language, issues[key] ?? '', { limit, name, row }) || message
}
