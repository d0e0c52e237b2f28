import type { Call, Result } from './call.ts'
import { isAuthError } from './errors.ts'

/** Gives a promise `.result()`: refusals become values, bugs stay thrown. */
export function toCall<T, C extends string>(work: Promise<T>): Call<T, C> {
  const result = (): Promise<Result<T, C>> =>
    work.then(
      (value) => ({ ok: true, value }),
      (error: unknown) => {
        if (isAuthError(error)) return { ok: false, error } as Result<T, C>
        throw error
      },
    )
  return Object.assign(work, { result })
}
