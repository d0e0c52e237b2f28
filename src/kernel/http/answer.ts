/**
 * An answer before it is sealed: every one leaves through {@link seal}, which adds what all of them owe the browser.
 *
 * Invariant: no answer may be stored by a cache, sniffed, framed or embedded by another site unless it says so itself (ASVS 5.0 V3.4, V14.3.2).
 *
 * @module
 */

import type { Download } from '../contract/file.ts'

/** Status, headers and body, still open for changes. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: ConstructorParameters<typeof Response>[0]
}

/** A JSON answer, or 204 for `undefined`. */
export function jsonAnswer(value: unknown, status: 200 | 201 | 202 = 200): Answer {
  if (value === undefined) return { status: 204, headers: new Headers(), body: null }
  return { status, headers: new Headers({ 'content-type': 'application/json' }), body: JSON.stringify(value) }
}

/** A file, to be saved and never shown: whoever wrote into it does not write a page of ours. */
export const fileAnswer = ({ type, name, body }: Download): Answer => ({
  status: 200,
  headers: new Headers({ 'content-type': type, 'content-disposition': `attachment; filename="${name}"` }),
  body,
})

/** Adopts a finished response; its headers are copied, because a response from elsewhere may be immutable. */
export const answerOf = (response: Response): Answer => ({
  status: response.status,
  headers: new Headers(response.headers),
  body: response.body,
})

/** Closes an answer. @param secure whether the deployment is https */
export function seal(answer: Answer, correlationId: string, secure: boolean): Response {
  const { headers, status, body } = answer
  const add = (name: string, value: string) => headers.has(name) || headers.set(name, value)
  add('cache-control', 'no-store')
  add('x-content-type-options', 'nosniff')
  add('cross-origin-resource-policy', 'same-origin')
  add('cross-origin-opener-policy', 'same-origin')
  add('referrer-policy', 'no-referrer')
  add('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  if (secure) add('strict-transport-security', 'max-age=31536000')
  if (correlationId !== '') add('x-correlation-id', correlationId)
  return new Response(body, { status, headers })
}
