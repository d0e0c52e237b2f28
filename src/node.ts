/**
 * Keywright on raw `node:http`: `routes`, `guard`, `current`.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands } from './kernel/contract/access.ts'
import { createGuards, writeResponse } from './kernel/http/guard.ts'
import { type NodeListener, toNodeListener } from './kernel/http/node.ts'

/** What is guarded. */
export type Listener = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>

/** A guarded listener. It never rejects: what the listener throws is logged and answered with 500. */
export type GuardedListener = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/**
 * The three words for raw Node.
 *
 * @throws BootError from `guard` for demands that cannot be meant
 * @example
 * ```ts
 * const { routes, guard, current } = toNode(auth)
 * const orders = guard((req, res) => void res.end(current(req).userId))
 * createServer((req, res) => routes(req, res, () => orders(req, res))).listen(3000)
 * ```
 */
export function toNode<C extends object, F extends readonly Feature[]>(
  auth: Auth<C, F>,
): {
  routes: NodeListener
  guard(listener: Listener, demands?: Demands): GuardedListener
  current(req: object): Active<C, User>
} {
  const { check, current } = createGuards<Active<C, User>>(auth)
  return {
    routes: toNodeListener(auth),
    guard(listener, demands) {
      const admit = check(demands)
      return async (req, res) => {
        try {
          const refusal = await admit(req)
          await (refusal ? writeResponse(res, refusal) : listener(req, res))
        } catch (thrown) {
          await writeResponse(res, auth.refuse(req, thrown))
        }
      }
    },
    current,
  }
}
