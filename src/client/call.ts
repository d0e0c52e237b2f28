import type { Call, Result } from '../kernel/contract/call.ts'
import { isAuthError } from '../kernel/contract/errors.ts'

/** Gives a promise the second way of being read: `.result()`, where a refusal is a value. A bug is thrown in both. */
export function toCall<T>(promise: Promise<T>): Call<T, string> {
  const result = (): Promise<Result<T, string>> =>
    promise.then(
      (value) => ({ ok: true, value }),
      (error: unknown) => {
        if (isAuthError(error)) return { ok: false, error }
        throw error
      },
    )
  return Object.assign(promise, { result })
}
