/**
 * Refusals as data: a code fixes status, title and help; the throw site adds nothing but a cause (RFC 9457).
 *
 * Invariant: one code has one status, everywhere. Browser-safe: the client throws the same class.
 *
 * @module
 */
import type { FieldIssue, IssueReason } from './issues.ts'

/** One refusal: what a caller reads and which HTTP status it travels with. */
export interface ErrorDef<C extends string = string> {
  readonly code: C
  readonly status: number
  readonly title: string
  readonly detail?: string
  readonly help?: string
}

type ErrorRows = Record<string, Omit<ErrorDef, 'code'>>

/**
 * Declares the refusals of a feature, keyed by code.
 *
 * @example
 * ```ts
 * const E = defineErrors({ order_closed: { status: 409, title: 'The order is closed' } })
 * throw new AuthError(E.order_closed)
 * ```
 */
export function defineErrors<const R extends ErrorRows>(rows: R): { readonly [C in keyof R & string]: ErrorDef<C> & R[C] } {
  const entries = Object.entries(rows).map(([code, row]) => [code, { code, ...row }])
  return Object.fromEntries(entries)
}

/** What a throw site may add to a refusal. */
export interface ErrorContext {
  readonly cause?: unknown
  readonly retryAfterSeconds?: number
  readonly detail?: string
  readonly issues?: readonly FieldIssue[]
  readonly id?: string
}

/**
 * An expected refusal. Anything else that is thrown is a bug and leaves the process as `internal_error`.
 *
 * @example
 * ```ts
 * try {
 *   await auth.require(request)
 * } catch (error) {
 *   if (isAuthError(error, 'session_revoked')) redirectToLogin()
 * }
 * ```
 */
export class AuthError<C extends string = string> extends Error {
  override readonly name = 'AuthError'
  readonly code: C
  readonly status: number
  readonly title: string
  readonly detail?: string
  readonly help?: string
  readonly retryAfterSeconds?: number
  readonly issues?: readonly FieldIssue[]
  /** Correlates an answer with the log line about it. Empty until the pipeline has seen the error. */
  readonly id: string

  constructor(def: ErrorDef<C>, context: ErrorContext = {}) {
    super(def.title, 'cause' in context ? { cause: context.cause } : undefined)
    this.code = def.code
    this.status = def.status
    this.title = def.title
    const detail = context.detail ?? def.detail
    if (detail !== undefined) this.detail = detail
    if (def.help !== undefined) this.help = def.help
    if (context.retryAfterSeconds !== undefined) this.retryAfterSeconds = context.retryAfterSeconds
    if (context.issues !== undefined) this.issues = context.issues
    this.id = context.id ?? ''
  }
}

/**
 * Tells a refusal of ours, optionally one with one of the given codes, from any other thrown value.
 *
 * @example
 * ```ts
 * if (isAuthError(error, 'rate_limited')) await wait(error.retryAfterSeconds)
 * ```
 */
export function isAuthError<const C extends string = string>(error: unknown, ...codes: C[]): error is AuthError<C> {
  return error instanceof AuthError && (codes.length === 0 || (codes as string[]).includes(error.code))
}

/** Refusals any endpoint may answer with. */
export const kernelErrors = defineErrors({
  validation_failed: { status: 400, title: 'The input is not valid' },
  unauthorized: { status: 401, title: 'Not logged in', help: 'Log in and try again.' },
  forbidden: { status: 403, title: 'Not allowed' },
  step_up_required: { status: 403, title: 'Prove it is you once more', help: 'Prove another factor, or the same one again.' },
  login_expired: { status: 401, title: 'The login has expired', help: 'Start the login again.' },
  csrf_rejected: { status: 403, title: 'The request did not come from this site', help: 'Reload the page and try again.' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: {
    status: 415,
    title: 'The content type is not supported',
    help: 'Send application/json, or a file of a kind the endpoint takes.',
  },
  header_too_large: { status: 431, title: 'The request headers are too large' },
  rate_limited: { status: 429, title: 'Too many requests', help: 'Wait as long as Retry-After says.' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Temporarily unavailable', help: 'Try again in a moment.' },
  unreachable: { status: 0, title: 'The server cannot be reached' },
  impersonation_refused: {
    status: 403,
    title: 'Not in the name of somebody else',
    help: 'An operator is looking at this account: what is the user’s own only they can change.',
  },
  denied_by_app: { status: 403, title: 'The application refused this' },
})

/** The refusal of one field. */
export const invalidField = (pointer: `/${string}`, reason: IssueReason): AuthError =>
  new AuthError(kernelErrors.validation_failed, { issues: [{ pointer, ...reason }] })

/**
 * Refuses from inside a hook: 403 `denied_by_app` with the given reason as its detail.
 *
 * @throws denied_by_app
 * @example
 * ```ts
 * const hooks: AuthOptions['hooks'] = {
 *   beforeRegister({ email }) {
 *     if (isDisposable(email)) deny('disposable_address')
 *   },
 * }
 * ```
 */
export function deny(reason: string): never {
  throw new AuthError(kernelErrors.denied_by_app, { detail: reason })
}
