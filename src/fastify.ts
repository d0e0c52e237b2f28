/**
 * Keywright in Fastify: `routes`, `guard`, `current`.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands } from './kernel/contract/access.ts'
import { createGuards, valuesOf } from './kernel/http/guard.ts'
import type { RequestLike } from './kernel/http/headers.ts'
import { type HostRequest, toBridge } from './kernel/http/node.ts'

/** Fastify's request, reply and instance, typed by what we use of them. */
interface FastifyRequest extends RequestLike {
  readonly raw: HostRequest
}
interface FastifyReply {
  readonly raw: ServerResponse
  hijack(): unknown
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(payload: Buffer): unknown
}
interface FastifyInstance {
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void): unknown
}
type FastifyPlugin = (instance: FastifyInstance, options: object, done: (error?: Error) => void) => void
type FastifyHook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * The three words for Fastify 5. As `onRequest`, a guard refuses before Fastify reads a body; as `preHandler`, after.
 *
 * @throws BootError from `guard` for demands that cannot be meant
 * @example
 * ```ts
 * const { routes, guard, current } = toFastify(auth)
 * fast.register(routes)
 * fast.get('/orders', { onRequest: guard() }, async (request) => ({ userId: current(request).userId }))
 * ```
 */
export function toFastify<C extends object, F extends readonly Feature[]>(
  auth: Auth<C, F>,
): { routes: FastifyPlugin; guard(demands?: Demands): FastifyHook; current(request: object): Active<C, User> } {
  const { check, current } = createGuards<Active<C, User>>(auth)
  const answer = toBridge(auth)
  const routes: FastifyPlugin = (instance, _options, done) => {
    // Before Fastify reads a body, so that its parsers and its limits stay with the host's own routes.
    instance.addHook('onRequest', (request, reply, next) => {
      if (answer(request.raw, reply.raw, request.raw)) reply.hijack()
      else next()
    })
    done()
  }
  return {
    // What a plugin adds stays inside of it unless it says otherwise, and then no path would be ours.
    routes: Object.assign(routes, { [Symbol.for('skip-override')]: true }),
    guard(demands) {
      const admit = check(demands)
      return async (request, reply) => {
        const refusal = await admit(request)
        if (!refusal) return undefined
        const { status, headers, bytes } = await valuesOf(refusal)
        reply.code(status)
        reply.headers(headers)
        return reply.send(bytes)
      }
    },
    current,
  }
}
