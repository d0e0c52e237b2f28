/**
 * Keywright in Hono: `routes`, `guard`, `current`.
 *
 * @module
 */
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands } from './kernel/contract/access.ts'
import { createAdmissions, refusal } from './kernel/http/guard.ts'

/** Hono's context and middleware, typed by what we use of them. */
interface HonoContext {
  readonly req: { readonly raw: Request; readonly path: string }
  readonly env?: unknown
}
type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>

/**
 * The three words for Hono. On Node, the peer's address comes from the bindings of `@hono/node-server`.
 *
 * @example
 * ```ts
 * const { routes, guard, current } = toHono(auth)
 * web.use(routes)
 * web.get('/orders', guard(), (c) => c.json({ userId: current(c).userId }))
 * ```
 */
export function toHono<C extends object, F extends readonly Feature[]>(
  auth: Auth<C, F>,
): { routes: HonoMiddleware; guard(demands?: Demands): HonoMiddleware; current(context: HonoContext): Active<C, User> } {
  const { remember, current } = createAdmissions<Active<C, User>>()
  return {
    async routes(context, next) {
      const { pathname } = new URL(context.req.raw.url)
      if (auth.owns(pathname)) return auth.handle(context.req.raw, peerOf(context.env))
      await next()
      return undefined
    },
    guard: (demands) => async (context, next) => {
      try {
        remember(context.req.raw, await auth.require(context.req.raw, demands))
      } catch (error) {
        return refusal(error)
      }
      await next()
      return undefined
    },
    current: (context) => current(context.req.raw),
  }
}

function peerOf(env: unknown): { ip?: string } {
  const { incoming } = (env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } }
  const ip = incoming?.socket?.remoteAddress
  return ip === undefined ? {} : { ip }
}
