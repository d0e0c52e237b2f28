import { z } from 'zod'
import { AuthError, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'

/** An instant as stores answer it: a `Date`, ISO 8601 text, or milliseconds since 1970, which is what query builders make of one on SQLite. */
export const instant = z.union([
  z.date(),
  z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  z
    .number()
    .transform((ms) => new Date(ms))
    .pipe(z.date()),
])

/**
 * Asks a store of the application. What it throws besides a refusal of ours is `unavailable`: an outage of theirs is never an answer.
 *
 * @throws unavailable, or the refusal the store threw
 */
export async function askForeign<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isAuthError(error)) throw error
    throw new AuthError(kernelErrors.unavailable, { cause: error })
  }
}
