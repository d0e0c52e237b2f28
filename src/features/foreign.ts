/**
 * How a store of the application is asked.
 *
 * Invariant: never while a transaction of ours is open. It could share our file, where its write would wait for our commit and our commit
 * for it; or our pool, where transactions would hold every connection that it needs.
 *
 * @module
 */
import { z } from 'zod'
import { AuthError, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'
import type { Ctx } from '../kernel/ctx.ts'

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
 * @throws unavailable, or the refusal the store threw; an ordinary error inside a transaction
 */
export async function askForeign<T>(ctx: Ctx, work: () => Promise<T>): Promise<T> {
  if ('emit' in ctx) throw new Error('A store of the application is asked before a transaction of ours, or after it')
  try {
    return await work()
  } catch (error) {
    if (isAuthError(error)) throw error
    throw new AuthError(kernelErrors.unavailable, { cause: error })
  }
}
