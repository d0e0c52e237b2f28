/**
 * Refusals as node-auth's clients read them: `{ error, code }`, codes in capitals.
 *
 * Invariant: a bug says nothing of itself, whoever's it is.
 *
 * @module
 */
import { isAuthError, AuthError as Refusal } from '../../index.ts'

/**
 * What `onRegister` throws to refuse: its message and code are the answer as they stand. `data` is for code of yours that catches it: no answer
 * has it.
 *
 * @example
 * ```ts
 * import { AuthError } from 'keywright/node-auth'
 *
 * const refuse = () => {
 *   throw new AuthError('Email already registered', 'EMAIL_EXISTS', 409)
 * }
 * ```
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly code: string
  readonly statusCode: number
  readonly data: Record<string, unknown> | undefined

  constructor(message: string, code: string, statusCode = 401, data?: Record<string, unknown>) {
    super(message)
    this.code = code
    this.statusCode = statusCode
    this.data = data
  }
}

/** Runs code of the application. What it throws to refuse becomes a refusal of ours. */
export async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AuthError) || !(error.statusCode >= 400 && error.statusCode < 600)) throw error
    throw new Refusal({ code: theirs + error.code, status: error.statusCode, title: error.message }, { cause: error })
  }
}

/** Before a code of the application, on its way through our pipeline. */
const theirs = 'application:'

/** What was called otherwise. */
const renamed: Readonly<Record<string, string>> = { csrf_rejected: 'CSRF_INVALID' }

/** The body of a refusal. */
export const refusalBody = ({ title, code }: { readonly title: string; readonly code: string }) => ({
  error: title,
  code: code.startsWith(theirs) ? code.slice(theirs.length) : (renamed[code] ?? code.toUpperCase()),
})

const bug = { title: 'Something went wrong on our side', code: 'internal_error' }

/** Nobody, or nothing, of that name. */
export const notFound = (): Refusal => new Refusal({ code: 'not_found', status: 404, title: 'Not found' })

/** Nothing is left to prove. */
export const alreadyVerified = (): Refusal =>
  new Refusal({ code: 'already_verified', status: 400, title: 'The address is verified already' })

/** What somebody is told who may not log in before their address is proved. */
export const unproved = {
  none: { title: 'The address has to be verified first', code: 'email_not_verified' },
  strict: { title: 'The address has to be verified first', code: 'email_not_verified' },
  lazy: { title: 'The address has to be verified by now', code: 'email_verification_required' },
} as const

/** Asks a store of the application for what the pipeline does not ask it. An outage of theirs is never an answer. */
export async function asking<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isAuthError(cause)) throw cause
    throw new Refusal({ code: 'unavailable', status: 503, title: 'Temporarily unavailable' }, { cause })
  }
}

/** The same answer with node-auth's body. @param sealed what our side answers for what was thrown */
export function refusalAnswer(sealed: Response, thrown: unknown): Response {
  return jsonAnswer(sealed, refusalBody(isAuthError(thrown) ? thrown : bug))
}

/** An answer of ours with another body; status and headers stay. */
export function jsonAnswer({ status, headers: sealed }: Response, body: object, fresh = status): Response {
  const headers = new Headers(sealed)
  headers.set('content-type', 'application/json')
  headers.delete('content-length')
  return new Response(JSON.stringify(body), { status: fresh, headers })
}
