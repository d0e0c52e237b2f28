/**
 * Keywright in Hono: `routes`, `guard`, `current`.
 *
 * @module
 */
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands } from './kernel/contract/access.ts'
import { createGuards } from './kernel/http/guard.ts'
import { type Peer, rememberPeer } from './kernel/http/peer.ts'

/** Hono's context and middleware, typed by what we use of them. */
interface HonoContext {
  readonly req: {
    readonly raw: Request
    readonly path: string
    readonly bodyCache: object
    arrayBuffer(): Promise<ArrayBuffer>
  }
  readonly env?: unknown
}
type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>

/**
 * The three words for Hono. On Node, the peer's address comes from the bindings of `@hono/node-server`.
 *
 * @throws BootError from `guard` for demands that cannot be meant
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
  const guards = createGuards<Active<C, User>>(auth)
  /** What a guard has seen. Middleware may replace `req.raw` later on, as Hono's limit of bodies does; the context stays. */
  const guarded = new WeakMap<HonoContext, Request>()
  return {
    async routes(context, next) {
      const peer = peerOf(context.env)
      rememberPeer(context.req.raw, peer)
      const { pathname } = new URL(context.req.raw.url)
      if (auth.owns(pathname)) return auth.handle(await unread(context.req), peer)
      await next()
      return undefined
    },
    guard(demands) {
      const admit = guards.check(demands)
      return async (context, next) => {
        const { raw } = context.req
        rememberPeer(raw, peerOf(context.env))
        guarded.set(context, raw)
        const refusal = await admit(raw)
        if (refusal) return refusal
        await next()
        return undefined
      }
    },
    current(context) {
      const { raw } = context.req
      const seen = guarded.get(context) ?? raw
      if (seen !== raw) rememberPeer(raw, peerOf(context.env)) // for `auth.as(c.req.raw)`
      return guards.current(seen)
    },
  }
}

/** The request, with the body the host has read put back; Hono keeps what it reads. */
async function unread(req: HonoContext['req']): Promise<Request> {
  const { raw } = req
  if (!raw.bodyUsed || Object.keys(req.bodyCache).length === 0) return raw
  const { url, method, headers } = raw
  return req.arrayBuffer().then(
    (body) => new Request(url, { method, headers, body }),
    () => raw, // it broke while the host read it: the core refuses it as it would have itself
  )
}

function peerOf(env: unknown): Peer {
  const { incoming } = (env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } }
  return { ip: incoming?.socket?.remoteAddress }
}
