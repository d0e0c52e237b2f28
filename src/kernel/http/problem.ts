/**
 * Refusals on the wire: `application/problem+json` (RFC 9457).
 *
 * Invariant: an answer says what its code says and nothing of what was sent, of the database or of the code. A bug is `internal_error` with
 * an id; the log line with that id has the cause.
 *
 * @module
 */
import type { Logger } from '../ambient/ambient.ts'
import { AuthError, isAuthError, kernelErrors } from '../contract/errors.ts'
import { product } from '../product.ts'
import type { Answer } from './answer.ts'

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/**
 * Turns anything thrown into a refusal that carries the request's id. A refusal is copied, so that two requests never share one; whatever else
 * was thrown is logged and becomes `internal_error`.
 */
export function refusalOf(thrown: unknown, id: string, logger: Logger): AuthError {
  if (!isAuthError(thrown) || thrown.status < 400) {
    logger.error({ err: thrown, id }, 'a request failed')
    return new AuthError(kernelErrors.internal_error, { cause: thrown, id })
  }
  const { code, status, title, detail, help, retryAfterSeconds, issues } = thrown
  const wait = retryAfterSeconds ?? (status === 503 ? 1 : undefined)
  return new AuthError(
    { code, status, title, ...(detail !== undefined && { detail }), ...(help !== undefined && { help }) },
    {
      id,
      ...('cause' in thrown && { cause: thrown.cause }),
      ...(wait !== undefined && { retryAfterSeconds: wait }),
      ...(issues && { issues }),
    },
  )
}

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
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  if (error.retryAfterSeconds !== undefined) headers.set('retry-after', String(Math.max(1, Math.ceil(error.retryAfterSeconds))))
  if (error.status === 401) headers.set('www-authenticate', 'Bearer')
  // What is left of an oversize body is not read, so the connection cannot be used again.
  if (error.status === 413) headers.set('connection', 'close')
  return { status: error.status, headers, body: JSON.stringify(problemOf(error)) }
}
