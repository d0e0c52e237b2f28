/**
 * Cross-origin reads: an exact allow-list, never a star, because every answer here is about one person (Fetch standard §3.3).
 *
 * @module
 */

const sendable = 'authorization, content-type, x-auth-strategy, x-correlation-id, x-csrf-token'
const readable = 'ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, x-correlation-id'

/** Adds what a listed origin may read; `Vary` says that the answer depends on it. */
export function allowOrigin(headers: Headers, origin: string | null, isListed: (origin: string) => boolean): void {
  headers.append('vary', 'Origin')
  if (origin === null || !isListed(origin)) return
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-allow-credentials', 'true')
  headers.set('access-control-expose-headers', readable)
}

/** Answers `OPTIONS`: the methods of the path, and for a preflight from a listed origin what it may send. */
export function answerOptions(request: Request, methods: readonly string[], isListed: (origin: string) => boolean): Response {
  const headers = new Headers({ allow: methods.join(', ') })
  const origin = request.headers.get('origin')
  if (origin !== null && isListed(origin) && request.headers.has('access-control-request-method')) {
    headers.set('access-control-allow-methods', methods.join(', '))
    headers.set('access-control-allow-headers', sendable)
    headers.set('access-control-max-age', '600')
  }
  return new Response(null, { status: 204, headers })
}
