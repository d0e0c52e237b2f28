/**
 * Authenticating a request: a credential in, the caller or a reason out.
 *
 * Invariant: every check reads the session's rows, so an ended session is refused on the next request; what cannot be read is
 * `unavailable`, never "active" and never "logged out". Looking never writes and never ends anything.
 *
 * @module
 */
import type { Aal, Active, Authentication, Evidence, Presented } from '../../kernel/contract/access.ts'
import { AuthError, isAuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { User, UserRecord, UserState } from '../users/index.ts'
import { E } from './contract.ts'
import type { Credentials } from './credential.ts'
import type { SessionRecord, SessionState, SessionStateStore, SessionStore } from './store.ts'

/** What an access token says, once its signature holds. */
export interface AccessClaims {
  readonly userId: string
  readonly sessionHandle: string
  readonly tenantId: string
  readonly tokenVersion: number
}

interface AuthenticateDeps {
  readonly credentials: Credentials
  records(ctx: Ctx): SessionStore
  states(ctx: Ctx): SessionStateStore
  userState(ctx: Ctx, userId: string): Promise<UserState>
  user(ctx: Ctx, userId: string): Promise<UserRecord>
  toUser(user: UserRecord, tenantId: string): User
  verifyAccessToken(ctx: Ctx, token: string): Promise<AccessClaims | undefined>
  /** A living session was seen; called for every answer `active`. */
  seen(session: SessionRecord, state: SessionState, ctx: Ctx): void
}

/** How long the parent of a rotated credential is still taken: other tabs may hold it. */
const graceMs = 30_000

/** Builds `authenticate`. It never throws. */
export function createAuthenticate(deps: AuthenticateDeps) {
  return async function authenticate(ctx: Ctx, presented: Presented): Promise<Authentication> {
    try {
      if (presented.bearer !== undefined) return await byAccessToken(ctx, presented.bearer)
      if (presented.sessionCookie !== undefined) return await byCookie(ctx, presented.sessionCookie)
      return { status: 'none' }
    } catch (error) {
      const known = isAuthError(error, 'unavailable') ? error : new AuthError(kernelErrors.unavailable, { cause: error })
      return { status: 'unavailable', error: known }
    }
  }

  async function byCookie(ctx: Ctx, text: string): Promise<Authentication> {
    const credential = deps.credentials.parse(text)
    if (!credential) return invalid(kernelErrors.unauthorized)
    const state = await deps.states(ctx).find(credential.handle)
    const isHeld = state?.delivery === 'cookie' && holds(state, credential.digest, ctx.at)
    return isHeld ? alive(ctx, state, 'cookie') : invalid(E.session_revoked)
  }

  async function byAccessToken(ctx: Ctx, token: string): Promise<Authentication> {
    const claims = await deps.verifyAccessToken(ctx, token)
    if (!claims || claims.tenantId !== ctx.tenantId) return invalid(kernelErrors.unauthorized)
    const state = await deps.states(ctx).find(claims.sessionHandle)
    const same = state?.userId === claims.userId && state.delivery === 'bearer' && state.tokenVersion === claims.tokenVersion
    return state && same ? alive(ctx, state, 'bearer') : invalid(E.session_revoked)
  }

  async function alive(ctx: Ctx, state: SessionState, via: Active['via']): Promise<Authentication> {
    const [record, userState] = await Promise.all([
      deps.records(ctx).find(state.sessionHandle),
      deps.userState(ctx, state.userId),
    ])
    if (!record || !isAlive(state, userState, ctx.at)) return invalid(E.session_revoked)
    deps.seen(record, state, ctx)
    const user = deps.toUser(await deps.user(ctx, state.userId), ctx.tenantId)
    return {
      status: 'active',
      via,
      userId: state.userId,
      tenantId: ctx.tenantId,
      sessionHandle: state.sessionHandle,
      role: user.role,
      roles: user.roles,
      claims: state.claims,
      aal: aalOf(state.evidence),
      evidence: state.evidence,
      user: async () => user,
    }
  }
}

/** Whether nothing has ended this session: its own end, its time, the user's standing. */
export const isAlive = (state: SessionState, user: UserState, at: Date): boolean =>
  state.revokedAt === null && state.expiresAt > at && user.disabledAt === null && state.tokenVersion === user.tokenVersion

const holds = (state: SessionState, digest: string, at: Date): boolean =>
  state.currentDigest === digest || (state.previousDigest === digest && isInGrace(state, at))

/** Whether the parent of the current credential may still be shown. */
export const isInGrace = (state: SessionState, at: Date): boolean =>
  state.rotatedAt !== null && at.getTime() - state.rotatedAt.getTime() <= graceMs

/** Two factors of different methods are AAL 2 (NIST SP 800-63B-4 §2.2). */
export const aalOf = (evidence: readonly Evidence[]): Aal => (new Set(evidence.map(({ amr }) => amr)).size > 1 ? 2 : 1)

const invalid = (def: ConstructorParameters<typeof AuthError>[0]): Authentication => ({
  status: 'invalid',
  error: new AuthError(def),
})
