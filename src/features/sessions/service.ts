import type { Delivery, Evidence, Impersonation } from '../../kernel/contract/access.ts'
import type { Grant, Granted } from '../../kernel/contract/endpoint.ts'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { asUser, type Ctx, type Tx } from '../../kernel/ctx.ts'
import type { Gives } from '../feature.ts'
import type { User, UserRecord, UserState } from '../users/index.ts'
import { type Credentials, isDigestOf } from './credential.ts'
import { deviceLabel } from './device.ts'
import { createEnding, type EndingDeps } from './ending.ts'
import { createInUse } from './in-use.ts'
import { createListing } from './listing.ts'
import { createRefreshing } from './refreshing.ts'
import type { SessionRecord, SessionState } from './store.ts'

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
  /** Where an operator sees what the user sees. */
  readonly impersonation?: Impersonation
}

/** A session that has just begun, with the one copy of its credential. */
export interface Started {
  readonly state: SessionState
  readonly credential: string
  readonly user: UserRecord
}

/** What is known of a session that ends; where the user left by a credential of it, not by whom it was delivered. */
type Leaving = Pick<SessionState, 'userId' | 'sessionHandle' | 'impersonation'> & Partial<Pick<SessionState, 'delivery'>>

export interface SessionsDeps extends EndingDeps {
  readonly credentials: Credentials
  readonly lifetimes: Lifetimes
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  userState(ctx: Ctx, userId: string): Promise<UserState>
  holdUser(tx: Tx, userId: string): Promise<void>
  user(ctx: Ctx, userId: string): Promise<UserRecord | undefined>
  toUser(user: UserRecord, tenantId: string): User
  gates(): readonly Gives['gate'][]
  /** Whether an operator may still see what this user sees. */
  mayImpersonate(ctx: Ctx, operatorId: string, userId: string): Promise<boolean>
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
  const { credentials, lifetimes, records, states, transaction } = deps
  const { end, endAll, endImpersonationsBy, endSurplus } = createEnding(deps)

  /** What may be slow or is the application's code: before the transaction. */
  async function prepare(ctx: Ctx, of: Pick<Opening, 'user' | 'evidence' | 'delivery' | 'impersonation'>): Promise<Opening> {
    const absoluteExpiresAt = endOf(ctx, of)
    const store = records(ctx)
    // A store of the application cannot be told of a longer life later on.
    const expiresAt = store.open ? absoluteExpiresAt : idleEnd(ctx.at, { ...of, absoluteExpiresAt })
    // Where an operator was is not the user's to know.
    const record = toRecord(ctx, of.user.id, expiresAt, of.impersonation ? undefined : ctx.from)
    const sessionHandle = (await store.open?.(record)) ?? deps.newId()
    const at = { tenantId: ctx.tenantId, sessionHandle }
    const claims = await deps.buildClaims(deps.toUser(of.user, ctx.tenantId), at).catch((error: unknown) => {
      deps.discard(sessionHandle)
      throw error
    })
    return { ...of, record: { ...record, sessionHandle }, sessionHandle, claims }
  }

  async function start(tx: Tx, opening: Opening): Promise<Started> {
    const { user, record, sessionHandle, evidence, delivery, claims, impersonation } = opening
    const credential = credentials.fresh(sessionHandle)
    const absoluteExpiresAt = endOf(tx, opening)
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
      ...(impersonation && { impersonation }),
    }
    await states(tx).create(state)
    await records(tx).create(record)
    if (impersonation) return { state, credential: credential.text, user } // no login of the user's, and no device of theirs makes room for it
    await endSurplus(tx, user.id, sessionHandle)
    tx.emit('identity.session.created', { userId: user.id, sessionId: sessionHandle, data: { device: record.device } })
    return { state, credential: credential.text, user }
  }

  /**
   * Has an operator see what a user sees, in a session that rests on no proof and is delivered to a browser alone.
   *
   * @param within decides in the same transaction whether that may be
   */
  async function impersonate(
    ctx: Ctx,
    user: UserRecord,
    impersonation: Impersonation,
    within: (tx: Tx, sessionHandle: string) => Promise<void>,
  ): Promise<LoginAnswer> {
    const opening = await prepare(ctx, { user, evidence: [], delivery: 'cookie', impersonation })
    const begun = transaction(ctx, async (tx) => {
      await within(tx, opening.sessionHandle)
      return start(tx, opening)
    })
    const started = await begun.catch((error: unknown) => {
      deps.discard(opening.sessionHandle)
      throw error
    })
    return grant(ctx, started)
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

  const ownerOf = async (ctx: Ctx, sessionHandle: string) => (await states(ctx).find(sessionHandle))?.userId

  /** An operator's is ended with them held: an impersonation that begins at the same moment ends with it, or finds it over. */
  async function endHeld(tx: Tx, { userId, sessionHandle, delivery }: Leaving, by: string): Promise<boolean> {
    if (delivery === 'admin') await deps.holdUser(tx, userId)
    return end(tx, sessionHandle, by)
  }

  /** Ends one session of this user; another's looks the same as none. @throws not_found */
  async function revoke(ctx: Ctx, userId: string | undefined, sessionHandle: string): Promise<void> {
    const state = await states(ctx).find(sessionHandle)
    const mine = state !== undefined && (userId === undefined || state.userId === userId)
    const by = userId === undefined ? operating(ctx) : ctx.actor.kind
    const ended = mine && (await transaction(ctx, (tx) => endHeld(tx, state, by)))
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
  async function leave(ctx: Ctx, found?: Leaving): Promise<Granted<undefined>> {
    if (found) {
      const { userId, sessionHandle, impersonation } = found
      await transaction(asUser(ctx, userId, impersonation?.operatorId), async (tx) => {
        if (!(await endHeld(tx, found, 'logout'))) return
        if (impersonation) return
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

  const revokeOthers = (ctx: Ctx, userId: string, keep: string): Promise<number> =>
    transaction(ctx, (tx) => endAllHeld(tx, userId, ctx.actor.kind, keep))

  /** Has an operator end every session of a user, as one of many. */
  const revokeEvery = (ctx: Ctx, userId: string): Promise<number> =>
    transaction(ctx, (tx) => endAllHeld(tx, userId, operating(ctx)))

  /** The user before their sessions, as wherever a user's standing ends: transactions lock them in one order. */
  async function endAllHeld(tx: Tx, userId: string, by: string, keep?: string): Promise<number> {
    await deps.holdUser(tx, userId)
    return endAll(tx, userId, by, keep)
  }

  /** Also of somebody who is gone from a store of the application. @throws not_found when there is neither a user nor a session */
  async function revokeAllOf(ctx: Ctx, userId: string): Promise<number> {
    const isKnown = (await deps.user(ctx, userId)) !== undefined || (await states(ctx).living(userId)).length > 0
    if (!isKnown) throw new AuthError(kernelErrors.not_found)
    return transaction(ctx, async (tx) => {
      const ended = await endAllHeld(tx, userId, operating(ctx))
      tx.emit('identity.session.all-revoked', { userId, data: { sessions: ended }, audit: { target: userId } })
      return ended
    })
  }

  const livesOf = (delivery: Delivery) => (delivery === 'admin' ? operatorLifetimes : lifetimes)
  const idleEnd = (at: Date, { delivery, absoluteExpiresAt }: Pick<SessionState, 'delivery' | 'absoluteExpiresAt'>): Date =>
    new Date(Math.min(at.getTime() + livesOf(delivery).idle, absoluteExpiresAt.getTime()))
  const endOf = ({ at }: Ctx, { delivery, impersonation }: Pick<Opening, 'delivery' | 'impersonation'>): Date =>
    impersonation?.endsAt ?? after(at, livesOf(delivery).absolute)
  const { touch, isBarred } = createInUse({ ...deps, end, idleEnd })
  const { refresh } = createRefreshing({ ...deps, end, idleEnd, isBarred, grant })

  return {
    prepare,
    start,
    impersonate,
    discard: ({ sessionHandle }: Opening) => deps.discard(sessionHandle),
    grant,
    refresh,
    end,
    endAll,
    endImpersonationsBy,
    ownerOf,
    revoke,
    revokeOthers,
    revokeEvery,
    logout,
    leave,
    logoutAll,
    ...createListing(deps),
    revokeAllOf,
    touch,
  }
}

/** The part of sessions that decides. */
export type Sessions = ReturnType<typeof createSessions>

const clearAll: Grant = { clear: ['session', 'login'] }

/** Who ends the sessions of others: a user who does is an operator; scripts and the system stay what they are. */
const operating = ({ actor }: Ctx): string => (actor.kind === 'user' ? 'operator' : actor.kind)

const after = (at: Date, ms: number): Date => new Date(at.getTime() + ms)

const toRecord = (ctx: Ctx, userId: string, expiresAt: Date, from: Ctx['from']): Omit<SessionRecord, 'sessionHandle'> => ({
  userId,
  tenantId: ctx.tenantId,
  createdAt: ctx.at,
  expiresAt,
  lastActiveAt: ctx.at,
  userAgent: (from?.userAgent ?? '').slice(0, 512),
  ipAddress: from?.ip ?? null,
  device: deviceLabel(from?.userAgent ?? ''),
  data: {},
})
