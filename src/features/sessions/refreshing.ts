/**
 * How a session goes on: its credential is exchanged for the next one.
 *
 * Invariant: of N racing refreshes one rotates, a retry gets the same child for 30 s, and a genuine credential shown later ends its family
 * (RFC 9700 §4.14.2).
 *
 * @module
 */
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { asUser, type Ctx, type Tx } from '../../kernel/ctx.ts'
import type { UserRecord } from '../users/index.ts'
import { E } from './contract.ts'
import { type Credential, isDigestOf } from './credential.ts'
import type { LoginAnswer, SessionsDeps, Started } from './service.ts'
import { isAlive, isDatedAhead, isInGrace } from './standing.ts'
import type { SessionState } from './store.ts'

interface RefreshingDeps
  extends Pick<
    SessionsDeps,
    | 'credentials'
    | 'records'
    | 'states'
    | 'transaction'
    | 'invalidate'
    | 'user'
    | 'userState'
    | 'toUser'
    | 'buildClaims'
    | 'mayImpersonate'
  > {
  end(tx: Tx, sessionHandle: string, by: string): Promise<boolean>
  idleEnd(at: Date, state: SessionState): Date
  isBarred(ctx: Ctx, userId: string, found: UserRecord): Promise<boolean>
  grant(ctx: Ctx, started: Started): Promise<LoginAnswer>
}

/** Builds what exchanges credentials. */
export function createRefreshing(deps: RefreshingDeps) {
  const { credentials, records, states, transaction, invalidate, end, idleEnd, isBarred, grant } = deps

  /**
   * Exchanges a credential for its successor.
   *
   * Of racing callers one rotates; the others, and a retry within 30 s, get the same child. A genuine credential shown later than that
   * was copied: its family ends (RFC 9700 §4.14.2).
   *
   * @throws refresh_rejected | unavailable
   */
  async function refresh(ctx: Ctx, text: string | undefined, delivery: 'cookie' | 'bearer'): Promise<LoginAnswer> {
    const credential = text === undefined ? undefined : credentials.parse(text)
    const state = credential && (await states(ctx).find(credential.handle))
    if (!credential || state?.delivery !== delivery) throw new AuthError(E.refresh_rejected)
    const user = await standing(ctx, state)
    if (isDigestOf(state.currentDigest, credential)) {
      const rotated = await rotate(ctx, state, credential, user)
      if (rotated) return grant(ctx, rotated)
    }
    const current = await states(ctx).find(credential.handle)
    const child = current && retried(current, credential, ctx.at)
    if (current && child !== undefined) return grant(ctx, { state: current, credential: child, user })
    if (credential.genuine && current?.revokedAt === null) await endFamily(ctx, current)
    throw new AuthError(E.refresh_rejected)
  }

  /** @throws refresh_rejected when the session, or what its user is, no longer stands */
  async function standing(ctx: Ctx, state: SessionState): Promise<UserRecord> {
    const user = await deps.user(ctx, state.userId)
    const record = await records(ctx).find(state.sessionHandle)
    if (!user || !record || !isAlive(state, await deps.userState(ctx, state.userId), ctx.at))
      throw new AuthError(E.refresh_rejected)
    if (await isBarred(ctx, state.userId, user)) throw new AuthError(E.refresh_rejected)
    const { impersonation } = state
    if (impersonation && !(await deps.mayImpersonate(ctx, impersonation.operatorId, state.userId)))
      throw new AuthError(E.refresh_rejected)
    return user
  }

  async function rotate(ctx: Ctx, state: SessionState, parent: Credential, user: UserRecord): Promise<Started | undefined> {
    const rotationKeyId = credentials.rotationKeyId()
    const child = credentials.successor(parent, rotationKeyId)
    if (!child) throw new Error('the newest rotation key is missing from its own ring')
    const claims = await deps.buildClaims(deps.toUser(user, ctx.tenantId), {
      tenantId: ctx.tenantId,
      sessionHandle: state.sessionHandle,
    })
    const expiresAt = idleEnd(ctx.at, state)
    const rotated = await transaction(asUser(ctx, state.userId, state.impersonation?.operatorId), async (tx) => {
      const step = { sessionHandle: state.sessionHandle, from: parent.digest, to: child.digest, rotationKeyId, expiresAt, claims }
      if (!(await states(tx).rotate(step))) return false
      await records(tx).touch(state.sessionHandle, tx.at, expiresAt)
      await invalidate(tx, [{ kind: 'session', id: state.sessionHandle }])
      tx.emit('identity.session.rotated', { userId: state.userId, sessionId: state.sessionHandle, data: {} })
      return true
    })
    return rotated
      ? { state: { ...state, currentDigest: child.digest, expiresAt, claims }, credential: child.text, user }
      : undefined
  }

  /**
   * The child a retry of the parent gets, while the child is still the newest and the parent's 30 s last.
   *
   * @throws unavailable when another node rotated under a secret that this one does not have, or at a time that has yet to come here: no reason
   *   to take the retry for a copy, and none to take a copy for the retry
   */
  function retried(state: SessionState, parent: Credential, at: Date): string | undefined {
    const isParent = isDigestOf(state.previousDigest, parent) && state.revokedAt === null
    if (!isParent || state.rotationKeyId === null) return undefined
    if (isDatedAhead(state, at)) throw new AuthError(kernelErrors.unavailable)
    if (!isInGrace(state, at)) return undefined
    const child = credentials.successor(parent, state.rotationKeyId)
    if (!child) throw new AuthError(kernelErrors.unavailable)
    return isDigestOf(state.currentDigest, child) ? child.text : undefined
  }

  async function endFamily(ctx: Ctx, state: SessionState): Promise<void> {
    const { impersonation } = state
    await transaction(impersonation ? asUser(ctx, state.userId, impersonation.operatorId) : ctx, async (tx) => {
      if (!(await end(tx, state.sessionHandle, 'reuse'))) return
      const { userId, sessionHandle: sessionId, delivery } = state
      tx.emit('identity.session.reuse-detected', { userId, sessionId, data: { delivery } })
    })
  }

  return { refresh }
}
