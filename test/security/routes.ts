/**
 * Every mounted route, read from the contracts at run time, with a request that reaches its handler. A new route is in every test that
 * enumerates by itself, and fails one of them until somebody says here what a good request to it looks like.
 *
 * @module
 */
import { contracts } from '../../src/app/contracts.ts'
import type { Contract, EndpointDef } from '../../src/kernel/contract/endpoint.ts'

/** One mounted route. */
export interface MountedRoute {
  /** `sessions.revoke`. */
  readonly id: string
  readonly endpoint: EndpointDef
  /** Where it is mounted. */
  path(params?: Readonly<Record<string, string>>): string
}

const nobody = '00000000-0000-7000-8000-000000000000'

/** Parameters that callers choose: they are nobody's id. */
export const words: Readonly<Record<string, string>> = { event: 'shop.opened', filename: `${'0'.repeat(32)}.png` }

/** All of them. */
export const routes: readonly MountedRoute[] = (contracts as readonly Contract[]).flatMap(({ name, endpoints }) =>
  Object.entries(endpoints).map(([key, endpoint]) => ({
    id: `${name}.${key}`,
    endpoint,
    path: (params = {}) => {
      const filled = endpoint.path.replace(/:(\w+)/g, (_, param: string) => params[param] ?? words[param] ?? nobody)
      return (endpoint.root === 'only' ? '' : '/auth') + filled
    },
  })),
)

const isSafe = ({ endpoint }: MountedRoute) => endpoint.method === 'GET'

/** Those that change something. */
export const mutating = routes.filter((route) => !isSafe(route))

/** Those that ask for a session, or for a role. */
export const guarded = routes.filter(({ endpoint: { access } }) => access !== 'public' && access !== 'pending-login')

/** Options of a house in which every route is mounted. */
export const everythingOn = {
  mail: { from: 'Example <hi@example.com>', transport: 'inbox' },
  email: {},
  password: { advice: true },
  telemetry: true,
  admin: true,
  impersonation: true,
} as const

export const ada = { email: 'ada@example.com', password: 'correct horse battery' }

const bodies: Readonly<Record<string, object>> = {
  'login.register': { email: 'grace@example.com', password: 'correct horse battery' },
  'login.login': ada,
  'telemetry.track': { data: { plan: 'free' } },
  'users.updateMe': { firstName: 'Ada' },
  'sessions.refresh': {},
  'sessions.logout': {},
  'email.change': { newEmail: 'grace@example.com' },
  'email.confirmChange': { token: 'A'.repeat(43) },
  'email.revertChange': { token: 'A'.repeat(43) },
  'password.forgot': { email: 'grace@example.com' },
  'password.reset': { token: 'A'.repeat(43), newPassword: 'another good secret' },
  'password.advice': { password: 'correct horse battery' },
  'password.change': { currentPassword: ada.password, newPassword: 'another good secret' },
  'email.verify': { token: 'A'.repeat(43) },
  'email.resend': { email: 'grace@example.com' },
  'password.notMe': {},
  'account.exportProved': { currentPassword: ada.password },
  'account.delete': { currentPassword: ada.password },
  'account.restore': { token: 'A'.repeat(43) },
  'password.finishLogin': { loginToken: 'A'.repeat(43), newPassword: 'another good secret' },
}

/** A body the route takes. @throws Error for a route nobody has described here */
export function bodyOf({ id, endpoint }: MountedRoute): object | undefined {
  if (!endpoint.body) return undefined
  const body = bodies[id]
  if (!body) throw new Error(`say in test/security/routes.ts what a good body of ${id} looks like`)
  return body
}
