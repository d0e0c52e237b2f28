/**
 * Keywright on raw `node:http`: `routes`, `guard`, `current`.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands } from './kernel/contract/access.ts'
import { createAdmissions, writeRefusal } from './kernel/http/guard.ts'
import { type NodeListener, toNodeListener } from './kernel/http/node.ts'

/** What a guarded listener is. */
export type Listener = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>

/**
 * The three words for raw Node.
 *
 * @example
 * ```ts
 * const { routes, guard, current } = toNode(auth)
 * const orders = guard((req, res) => void res.end(current(req).userId))
 * createServer((req, res) => routes(req, res, () => orders(req, res))).listen(3000)
 * ```
 */
export function toNode<C extends object, F extends readonly Feature[]>(
  auth: Auth<C, F>,
): { routes: NodeListener; guard(listener: Listener, demands?: Demands): Listener; current(req: object): Active<C, User> } {
  const { remember, current } = createAdmissions<Active<C, User>>()
  const guard =
    (listener: Listener, demands?: Demands): Listener =>
    async (req, res) => {
      try {
        remember(req, await auth.require(req, demands))
      } catch (error) {
        return writeRefusal(res, error)
      }
      return listener(req, res)
    }
  return { routes: toNodeListener(auth.handle, auth.owns), guard, current }
}
