import type { Evidence, PendingLogin, Presented } from '../../kernel/contract/access.ts'
import type { Granted } from '../../kernel/contract/endpoint.ts'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Gives, Hooks, Obstacle } from '../feature.ts'
import type { SessionsService } from '../sessions/index.ts'
import type { TicketsService } from '../tickets/index.ts'
import type { User, UserRecord, UsersService } from '../users/index.ts'
import { E } from './contract.ts'
import type { KnownDevices } from './known-device.ts'
import { nextStep } from './machine.ts'
import type { LoginMethod, Proof } from './method.ts'
import type { ThrottleStore } from './throttle.sql.ts'
import { acquaintance, createThrottle, type Guesser, stranger } from './throttle.ts'

/** A pending login lives this long. */
const pendingTtlMs = 5 * 60_000

interface LoginDeps {
  readonly users: UsersService
  readonly sessions: SessionsService
  readonly tickets: TicketsService
  readonly hooks: Hooks
  readonly devices: KnownDevices
  throttle(ctx: Ctx): ThrottleStore
  method(name: string): LoginMethod
  gates(): readonly Gives['gate'][]
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  addressPrefix(ip: string | undefined): string
}

/** What a request says about where a session goes, and which browser asks. */
type From = Pick<Presented, 'delivery' | 'deviceCookie'>

/** What register and login answer. */
export type LoginAnswer = Granted<
  { status: 'active'; user: User } | { status: 'factor_required'; loginToken: string; methods: string[] }
>

/** Proofs in, a session out: the only room that can start one. */
export function createLogin(deps: LoginDeps) {
  const { users, sessions, tickets, hooks, devices, method, gates, transaction, addressPrefix } = deps
  const attempt = createThrottle(deps.throttle)

  /** @throws validation_failed | password_rejected | identifier_taken | registration_closed | denied_by_app */
  async function register(ctx: Ctx, typed: string, secret: object, profile: object, from: From): Promise<LoginAnswer> {
    if (!users.registrationOpen) throw new AuthError(E.registration_closed)
    const identifier = users.read(typed)
    await hooks.beforeRegister?.({ email: identifier.kind === 'email' ? identifier.value : null })
    const password = method('password')
    if (!password.enrol) throw new Error('the password method cannot enrol')
    const enrol = await password.enrol(ctx, password.input.parse(secret), { identifier: identifier.value })
    const user = users.draft(ctx, { identifier, ...profile })
    const evidence = [{ factor: password.name, amr: password.amr, at: ctx.at }]
    const opening = await sessions.prepare(ctx, { user, evidence, delivery: from.delivery })
    const started = await transaction(ctx, async (tx) => {
      await users.create(tx, user)
      await enrol(tx, user.id)
      return sessions.start(tx, opening)
    })
    return grant(ctx, started, from)
  }

  /** A browser takes away, besides its session, the mark that it was here. */
  async function grant(
    ctx: Ctx,
    started: Awaited<ReturnType<SessionsService['start']>>,
    { delivery, deviceCookie }: From,
  ): Promise<LoginAnswer> {
    const granted = await sessions.grant(ctx, started)
    if (delivery !== 'cookie') return granted
    const mark = { cookie: 'device' as const, ...devices.remember(deviceCookie, started.user.id, ctx.at) }
    return { ...granted, grant: { ...granted.grant, set: [...(granted.grant.set ?? []), mark] } }
  }

  /**
   * Logs in with an identifier and a password.
   *
   * An unknown identifier, a wrong password, a disabled user and a user without a password answer alike and cost alike.
   *
   * @throws invalid_credentials | rate_limited | unavailable
   */
  async function login(ctx: Ctx, typed: string, secret: object, from: From): Promise<LoginAnswer> {
    const identifier = users.parse(typed)
    const user = identifier && (await users.findByIdentifier(ctx, identifier))
    const who = guesser(ctx, identifier?.value ?? typed, user, from)
    const password = method('password')
    const answer = await attempt(ctx, who, async () => {
      const proof = await password.prove(ctx, user, password.input.parse(secret), who.line)
      return user && proof && proceed(ctx, user, proof, from)
    })
    return answer ?? fail(ctx, password.name, user)
  }

  function guesser(ctx: Ctx, identifier: string, user: UserRecord | undefined, { deviceCookie }: From): Guesser {
    const device = user && devices.find(deviceCookie, user.id, ctx.at)
    if (!user || device === undefined) return stranger(identifier, addressPrefix(ctx.from?.ip))
    return acquaintance(identifier, 'device', `${device} ${user.id}`)
  }

  /**
   * Has a secret of somebody judged who is logged in already: counted on the same account as their logins, from a budget of their session.
   *
   * @param judge answers `undefined` for a wrong guess
   * @throws rate_limited
   */
  function reprove<T>(ctx: Ctx, user: UserRecord, session: string, judge: (line: string) => Promise<T | undefined>) {
    const who = acquaintance(user.identifiers[0]?.value ?? user.id, 'session', session)
    return attempt(ctx, who, () => judge(who.line))
  }

  /** @returns `undefined` when a gate refuses: the caller answers as if nothing had been proved */
  async function proceed(ctx: Ctx, user: UserRecord, proof: Proof, from: From): Promise<LoginAnswer | undefined> {
    await hooks.beforeLogin?.({ userId: user.id })
    const step = nextStep(await obstacles(ctx, user.id))
    if (step.status === 'refused') return undefined
    const evidence = proof.evidence ? [proof.evidence] : []
    return step.status === 'active' ? begin(ctx, user, evidence, [proof], from) : owe(ctx, user, evidence, [...step.methods])
  }

  const obstacles = (ctx: Ctx, userId: string): Promise<(Obstacle | undefined)[]> =>
    Promise.all(gates().map((gate) => gate(ctx, userId)))

  async function begin(ctx: Ctx, user: UserRecord, evidence: readonly Evidence[], proofs: readonly Proof[], from: From) {
    const opening = await sessions.prepare(ctx, { user, evidence, delivery: from.delivery })
    const started = await transaction(ctx, async (tx) => {
      await users.hold(tx, user.id)
      for (const proof of proofs) if (proof.spend && !(await proof.spend(tx))) throw new AuthError(E.invalid_credentials)
      // Asked again inside: a user disabled since the first look must not get a session (CC-04).
      if (nextStep(await obstaclesInOrder(tx, user.id)).status !== 'active') throw new AuthError(E.invalid_credentials)
      tx.emit('identity.auth.login.success', {
        userId: user.id,
        sessionId: opening.sessionHandle,
        data: { methods: evidence.map(({ factor }) => factor) },
      })
      return sessions.start(tx, opening)
    })
    return grant(ctx, started, from)
  }

  /** One at a time: a transaction is one connection. */
  async function obstaclesInOrder(tx: Tx, userId: string) {
    const found: (Obstacle | undefined)[] = []
    for (const gate of gates()) found.push(await gate(tx, userId))
    return found
  }

  async function owe(ctx: Ctx, user: UserRecord, evidence: readonly Evidence[], methods: string[]): Promise<LoginAnswer> {
    const bindings = { methods, evidence: evidence.map((one) => ({ ...one, at: one.at.toISOString() })) }
    const of = { userId: user.id, bindings, ttlMs: pendingTtlMs }
    const loginToken = await transaction(ctx, (tx) => tickets.issue(tx, 'pending-login', of))
    const expiresAt = new Date(ctx.at.getTime() + pendingTtlMs)
    return {
      value: { status: 'factor_required', loginToken, methods },
      grant: { set: [{ cookie: 'login', value: loginToken, expiresAt }] },
    }
  }

  async function fail(ctx: Ctx, name: string, user: UserRecord | undefined): Promise<never> {
    await transaction(ctx, async (tx) => {
      tx.emit('identity.auth.login.failed', { ...(user && { userId: user.id }), data: { method: name } })
    })
    throw new AuthError(E.invalid_credentials)
  }

  /** The login a token stands for, without spending it. */
  async function pendingLogin(ctx: Ctx, loginToken: string): Promise<PendingLogin | undefined> {
    const ticket = await tickets.find(ctx, 'pending-login', loginToken)
    if (!ticket) return undefined
    const { methods, evidence } = ticket.bindings as {
      methods: string[]
      evidence: { factor: string; amr: string; at: string }[]
    }
    const proved = evidence.map(({ factor, amr, at }) => ({ factor, amr, at: new Date(at) }))
    return { status: 'pending-login', loginToken, userId: ticket.userId, methods, evidence: proved }
  }

  /**
   * Finishes a pending login with the step it owed.
   *
   * @throws login_expired when the ticket was spent by another caller, or does not allow this step
   */
  async function finish(ctx: Ctx, pending: PendingLogin, step: string, proof: Proof, from: From): Promise<LoginAnswer> {
    const user = await users.find(ctx, pending.userId)
    if (!user || !pending.methods.includes(step)) throw new AuthError(kernelErrors.login_expired)
    const ticket: Proof = { spend: (tx) => spendTicket(tx, pending.loginToken) }
    const evidence = proof.evidence ? [...pending.evidence, proof.evidence] : pending.evidence
    return begin(ctx, user, evidence, [ticket, proof], from)
  }

  async function spendTicket(tx: Tx, loginToken: string): Promise<true> {
    if (await tickets.consume(tx, 'pending-login', loginToken)) return true
    throw new AuthError(kernelErrors.login_expired)
  }

  return { register, login, reprove, pendingLogin, finish }
}

/** The part of login that other features see. */
export type Login = ReturnType<typeof createLogin>
