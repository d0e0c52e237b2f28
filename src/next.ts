/**
 * Keywright in Next (App Router): `routes`, `guard`, `current`.
 *
 * Next hands a `Request` in and takes a `Response` back, so nothing of it is imported; the application gives what only Next has.
 *
 * @module
 */
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands } from './kernel/contract/access.ts'
import { isAuthError } from './kernel/contract/errors.ts'
import { createGuards } from './kernel/http/guard.ts'
import type { RequestLike } from './kernel/http/headers.ts'
import { rememberPeer } from './kernel/http/peer.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
type RouteHandler<R extends Request, T> = (request: R, context: T) => Response | Promise<Response>

/** What only the application can give. */
export interface NextOptions {
  /** `headers` of `next/headers`; `current()` in pages, layouts and server actions reads it. */
  readonly headers?: () => Promise<{ get(name: string): string | null }>
  /**
   * The address a request came from, as your proxy or platform says it. Next shows no socket: without this, everybody is counted together
   * by the limits.
   */
  readonly ipOf?: (request: Request) => string | undefined
}

/** Who got in, or who is there. */
export interface NextCurrent<A> {
  /** In a guarded handler: who got in. @throws Error where no guard ran */
  (request: Request): A
  /** In a page, a layout or a server action: who is there, `undefined` for nobody. @throws csrf_rejected | unavailable */
  (): Promise<A | undefined>
}

/**
 * The three words for Next 15 and 16. `routes` belong into `app/auth/[...path]/route.ts`.
 *
 * @throws BootError from `guard` for demands that cannot be meant
 * @example
 * ```ts
 * const { routes, guard, current } = toNext(auth)
 * export const { GET, POST, PUT, PATCH, DELETE } = routes
 * export const orders = guard((request) => Response.json({ userId: current(request).userId }))
 * ```
 */
export function toNext<C extends object, F extends readonly Feature[]>(
  auth: Auth<C, F>,
  { headers, ipOf }: NextOptions = {},
): {
  routes: Readonly<Record<Method, (request: Request) => Promise<Response>>>
  guard<R extends Request, T>(handler: RouteHandler<R, T>, demands?: Demands): (request: R, context: T) => Promise<Response>
  current: NextCurrent<Active<C, User>>
} {
  const guards = createGuards<Active<C, User>>(auth)
  const handle = (request: Request) => auth.handle(request, { ip: ipOf?.(request) })

  async function whoIsThere(): Promise<Active<C, User> | undefined> {
    if (!headers) throw new Error('current() reads the headers of the page: give toNext(auth, { headers }) those of next/headers')
    try {
      return await auth.require(pageRequest(await headers()))
    } catch (thrown) {
      if (isAuthError(thrown, 'unauthorized', 'session_revoked')) return undefined
      throw thrown
    }
  }
  function current(request: Request): Active<C, User>
  function current(): Promise<Active<C, User> | undefined>
  function current(request?: Request) {
    return request ? guards.current(request) : whoIsThere()
  }

  return {
    routes: { GET: handle, HEAD: handle, POST: handle, PUT: handle, PATCH: handle, DELETE: handle, OPTIONS: handle },
    guard(handler, demands) {
      const admit = guards.check(demands)
      return async (request, context) => {
        rememberPeer(request, { ip: ipOf?.(request) })
        return (await admit(request)) ?? handler(request, context)
      }
    },
    current,
  }
}

/**
 * A page is read; what changes something shows it: a server action by its own header or its body, a handler by a body or by the origin that
 * browsers name with every method but GET and HEAD (Fetch §3.2), also where there is no body.
 */
function pageRequest(headers: { get(name: string): string | null }): RequestLike {
  const changes = ['next-action', 'content-type', 'origin'].some((name) => headers.get(name) !== null)
  return { headers, method: changes ? 'POST' : 'GET' }
}
