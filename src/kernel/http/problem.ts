/**
 * Refusals on the wire: `application/problem+json` (RFC 9457).
 *
 * Invariant: an answer says what its code says and nothing of what was sent, of the database or of the code.
 *
 * @module
 */
import type { AuthError } from '../contract/errors.ts'
import { product } from '../product.ts'
import type { Answer } from './answer.ts'

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** The problem document of a refusal. */
export function problemOf(error: AuthError): Record<string, unknown> {
  return {
    type: product.errorUrn + error.code,
    title: error.title,
    status: error.status,
    detail: error.detail,
    code: error.code,
    error: error.title, // what clients of the seed systems read
    help: error.help,
    errors: error.issues,
    instance: uuid.test(error.id) ? `urn:uuid:${error.id}` : error.id || undefined,
  }
}

/** The answer that carries a refusal. */
export function problemAnswer(error: AuthError): Answer {
  const headers = withRefusal(new Headers({ 'content-type': 'application/problem+json' }), error)
  return { status: error.status, headers, body: JSON.stringify(problemOf(error)) }
}

/** Adds what the headers of a refusal say, whether its body is for programs or for people. */
export function withRefusal(headers: Headers, error: AuthError): Headers {
  if (error.retryAfterSeconds !== undefined) headers.set('retry-after', String(Math.max(1, Math.ceil(error.retryAfterSeconds))))
  if (error.status === 401) headers.set('www-authenticate', 'Bearer')
  // What is left of an oversize body is not read, so the connection cannot be used again.
  if (error.status === 413) headers.set('connection', 'close')
  return headers
}
