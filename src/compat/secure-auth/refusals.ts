/** What Secure Auth says when it refuses, word for word, under the names its users may look for. */

/** The session is gone, or was never there. */
export const sessionInvalid = (cause?: unknown): Error => new Error('Session expired or invalid.', { cause })

/** The token is ours and its time is over. */
export const tokenExpired = (): Error => named('TokenExpiredError', sessionInvalid())

/** The token is none of ours, or not of this kind. */
export const tokenInvalid = (): Error => named('JsonWebTokenError', new Error('Invalid token.'))

export const credentialsInvalid = (): Error => new Error('Invalid credentials')

function named(name: string, error: Error): Error {
  error.name = name
  return error
}
