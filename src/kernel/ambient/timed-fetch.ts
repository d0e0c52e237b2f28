/** A `fetch` that ends after `ms`, or when `signal` says so; also while its body is read. */
export const timedFetch = (url: string, init: RequestInit, ms: number, signal?: AbortSignal): Promise<Response> =>
  fetch(url, { ...init, signal: AbortSignal.any([AbortSignal.timeout(ms), ...(signal ? [signal] : [])]) })
