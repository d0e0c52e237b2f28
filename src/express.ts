/**
 * Keywright in Express: `routes`, `guard`, `current`.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands } from './kernel/contract/access.ts'
import { createGuards, writeResponse } from './kernel/http/guard.ts'
import { type HostRequest, toNodeListener } from './kernel/http/node.ts'

/** Express's middleware, typed by what it does. */
export type Middleware = (req: HostRequest, res: ServerResponse, next: (error?: unknown) => void) => void

/**
 * The three words for Express 4 and 5.
 *
 * @throws BootError from `guard` for demands that cannot be meant
 * @example
 * ```ts
 * const { routes, guard, current } = toExpress(auth)
 * app.use(routes)
 * app.get('/orders', guard(), (req, res) => res.json({ userId: current(req).userId }))
 * ```
 */
export function toExpress<C extends object, F extends readonly Feature[]>(
  auth: Auth<C, F>,
): { routes: Middleware; guard(demands?: Demands): Middleware; current(req: object): Active<C, User> } {
  const { check, current } = createGuards<Active<C, User>>(auth)
  return {
    routes: toNodeListener(auth),
    guard(demands) {
      const admit = check(demands)
      return (req, res, next) => {
        admit(req)
          .then((refusal) => (refusal ? writeResponse(res, refusal) : next()))
          // What `next` throws is a bug nobody else will answer; calling it once more would run the route twice.
          .catch((thrown: unknown) => writeResponse(res, auth.refuse(req, thrown)))
      }
    },
    current,
  }
}
