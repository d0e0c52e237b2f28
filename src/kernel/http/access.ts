/**
 * Who may pass: an endpoint's `access` and the demands of a guard, judged by one function.
 *
 * Invariant: only an active session passes. Whatever goes wrong while looking is a refusal: not knowing is 503, never "let through".
 *
 * @module
 */
import type { Logger } from '../ambient/ambient.ts'
import type {
  Active,
  Authentication,
  Look,
  Operator,
  OperatorAccess,
  OperatorRight,
  PendingLogin,
  Presented,
} from '../contract/access.ts'
import { AuthError, isAuthError, kernelErrors } from '../contract/errors.ts'
import { asUser, type Ctx } from '../ctx.ts'
import type { ReadAccess, ReadDemands } from './demands.ts'
import { isSafe, isSafeMethod, type RequestLike } from './headers.ts'
import type { Route } from './pipeline.ts'

/** Knows credentials. Features give it; `kernel/http` only asks. */
export interface AccessPort {
  authenticate(ctx: Ctx, presented: Presented, look: Look): Promise<Authentication>
  /** The login a token stands for; `undefined` when it is unknown, spent or expired. */
  pendingLogin(ctx: Ctx, token: string): Promise<PendingLogin | undefined>
  /**
   * Who acts as an operator; absent where there is no panel.
   *
   * @throws unauthorized | forbidden | session_revoked | unavailable
   */
  readonly operator?: ((ctx: Ctx, presented: Presented) => Promise<Operator>) | undefined
  /** The operator that a parameter is about; `undefined` when it is nobody, or a user who is none. */
  readonly operatorAt?:
    | ((ctx: Ctx, parameter: NonNullable<OperatorAccess['on']>, value: string) => Promise<string | undefined>)
    | undefined
}

/** Who the caller turned out to be, and the ctx that says so. */
export interface Admitted {
  readonly ctx: Ctx
  readonly auth: Active | PendingLogin | Operator | undefined
}

/** Whom the audit log names where a script acts with the secret. */
const scriptActor = 'admin secret'

/** Lets callers in. */
export interface Gatekeeper {
  /** @throws unauthorized | session_revoked | login_expired | forbidden | step_up_required | unavailable */
  admit(ctx: Ctx, access: ReadAccess, presented: Presented, loginToken: () => Promise<string | undefined>): Promise<Admitted>
  /** Once it is known on whom an operator wants to act. @throws forbidden | unavailable */
  assertMayActOn(ctx: Ctx, operator: Operator, parameter: NonNullable<OperatorAccess['on']>, value: string): Promise<void>
}

/** Builds the gatekeeper over what the features know. */
export function createGatekeeper(port: AccessPort, logger: Logger): Gatekeeper {
  /** A look that failed for an unexpected reason is "cannot know". */
  async function certain<T>(found: Promise<T>): Promise<T> {
    try {
      return await found
    } catch (error) {
      if (isAuthError(error)) throw error
      logger.error({ err: error }, 'a caller could not be checked')
      throw new AuthError(kernelErrors.unavailable, { cause: error })
    }
  }

  async function admitPending(ctx: Ctx, token: string | undefined): Promise<Admitted> {
    const auth = token === undefined ? undefined : await certain(port.pendingLogin(ctx, token))
    if (!auth) throw new AuthError(kernelErrors.login_expired)
    return { ctx, auth }
  }

  async function admitOperator(ctx: Ctx, presented: Presented, right: OperatorRight): Promise<Admitted> {
    if (!port.operator) throw new AuthError(kernelErrors.forbidden)
    const auth = await certain(port.operator(ctx, presented))
    if (!auth.rights.includes(right)) throw new AuthError(kernelErrors.forbidden)
    const actor = auth.userId === undefined ? ({ kind: 'system', id: scriptActor } as const) : asUser(ctx, auth.userId).actor
    return { ctx: { ...ctx, actor }, auth }
  }

  return {
    async assertMayActOn(ctx, { role, userId }, parameter, value) {
      if (role === 'owner' || !port.operatorAt) return
      const other = await certain(port.operatorAt(ctx, parameter, value))
      if (other !== undefined && other !== userId) throw new AuthError(kernelErrors.forbidden)
    },
    async admit(ctx, access, presented, loginToken) {
      if (access === 'public') return { ctx, auth: undefined }
      if (access === 'pending-login') return admitPending(ctx, (await loginToken()) ?? presented.loginCookie)
      if ('operator' in access) return admitOperator(ctx, presented, access.operator)
      const auth = assertActive(await certain(port.authenticate(ctx, presented, access)))
      assertDemands(auth, access, ctx.at)
      return { ctx: { ...asUser(ctx, auth.userId, auth.impersonation?.operatorId), tenantId: auth.tenantId }, auth }
    },
  }
}

/**
 * Takes the one status that passes.
 *
 * @throws unauthorized, or the error the credentials were refused with
 */
export function assertActive(found: Authentication): Active {
  if (found.status === 'active') return found
  if (found.status === 'none') throw new AuthError(kernelErrors.unauthorized)
  throw found.error
}

/**
 * Checks what is asked beyond a session; `auth.require` and every guard end here.
 *
 * @throws forbidden | step_up_required
 * @example
 * ```ts
 * assertDemands(active, readDemands({ role: 'admin', aal: 2, within: '10m' }), ctx.at)
 * ```
 */
export function assertDemands(active: Active, demands: ReadDemands, now: Date): void {
  const { role, aal, withinMs } = demands
  if (role !== undefined && active.role !== role && !active.roles.includes(role)) throw new AuthError(kernelErrors.forbidden)
  if (aal !== undefined && !(active.aal >= aal)) throw new AuthError(kernelErrors.step_up_required)
  if (withinMs === undefined) return
  const latest = Math.max(...active.evidence.map((evidence) => evidence.at.getTime())) // -Infinity without evidence: refused
  if (!(now.getTime() - latest <= withinMs)) throw new AuthError(kernelErrors.step_up_required)
}

/**
 * Holds operators who see what a user sees to looking. Asked of every guarded request, so the request is looked at last.
 *
 * @throws impersonation_refused
 */
export function assertMayChange({ impersonation }: Active, request: RequestLike): void {
  if (impersonation?.readOnly && !isSafe(request)) throw new AuthError(kernelErrors.impersonation_refused)
}

/**
 * The same for endpoints. What changes something of ours is the user's own (credentials, devices, data), however much the operator may.
 *
 * @throws impersonation_refused
 */
export function assertMayCall({ impersonation }: Active, { endpoint: { impersonated, method }, isHosts = false }: Route): void {
  if (!impersonation || impersonated === true) return
  const mayChange = isHosts && !impersonation.readOnly
  if (impersonated === false || !(mayChange || isSafeMethod(method))) throw new AuthError(kernelErrors.impersonation_refused)
}
