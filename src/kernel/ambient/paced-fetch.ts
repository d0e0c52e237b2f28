import type { Clock } from './ambient.ts'

/**
 * A `fetch` of one document that asks at most once per `everyMs`, and after a failure at most once per `afterFailureMs`, however many want it.
 *
 * @returns a function that rejects with the last failure while it waits
 */
export function pacedFetch({ monotonicMs }: Pick<Clock, 'monotonicMs'>, everyMs: number, afterFailureMs: number) {
  let nextMs = Number.NEGATIVE_INFINITY
  let failure: unknown = new Error('asked again too soon')

  return async (url: string, init?: RequestInit): Promise<Response> => {
    if (monotonicMs() < nextMs) throw failure
    nextMs = monotonicMs() + everyMs
    try {
      const response = await fetch(url, init)
      if (!response.ok) throw new Error(`${url} answered ${response.status}`)
      return response
    } catch (error) {
      failure = error
      nextMs = monotonicMs() + afterFailureMs
      throw error
    }
  }
}
