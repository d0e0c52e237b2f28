/**
 * Authenticating a request: a credential in, the caller or a reason out.
 *
 * Invariant: an ended session is refused on the next request of this process, and on others as soon as they hear of it; what cannot be
 * known is `unavailable`, never "active" and never "logged out". Looking never writes and never ends anything.
 *
 * Two maps keep a warm check from asking anybody: credential to what it says (`readings`), session to how it stands (`cache`).
 *
 * @module
 */
import { LRUCache } from 'lru-cache'
import type { Logger } from '../../kernel/ambient/ambient.ts'
import type { Aal, Active, Authentication, Evidence, Look, Presented } from '../../kernel/contract/access.ts'
import { AuthError, isAuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { User, UserRecord } from '../users/index.ts'
import type { VerifiedToken } from './access-token.ts'
import type { CoherentCache, Versioned } from './cache.ts'
import { E } from './contract.ts'
import { type Credential, type Credentials, isDigestOf } from './credential.ts'
import { touchEveryMs } from './in-use.ts'
import { holds, isAlive, type Standing } from './standing.ts'
import type { SessionState } from './store.ts'

/** A session as it is remembered: how it stands, and the caller it makes. */
export interface Known extends Versioned {
  readonly standing: Standing
  readonly active: Active
  /** Until when it may be remembered: a store of the application does not tell us of its changes. Absent where all of it is ours. */
  readonly untilMs?: number
  /** When its use was last noted, as far as this process knows. */
  readonly touchedMs: number
}

/** The session a credential points at, and what has to hold of it. */
interface Claim {
  readonly handle: string
  fits(standing: Standing): boolean
  /** It holds: what was found out about the credential may be kept. */
  held?(standing: Standing): void
}

/** A cookie taken apart, and the state it was found to be the current credential of: the same state needs no second comparison. */
interface ReadCookie {
  readonly credential: Credential
  readonly of?: SessionState
}

interface AuthenticateDeps {
  readonly credentials: Pick<Credentials, 'parse'>
  readonly cache: CoherentCache<Known>
  standing(ctx: Ctx, sessionHandle: string): Promise<Standing | undefined>
  /** Whether a store of the application still has the record; absent where records are ours and end with our half. */
  readonly present: ((ctx: Ctx, sessionHandle: string) => Promise<boolean>) | undefined
  user(ctx: Ctx, userId: string): Promise<UserRecord | undefined>
  /** Whether people are in a store of the application. */
  readonly foreignUsers: boolean
  toUser(user: UserRecord, tenantId: string): User
  verifyAccessToken(ctx: Ctx, token: string): Promise<VerifiedToken | undefined>
  /** Whether an operator may still see what this user sees. */
  mayImpersonate(ctx: Ctx, operatorId: string, userId: string): Promise<boolean>
  /** The operator behind this session may no longer. */
  impersonationLapsed(state: SessionState, ctx: Ctx): void
  readonly logger: Logger
  /** A living session was in use for the first time in a minute. */
  seen(state: SessionState, ctx: Ctx): void
}

/** What others change in a store of the application is seen within this time. */
const foreignMs = 2_000

/** How many credentials one process remembers. */
const remembered = 20_000
/** How much of access tokens it remembers: they are as long as the claims in them. */
const rememberedTokenBytes = 24 * 2 ** 20
/** What a session, or what a token says, takes in memory beside the application's part of it. */
const ownBytes = { session: 1_500, token: 400 }

/** Builds what authenticates. It never throws. */
export function createAuthenticate(deps: AuthenticateDeps) {
  const { cache, credentials } = deps
  const readCookies = new LRUCache<string, ReadCookie>({ max: remembered })
  let failing = false
  const readTokens = new LRUCache<string, VerifiedToken>({
    max: remembered,
    maxSize: rememberedTokenBytes,
    sizeCalculation: (_token, text) => ownBytes.token + text.length,
  })

  async function authenticate(ctx: Ctx, { bearer, sessionCookie }: Presented, look: Look = {}): Promise<Authentication> {
    if (bearer === undefined && sessionCookie === undefined) return { status: 'none' }
    return judge(ctx, look, async () =>
      bearer === undefined
        ? claimOfCookie(ctx, 'cookie', sessionCookie ?? '')
        : claimOfToken(ctx, knownToken(ctx, bearer) ?? (await verified(ctx, bearer))),
    )
  }

  /** Who is logged in to the panel. Operators are few and may do much: the database is asked every time. */
  async function authenticateOperator(ctx: Ctx, { adminCookie }: Presented): Promise<Authentication> {
    if (adminCookie === undefined) return { status: 'none' }
    return judge(ctx, { strict: true }, async () => claimOfCookie(ctx, 'admin', adminCookie))
  }

  async function judge(ctx: Ctx, look: Look, claimed: () => Promise<Claim | undefined>): Promise<Authentication> {
    try {
      const claim = await claimed()
      if (!claim) return invalid(kernelErrors.unauthorized)
      // What is remembered is enough to say yes, and on this way nothing is waited for; a no is always the database's.
      const before = recall(ctx, claim.handle)
      const known =
        (look.strict ? undefined : ifStanding(ctx, claim, before)) ??
        ifStanding(ctx, claim, await load(ctx, claim.handle, before, look))
      if (!known) return invalid(E.session_revoked)
      const { impersonation, userId } = known.active
      if (impersonation && !(await deps.mayImpersonate(ctx, impersonation.operatorId, userId))) {
        deps.impersonationLapsed(known.standing.state, ctx)
        return invalid(E.session_revoked)
      }
      claim.held?.(known.standing)
      note(ctx, claim.handle, known)
      return known.active
    } catch (error) {
      if (isAuthError(error, 'unavailable')) return { status: 'unavailable', error }
      // What is away says so itself. This is a bug, and whoever calls `authenticate` would never hear of it.
      if (!failing) deps.logger.error({ err: error }, 'sessions cannot be checked; callers are told to try again')
      failing = true
      return { status: 'unavailable', error: new AuthError(kernelErrors.unavailable, { cause: error }) }
    }
  }

  function answered(): void {
    if (failing) deps.logger.warn({}, 'sessions can be checked again')
    failing = false
  }

  function claimOfCookie(ctx: Ctx, delivery: 'cookie' | 'admin', text: string): Claim | undefined {
    const { credential = credentials.parse(text), of } = readCookies.get(text) ?? {}
    return (
      credential && {
        handle: credential.handle,
        fits: ({ state }) => state.delivery === delivery && (of === state || holds(state, credential, ctx.at)),
        held({ state }) {
          if (of === state) return
          readCookies.set(text, isDigestOf(state.currentDigest, credential) ? { credential, of: state } : { credential })
        },
      }
    )
  }

  function claimOfToken(ctx: Ctx, token: VerifiedToken | undefined): Claim | undefined {
    if (!token || token.tenantId !== ctx.tenantId) return undefined
    return {
      handle: token.sessionHandle,
      fits: ({ state }) =>
        state.userId === token.userId && state.delivery === 'bearer' && state.tokenVersion === token.tokenVersion,
    }
  }

  /** A signature is checked once; `untilMs` is when the token or our knowledge of its key runs out. */
  function knownToken(ctx: Ctx, text: string): VerifiedToken | undefined {
    const known = readTokens.get(text)
    return known && ctx.at.getTime() < known.untilMs ? known : undefined
  }

  async function verified(ctx: Ctx, text: string): Promise<VerifiedToken | undefined> {
    const token = await deps.verifyAccessToken(ctx, text)
    if (token) readTokens.set(text, token)
    else readTokens.delete(text)
    return token
  }

  const ifStanding = (ctx: Ctx, { fits }: Claim, known: Known | undefined): Known | undefined =>
    known && isOf(ctx, known) && fits(known.standing) && isAlive(known.standing.state, known.standing.user, ctx.at)
      ? known
      : undefined

  /** Of what an operator sees in the name of another nothing is remembered: as with all that operators do, the database is asked. */
  function recall(ctx: Ctx, handle: string): Known | undefined {
    const found = cache.peek(handle)
    if (found?.active.impersonation) return undefined
    return found && isOf(ctx, found) && ctx.at.getTime() < (found.untilMs ?? Number.POSITIVE_INFINITY) ? found : undefined
  }

  function load(ctx: Ctx, handle: string, before: Known | undefined, { strict }: Look): Promise<Known | undefined> {
    const ask = () => read(ctx, handle, before)
    return strict ? cache.readStrict(handle, ask) : cache.read(handle, ask)
  }

  /** One statement, and the user's record if it changed since it was last read. */
  async function read(ctx: Ctx, handle: string, before: Known | undefined): Promise<Known | undefined> {
    const standing = await deps.standing(ctx, handle)
    if (!standing) return undefined
    const { state, version, userVersion } = standing
    const isSameUser = !deps.foreignUsers && before?.userVersion === userVersion && before.userId === state.userId
    const user = isSameUser ? before.active : await userOf(ctx, state.userId)
    answered()
    if (!user) return undefined
    if (deps.present && !(await deps.present(ctx, handle))) return undefined
    const bound = (deps.present || deps.foreignUsers) && { untilMs: ctx.at.getTime() + foreignMs }
    const active = activeOf(ctx, standing, user)
    const bytes = ownBytes.session + 2 * JSON.stringify(state.claims).length
    return { ...bound, standing, active, userId: state.userId, version, userVersion, bytes, touchedMs: state.touchedAt.getTime() }
  }

  function activeOf(ctx: Ctx, { state }: Standing, { role, roles }: Pick<Active, 'role' | 'roles'>): Active {
    const { poolId, tenantId, actor } = ctx
    return frozen({
      status: 'active',
      via: state.delivery,
      userId: state.userId,
      tenantId,
      sessionHandle: state.sessionHandle,
      role,
      roles: [...roles],
      claims: state.claims,
      aal: aalOf(state.evidence),
      evidence: state.evidence,
      ...(state.impersonation && { impersonation: { ...state.impersonation, endsAt: state.absoluteExpiresAt } }),
      async user() {
        const user = await userOf({ poolId, tenantId, actor, at: ctx.at }, state.userId)
        if (user) return user
        throw new AuthError(E.session_revoked)
      },
    })
  }

  async function userOf(ctx: Ctx, userId: string): Promise<User | undefined> {
    const user = await deps.user(ctx, userId)
    return user && deps.toUser(user, ctx.tenantId)
  }

  function note(ctx: Ctx, handle: string, known: Known): void {
    const nowMs = ctx.at.getTime()
    if (nowMs - known.touchedMs < touchEveryMs) return
    cache.replace(handle, known, { ...known, touchedMs: nowMs })
    deps.seen(known.standing.state, ctx)
  }

  return { authenticate, authenticateOperator }
}

/** Entries are found by handle alone; a session acts in one tenant. */
const isOf = ({ tenantId }: Ctx, { active }: Known): boolean => active.tenantId === tenantId

/** Two factors of different methods are AAL 2 (NIST SP 800-63B-4 §2.2). */
export const aalOf = (evidence: readonly Evidence[]): Aal => (new Set(evidence.map(({ amr }) => amr)).size > 1 ? 2 : 1)

const invalid = (def: ConstructorParameters<typeof AuthError>[0]): Authentication => ({
  status: 'invalid',
  error: new AuthError(def),
})

/** All requests of a session share one answer, so nobody may write to it. Dates cannot be frozen; nothing of ours writes to them. */
function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !(part instanceof Date)) frozen(part)
  }
  return Object.freeze(value)
}
