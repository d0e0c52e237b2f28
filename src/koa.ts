/**
 * Keywright in Koa: `routes`, `guard`, `current`.
 *
 * @module
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands } from './kernel/contract/access.ts'
import { createGuards, valuesOf } from './kernel/http/guard.ts'
import type { RequestLike } from './kernel/http/headers.ts'
import { type HostView, toBridge } from './kernel/http/node.ts'

/** Koa's context and middleware, typed by what we use of them. */
interface KoaContext extends RequestLike {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly originalUrl: string
  /** Body parsers write `body` and `rawBody` here. */
  readonly request: object
  respond?: boolean | undefined
  status: number
  body: unknown
  set(values: Record<string, string>): void
}
type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>

/**
 * The three words for Koa 2 and 3.
 *
 * @throws BootError from `guard` for demands that cannot be meant
 * @example
 * ```ts
 * const { routes, guard, current } = toKoa(auth)
 * koa.use(routes)
 * koa.use(guard({ role: 'admin' }))
 * koa.use((ctx) => void (ctx.body = { userId: current(ctx).userId }))
 * ```
 */
export function toKoa<C extends object, F extends readonly Feature[]>(
  auth: Auth<C, F>,
): { routes: KoaMiddleware; guard(demands?: Demands): KoaMiddleware; current(context: object): Active<C, User> } {
  const { check, current } = createGuards<Active<C, User>>(auth)
  const answer = toBridge(auth)
  return {
    async routes(context, next) {
      const { req, res, originalUrl, request } = context
      const { body, rawBody } = request as HostView
      if (!answer(req, res, { originalUrl, body, rawBody })) return void (await next())
      context.respond = false
      // Whoever stands above us measures the whole answer, not its beginning.
      if (!res.closed) await once(res, 'close')
    },
    guard(demands) {
      const admit = check(demands)
      return async (context, next) => {
        const refusal = await admit(context)
        if (!refusal) return void (await next())
        const { status, headers, bytes } = await valuesOf(refusal)
        context.status = status
        context.set(headers)
        context.body = bytes
      }
    },
    current,
  }
}
