import type { Delivery, Evidence } from '../../kernel/contract/access.ts'
import type { Grant, Granted } from '../../kernel/contract/endpoint.ts'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { asUser, type Ctx, type Tx } from '../../kernel/ctx.ts'
import type { Gives } from '../feature.ts'
import type { User, UserRecord, UserState } from '../users/index.ts'
import { E } from './contract.ts'
import { type Credential, type Credentials, isDigestOf } from './credential.ts'
import { deviceLabel } from './device.ts'
import { createEnding, type EndingDeps } from './ending.ts'
import { createInUse } from './in-use.ts'
import { isAlive, isDatedAhead, isInGrace } from './standing.ts'
import type { SessionQuery, SessionRecord, SessionState } from './store.ts'

/** Lengths of a session's life in milliseconds. */
export interface Lifetimes {
  readonly accessTtl: number
  readonly idle: number
  readonly absolute: number
}

/** Those of an operator's session (NIST SP 800-63B-4 §2.2.3): contract of the house, no option. */
const operatorLifetimes = { idle: 30 * 60_000, absolute: 12 * 3_600_000 }

/** Everything about a session that is worked out before its transaction begins. */
export interface Opening {
  readonly user: UserRecord
  readonly record: SessionRecord
  readonly sessionHandle: string
  readonly evidence: readonly Evidence[]
  readonly delivery: Delivery
  readonly claims: Readonly<Record<string, unknown>>
}

/** A session that has just begun, with the one copy of its credential. */
export interface Started {
  readonly state: SessionState
  readonly credential: string
  readonly user: UserRecord
}

interface SessionsDeps extends EndingDeps {
  readonly credentials: Credentials
  readonly lifetimes: Lifetimes
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  userState(ctx: Ctx, userId: string): Promise<UserState>
  holdUser(tx: Tx, userId: string): Promise<void>
  user(ctx: Ctx, userId: string): Promise<UserRecord | undefined>
  toUser(user: UserRecord, tenantId: string): User
  gates(): readonly Gives['gate'][]
  signAccessToken(ctx: Ctx, state: SessionState): Promise<string>
  buildClaims(user: User, at: { tenantId: string; sessionHandle: string }): Promise<Readonly<Record<string, unknown>>>
  newId(): string
  /** Takes the record of a session back that never began. */
  discard(sessionHandle: string): void
}

/** The answer of every way to get or keep a session. */
export type LoginAnswer = Granted<{ status: 'active'; user: User }>

/** Sessions: begun by a login, kept by rotation, ended for good. */
export function createSessions(deps: SessionsDeps) {
  const { credentials, lifetimes, records, states, transaction, invalidate } = deps
  const { end, endAll, endSurplus } = createEnding(deps)

  /** What may be slow or is the application's code: before the transaction. */
  async function prepare(ctx: Ctx, of: Pick<Opening, 'user' | 'evidence' | 'delivery'>): Promise<Opening> {
    const absoluteExpiresAt = after(ctx.at, livesOf(of.delivery).absolute)
    const store = records(ctx)
    // A store of the application cannot be told of a longer life later on.
    const expiresAt = store.open ? absoluteExpiresAt : idleEnd(ctx.at, { ...of, absoluteExpiresAt })
    const record = toRecord(ctx, of.user.id, expiresAt)
    const sessionHandle = (await store.open?.(record)) ?? deps.newId()
    const at = { tenantId: ctx.tenantId, sessionHandle }
    const claims = await deps.buildClaims(deps.toUser(of.user, ctx.tenantId), at).catch((error: unknown) => {
      deps.discard(sessionHandle)
      throw error
    })
    return { ...of, record: { ...record, sessionHandle }, sessionHandle, claims }
  }

  async function start(tx: Tx, opening: Opening): Promise<Started> {
    const { user, record, sessionHandle, evidence, delivery, claims } = opening
    const credential = credentials.fresh(sessionHandle)
    const absoluteExpiresAt = after(tx.at, livesOf(delivery).absolute)
    const state: SessionState = {
      sessionHandle,
      userId: user.id,
      delivery,
      currentDigest: credential.digest,
      previousDigest: null,
      rotatedAt: null,
      rotationKeyId: null,
      tokenVersion: (await deps.userState(tx, user.id)).tokenVersion,
      touchedAt: tx.at,
      evidence,
      claims,
      expiresAt: idleEnd(tx.at, { delivery, absoluteExpiresAt }),
      absoluteExpiresAt,
      revokedAt: null,
    }
    await states(tx).create(state)
    await records(tx).create(record)
    await endSurplus(tx, user.id, sessionHandle)
    tx.emit('identity.session.created', { userId: user.id, sessionId: sessionHandle, data: { device: record.device } })
    return { state, credential: credential.text, user }
  }

  /** What the caller takes away: a cookie, or an access token and a refresh token. */
  async function grant(ctx: Ctx, { state, credential, user }: Started): Promise<LoginAnswer> {
    const value = { status: 'active' as const, user: deps.toUser(user, ctx.tenantId) }
    if (state.delivery === 'admin') {
      const set = [{ cookie: 'admin' as const, value: credential, expiresAt: state.absoluteExpiresAt }]
      return { value, grant: { set, clear: ['login'] } }
    }
    if (state.delivery === 'cookie') {
      const set = [{ cookie: 'session' as const, value: credential, expiresAt: state.absoluteExpiresAt }]
      return { value, grant: { set, clear: ['login'], csrfBinding: state.sessionHandle } }
    }
    const accessToken = await deps.signAccessToken(ctx, state)
    return { value, grant: { tokens: { accessToken, refreshToken: credential, expiresIn: lifetimes.accessTtl / 1000 } } }
  }

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
    const rotated = await transaction(asUser(ctx, state.userId), async (tx) => {
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
    await transaction(ctx, async (tx) => {
      if (!(await end(tx, state.sessionHandle, state.userId, 'reuse'))) return
      const { userId, sessionHandle: sessionId, delivery } = state
      tx.emit('identity.session.reuse-detected', { userId, sessionId, data: { delivery } })
    })
  }

  const ownerOf = async (ctx: Ctx, sessionHandle: string) => (await states(ctx).find(sessionHandle))?.userId

  /** Ends one session of this user; another's looks the same as none. @throws not_found */
  async function revoke(ctx: Ctx, userId: string | undefined, sessionHandle: string): Promise<void> {
    const state = await states(ctx).find(sessionHandle)
    const mine = state !== undefined && (userId === undefined || state.userId === userId)
    const ended = mine && (await transaction(ctx, (tx) => end(tx, sessionHandle, state.userId, ctx.actor.kind)))
    if (!ended) throw new AuthError(kernelErrors.not_found)
  }

  /** Ends the session of whatever was presented. Never says whether there was one. */
  async function logout(ctx: Ctx, text: string | undefined): Promise<Granted<undefined>> {
    const credential = text === undefined ? undefined : credentials.parse(text)
    const state = credential && (await states(ctx).find(credential.handle))
    const isCredential = state && (isDigestOf(state.currentDigest, credential) || isDigestOf(state.previousDigest, credential))
    return leave(ctx, isCredential ? state : undefined)
  }

  /** Ends the session that a caller was found to have, if any. */
  async function leave(ctx: Ctx, found?: Pick<SessionState, 'userId' | 'sessionHandle'>): Promise<Granted<undefined>> {
    if (found) {
      const { userId, sessionHandle } = found
      await transaction(asUser(ctx, userId), async (tx) => {
        if (!(await end(tx, sessionHandle, userId, 'logout'))) return
        tx.emit('identity.auth.logout', { userId, sessionId: sessionHandle, data: { everywhere: false } })
      })
    }
    return { value: undefined, grant: clearAll }
  }

  async function logoutAll(ctx: Ctx, userId: string): Promise<Granted<undefined>> {
    await transaction(ctx, async (tx) => {
      await endAllHeld(tx, userId, 'logout')
      tx.emit('identity.auth.logout', { userId, data: { everywhere: true } })
    })
    return { value: undefined, grant: clearAll }
  }

  const revokeOthers = (ctx: Ctx, userId: string, keep?: string): Promise<number> =>
    transaction(ctx, (tx) => endAllHeld(tx, userId, ctx.actor.kind, keep))

  /** The user before their sessions, as wherever a user's standing ends: transactions lock them in one order. */
  async function endAllHeld(tx: Tx, userId: string, by: string, keep?: string): Promise<number> {
    await deps.holdUser(tx, userId)
    return endAll(tx, userId, by, keep)
  }

  /** The newest first: the order is that of our half, a store of the application promises none. */
  async function list(ctx: Ctx, userId: string, current?: string) {
    const living = await states(ctx).living(userId)
    const known = new Map((await records(ctx).listForUser(userId)).map((record) => [record.sessionHandle, record]))
    const own = living.flatMap((handle) => known.get(handle) ?? [])
    return { sessions: own.map((session) => ({ ...session, current: session.sessionHandle === current })), nextCursor: null }
  }

  /** One page for operators. What a store of the application says of a session that has ended is not believed. */
  async function listForOperators(ctx: Ctx, { limit, cursor, sort, ...filter }: SessionQuery) {
    const store = records(ctx)
    const isUnasked = [filter.userId, filter.ip, sort].every((one) => one === undefined)
    if (store.listsNobodys && isUnasked) return listLiving(ctx, { limit, cursor })
    const page = await store.list({ limit, cursor, sort, ...filter })
    const living = store.open ? await states(ctx).alive(page.sessions.map(({ sessionHandle }) => sessionHandle)) : undefined
    const sessions = page.sessions.filter(({ sessionHandle }) => living?.has(sessionHandle) ?? true)
    const total = await store.count?.(filter)
    return {
      sessions: sessions.map((session) => ({ ...session, current: false })),
      nextCursor: page.nextCursor,
      ...(total && { total }),
    }
  }

  /** Everybody's by our half, each with what a store says of it that cannot list. */
  async function listLiving(ctx: Ctx, of: Pick<SessionQuery, 'limit' | 'cursor'>) {
    const { handles, nextCursor } = await states(ctx).page(of)
    const found = await Promise.all(handles.map((handle) => records(ctx).find(handle)))
    return { sessions: found.flatMap((session) => (session ? [{ ...session, current: false }] : [])), nextCursor }
  }

  /** Also of somebody who is gone from a store of the application. @throws not_found when there is neither a user nor a session */
  async function revokeAllOf(ctx: Ctx, userId: string): Promise<number> {
    const isKnown = (await deps.user(ctx, userId)) !== undefined || (await states(ctx).living(userId)).length > 0
    if (!isKnown) throw new AuthError(kernelErrors.not_found)
    return transaction(ctx, async (tx) => {
      const ended = await endAllHeld(tx, userId, ctx.actor.kind)
      tx.emit('identity.session.all-revoked', { userId, data: { sessions: ended }, audit: { target: userId } })
      return ended
    })
  }

  const livesOf = (delivery: Delivery) => (delivery === 'admin' ? operatorLifetimes : lifetimes)
  const idleEnd = (at: Date, { delivery, absoluteExpiresAt }: Pick<SessionState, 'delivery' | 'absoluteExpiresAt'>): Date =>
    new Date(Math.min(at.getTime() + livesOf(delivery).idle, absoluteExpiresAt.getTime()))
  const { touch, isBarred } = createInUse({ ...deps, end, idleEnd })

  return {
    prepare,
    start,
    discard: ({ sessionHandle }: Opening) => deps.discard(sessionHandle),
    grant,
    refresh,
    endAll,
    ownerOf,
    revoke,
    revokeOthers,
    logout,
    leave,
    logoutAll,
    list,
    listForOperators,
    revokeAllOf,
    touch,
  }
}

/** The part of sessions that decides. */
export type Sessions = ReturnType<typeof createSessions>

const clearAll: Grant = { clear: ['session', 'login'] }

const after = (at: Date, ms: number): Date => new Date(at.getTime() + ms)

const toRecord = (ctx: Ctx, userId: string, expiresAt: Date): Omit<SessionRecord, 'sessionHandle'> => ({
  userId,
  tenantId: ctx.tenantId,
  createdAt: ctx.at,
  expiresAt,
  lastActiveAt: ctx.at,
  userAgent: (ctx.from?.userAgent ?? '').slice(0, 512),
  ipAddress: ctx.from?.ip ?? null,
  device: deviceLabel(ctx.from?.userAgent ?? ''),
  data: {},
})
