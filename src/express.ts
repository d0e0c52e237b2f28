/**
 * Keywright in Express: `routes`, `guard`, `current`.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands } from './kernel/contract/access.ts'
import { createAdmissions, writeRefusal } from './kernel/http/guard.ts'
import { type HostRequest, toNodeListener } from './kernel/http/node.ts'

/** Express's middleware, typed by what it does. */
export type Middleware = (req: HostRequest, res: ServerResponse, next: (error?: unknown) => void) => void

/**
 * The three words for Express 4 and 5.
 *
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
  const { remember, current } = createAdmissions<Active<C, User>>()
  const guard =
    (demands?: Demands): Middleware =>
    (req, res, next) => {
      auth
        .require(req, demands)
        .then((active) => {
          remember(req, active)
          next()
        })
        .catch((error: unknown) => writeRefusal(res, error).catch(next))
    }
  return { routes: toNodeListener(auth.handle, auth.owns), guard, current }
}
