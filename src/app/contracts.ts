/**
 * The contracts of every feature, and the two interfaces they make: what a caller can do, and what trusted code can do.
 *
 * Browser-safe: the typed client is built from this list. One line a feature.
 *
 * @module
 */
import { auditAdminContract } from '../features/audit/contract.ts'
import { loginContract } from '../features/login/contract.ts'
import { passwordAdminContract, passwordContract } from '../features/password/contract.ts'
import { sessionsAdminContract, sessionsContract } from '../features/sessions/contract.ts'
import { signingAdminContract, signingContract } from '../features/signing/contract.ts'
import { usersAdminContract, usersContract } from '../features/users/contract.ts'
import type { Calls } from '../kernel/contract/call.ts'
import type { Contract } from '../kernel/contract/endpoint.ts'

/** Contracts callers reach. */
export const contracts: readonly Contract[] = [loginContract, usersContract, sessionsContract, passwordContract, signingContract]

/** Contracts trusted code reaches through `auth.asSystem()`. */
export const adminContracts: readonly Contract[] = [
  usersAdminContract,
  sessionsAdminContract,
  passwordAdminContract,
  signingAdminContract,
  auditAdminContract,
]

/** The calls that stand at the top of a client; all others are grouped by their contract's name. */
export const topCalls = ['login', 'register', 'refresh', 'logout', 'logoutAll', 'me', 'updateMe'] as const
type TopCall = (typeof topCalls)[number]

type LoginCalls = Calls<typeof loginContract>
type UsersCalls = Calls<typeof usersContract>
type SessionsCalls = Calls<typeof sessionsContract>

/** Everything a caller can do: the typed client, and `auth.as(request)`. */
export interface AuthApi extends LoginCalls, UsersCalls, Pick<SessionsCalls, 'refresh' | 'logout' | 'logoutAll'> {
  readonly sessions: Omit<SessionsCalls, TopCall>
  readonly password: Calls<typeof passwordContract>
  readonly signing: Calls<typeof signingContract>
}

/** Everything trusted code can do: `auth.asSystem(reason)`. */
export interface AdminApi {
  readonly users: Calls<typeof usersAdminContract>
  readonly sessions: Calls<typeof sessionsAdminContract>
  readonly password: Calls<typeof passwordAdminContract>
  readonly keys: Calls<typeof signingAdminContract>
  readonly audit: Calls<typeof auditAdminContract>
}

/** Builds the tree of calls over `invoke`: top calls at the top, the rest under their contract's name. */
export function callTree(
  list: readonly Contract[],
  invoke: (contract: Contract, key: string, input: unknown) => unknown,
): object {
  const tree: Record<string, unknown> = {}
  for (const contract of list) {
    const calls = Object.keys(contract.endpoints).map((key) => [key, (input?: unknown) => invoke(contract, key, input)] as const)
    const isTop = ([key]: readonly [string, unknown]) => (topCalls as readonly string[]).includes(key)
    Object.assign(tree, Object.fromEntries(calls.filter(isTop)))
    const rest = calls.filter((call) => !isTop(call))
    if (rest.length > 0) tree[contract.name] = Object.fromEntries(rest)
  }
  return tree
}
