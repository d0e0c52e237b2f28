/**
 * Who may call an endpoint, and what a caller turned out to be.
 *
 * @module
 */
import type { Duration } from './duration.ts'
import type { AuthError } from './errors.ts'

/** Authentication assurance level (NIST SP 800-63B-4): 1 one factor, 2 two factors, 3 a hardware-bound one among them. */
export type Aal = 1 | 2 | 3

/**
 * Who may call an endpoint. It has no default, so nothing is public by accident.
 *
 * An endpoint that changes credentials or ends sessions is `strict`: a session revoked elsewhere a moment ago must not do that.
 */
export type Access =
  | 'public'
  | 'pending-login'
  | 'session'
  | { readonly session: Omit<Demands, 'role'> }
  | ({ readonly role: string } & Look)
  | OperatorAccess

/**
 * What an operator's endpoint does: looks at people and their devices, helps one of them, inspects what happened (audit, keys, jobs), manages
 * everybody and how the house runs, or decides who else is an operator.
 */
export type OperatorRight = 'look' | 'help' | 'inspect' | 'manage' | 'own'

/** An operator at an endpoint of theirs: a person with a session of the panel, or a script with the secret. */
export interface Operator {
  readonly status: 'operator'
  /** Absent for a script. */
  readonly userId: string | undefined
  readonly sessionHandle: string | undefined
  readonly role: string
  readonly rights: readonly OperatorRight[]
}

/** An endpoint of operators. */
export interface OperatorAccess {
  readonly operator: OperatorRight
  /** The parameter that says on whom it acts: on other operators only an owner does, or support could lock its owner out. */
  readonly on?: 'id' | 'sessionHandle'
}

/** One proved factor and when it was proved. */
export interface Evidence {
  readonly factor: string
  /** Authentication method reference (RFC 8176). */
  readonly amr: string
  readonly at: Date
}

/** How a session's credential travels. `admin` is the cookie of the panel: it opens operators' endpoints and nothing else, and no other one opens those. */
export type Delivery = 'cookie' | 'bearer' | 'admin'

/**
 * Who sees what a user sees without being them: the session is the user's, whatever is done in it is an operator's act (RFC 8693 §4.1, `act`).
 * It rests on no proof of the user's.
 */
export interface Impersonation {
  readonly operatorId: string
  /** Why, in the operator's words. */
  readonly reason: string
  /** Whether nothing of the application may be changed either; of ours nothing ever is. */
  readonly readOnly: boolean
  readonly endsAt: Date
}

/** A caller whose session (or key) holds. */
export interface Active<C = object, U = unknown> {
  readonly status: 'active'
  readonly via: Delivery
  readonly userId: string
  readonly tenantId: string
  readonly sessionHandle: string
  readonly role: string
  readonly roles: readonly string[]
  readonly claims: C
  readonly aal: Aal
  readonly evidence: readonly Evidence[]
  /** Present where an operator sees what this user sees. A guard refuses them what changes something; whoever asks otherwise looks here. */
  readonly impersonation?: Impersonation
  user(): Promise<U>
}

/** A login whose first step is done and whose next one is still owed. */
export interface PendingLogin {
  readonly status: 'pending-login'
  readonly loginToken: string
  readonly userId: string
  /** The methods that can take it further. */
  readonly methods: readonly string[]
  readonly evidence: readonly Evidence[]
  /** What was proved so far rests on these secrets: marks of them, by method. When one was replaced since, the login has expired. */
  readonly restsOn: Readonly<Record<string, string>>
}

/** How a caller is looked at. */
export interface Look {
  /** Asks the database, whatever is remembered: one statement, and the revocations of every node are seen at once. */
  readonly strict?: boolean
}

/**
 * What `auth.require` and the guards can ask for beyond a session. All of it must hold.
 *
 * It is read when the guard is made: a misspelt demand, or one without a value, is a `BootError` there.
 *
 * @example
 * ```ts
 * const { guard } = toExpress(auth)
 * app.post('/refunds', guard({ role: 'clerk', within: '5m', strict: true }), (req, res) => res.json({ refunded: true }))
 * ```
 */
export interface Demands extends Look {
  /** The user's role, or one of their roles. */
  readonly role?: string
  /** At least this assurance level. */
  readonly aal?: Aal
  /** How recent the last proved factor must be. */
  readonly within?: Duration
}

/** What a request showed us, before anybody looked at it. Never logged. */
export interface Presented {
  readonly sessionCookie?: string | undefined
  readonly bearer?: string | undefined
  readonly loginCookie?: string | undefined
  /** Says which accounts this browser has logged in to before. No credential: it buys patience, never access. */
  readonly deviceCookie?: string | undefined
  /** The credential of the panel. */
  readonly adminCookie?: string | undefined
  /** How the caller wants a new session delivered (`X-Auth-Strategy: bearer`). */
  readonly delivery: 'cookie' | 'bearer'
}

/** What a look at a request's credentials came to. `unavailable` is neither "active" nor "logged out": nobody could look. */
export type Authentication =
  | Active
  | { readonly status: 'none' }
  | { readonly status: 'invalid' | 'unavailable'; readonly error: AuthError }
