import type { Operator, OperatorRight, PendingLogin, Presented } from '../../kernel/contract/access.ts'
import type { Granted } from '../../kernel/contract/endpoint.ts'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { ServiceOf } from '../feature.ts'
import type { Login, LoginAnswer } from '../login/index.ts'
import type { password } from '../password/index.ts'
import type { SessionsService } from '../sessions/index.ts'
import { type OperatorRole, toUser, type User, type UserRecord } from '../users/index.ts'
import type { Entry } from './entry.ts'
import { rightsOf, strongestOf } from './roles.ts'

/**
 * Who is an operator: whoever registered first, whoever has the role of one, or whom a function of the application takes for one. Whoever that
 * function takes and who has no such role is an `admin`.
 */
export type AdminPolicy = 'first-user' | 'is-admin-flag' | ((user: User) => boolean | Promise<boolean>)

interface AdminDeps {
  readonly policy: AdminPolicy
  readonly login: Pick<Login, 'login'>
  readonly password: Pick<ServiceOf<typeof password>, 'finishLogin'>
  readonly sessions: Pick<SessionsService, 'authenticateOperator' | 'ownerOf' | 'logout' | 'issueOperatorsCsrf'>
  user(ctx: Ctx, userId: string): Promise<UserRecord | undefined>
  /** The id of whoever registered before everybody else; nobody comes after them. */
  founder(ctx: Ctx): Promise<string | null>
  entryOf(ctx: Ctx, user: UserRecord): Promise<Entry>
  /** What there is, for every operator. */
  readonly standing: { readonly version: string; readonly features: Readonly<Record<string, boolean>> }
  /** Compares with the secret of scripts, in constant time. */
  isSecret(text: string): boolean
}

/** What a script with the secret may do: all of it, in nobody's name. */
const script: Operator = {
  status: 'operator',
  userId: undefined,
  sessionHandle: undefined,
  role: 'owner',
  rights: rightsOf.owner,
}

/** Operators: who they are is asked at each of their requests, so whoever is one no more is none at once. */
export function createAdmin(deps: AdminDeps) {
  const { policy, sessions } = deps

  async function roleOf(ctx: Ctx, user: UserRecord): Promise<OperatorRole | undefined> {
    if (policy === 'first-user') return (await deps.founder(ctx)) === user.id ? 'owner' : undefined
    const person = toUser(user, ctx.tenantId)
    const role = strongestOf([person.role, ...person.roles])
    if (policy === 'is-admin-flag') return role
    return (await policy(person)) ? (role ?? 'admin') : undefined
  }

  /** Whether somebody still has a right, for what goes on after the request that asked for it. */
  async function hasRight(ctx: Ctx, userId: string, right: OperatorRight): Promise<boolean> {
    const user = await deps.user(ctx, userId)
    if (!user || (await deps.entryOf(ctx, user)) !== 'open') return false
    const role = await roleOf(ctx, user)
    return role !== undefined && rightsOf[role].includes(right)
  }

  /** @throws unauthorized | session_revoked | forbidden | unavailable */
  async function operator(ctx: Ctx, presented: Presented): Promise<Operator> {
    if (presented.bearer !== undefined) {
      if (deps.isSecret(presented.bearer)) return script
      throw new AuthError(kernelErrors.unauthorized)
    }
    const found = await sessions.authenticateOperator(ctx, presented)
    if (found.status === 'none') throw new AuthError(kernelErrors.unauthorized)
    if (found.status !== 'active') throw found.error
    const { userId, sessionHandle } = found
    const user = await deps.user(ctx, userId)
    const role = user && (await roleOf(ctx, user))
    if (role === undefined) throw new AuthError(kernelErrors.forbidden)
    return { status: 'operator', userId, sessionHandle, role, rights: rightsOf[role] }
  }

  /** How somebody comes in by this door. */
  const by = ({ deviceCookie }: Presented) => ({
    delivery: 'admin' as const,
    deviceCookie,
    admits: async (ctx: Ctx, user: UserRecord) => (await roleOf(ctx, user)) !== undefined,
  })

  /** Of other operators only an owner ends sessions or changes the account. */
  async function operatorAt(ctx: Ctx, parameter: 'id' | 'sessionHandle', value: string): Promise<string | undefined> {
    const userId = parameter === 'id' ? value : await sessions.ownerOf(ctx, value)
    const user = userId === undefined ? undefined : await deps.user(ctx, userId)
    return user && (await roleOf(ctx, user)) !== undefined ? user.id : undefined
  }

  /** Trusted code and scripts are nobody's who could lose a right. */
  const mayStill = async (ctx: Ctx, right: OperatorRight): Promise<boolean> =>
    ctx.actor.kind !== 'user' || hasRight(ctx, ctx.actor.id, right)

  return {
    operator,
    roleOf,
    mayStill,
    hasRight,
    operatorAt,
    /** @throws invalid_credentials | password_reset_required | forbidden | rate_limited */
    login: (ctx: Ctx, identifier: string, password: string, presented: Presented): Promise<LoginAnswer> =>
      deps.login.login(ctx, identifier, { password }, by(presented)),
    /** @throws password_rejected | login_expired | forbidden */
    finishLogin: (ctx: Ctx, pending: PendingLogin, newPassword: string, presented: Presented): Promise<LoginAnswer> =>
      deps.password.finishLogin(ctx, pending, newPassword, by(presented)),
    async logout(ctx: Ctx, { adminCookie }: Presented): Promise<Granted<undefined>> {
      await sessions.logout(ctx, adminCookie)
      return { value: undefined, grant: { clear: ['admin'] } }
    },
    async ping(ctx: Ctx, { userId, sessionHandle, role, rights }: Operator) {
      const user = userId === undefined ? undefined : await deps.user(ctx, userId)
      return {
        ok: true as const,
        ...deps.standing,
        operator: {
          id: userId ?? null,
          name: user?.identifiers[0]?.value ?? userId ?? 'admin secret',
          role,
          rights: [...rights],
        },
        csrfToken: sessionHandle === undefined ? null : sessions.issueOperatorsCsrf(sessionHandle),
      }
    },
  }
}
