import { isAuthError } from '../../../src/client.ts'
import type { FrameTexts } from '../messages/en.ts'

/** What people read of a refusal. */
export interface Refusal {
  readonly code: string
  readonly text: string
  /** For the logs, where the server gave one. */
  readonly id: string
  /** Why fields were refused, by their name. */
  readonly fields: Readonly<Record<string, string>>
}

/** Says a thrown value in words of ours, else in those of the server. */
export function refusalOf(error: unknown, { errors }: Pick<FrameTexts, 'errors'>): Refusal {
  if (!isAuthError(error)) return { code: 'internal_error', text: errors.internal_error ?? '', id: '', fields: {} }
  const ours = error.detail === undefined || error.code === 'internal_error' ? errors[error.code] : undefined
  const text = ours ?? [error.title, error.detail, error.help].filter(Boolean).join('. ').replaceAll('..', '.')
  const fields = Object.fromEntries((error.issues ?? []).map(({ pointer, message }) => [pointer.replace(/^\//, ''), message]))
  return { code: error.code, text, id: error.id, fields }
}
