import type { Delivery, Evidence, PendingLogin, Presented } from '../../kernel/contract/access.ts'
import type { Granted } from '../../kernel/contract/endpoint.ts'
import { AuthError, type ErrorDef, isAuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { oneSpelling } from '../../kernel/contract/spelling.ts'
import { asUser, type Ctx, type Tx } from '../../kernel/ctx.ts'
import type { Gives, Hooks, Obstacle } from '../feature.ts'
import type { SessionsService } from '../sessions/index.ts'
import type { TicketsService } from '../tickets/index.ts'
import { toUser, type User, type UserRecord, type UsersService } from '../users/index.ts'
import { E } from './contract.ts'
import type { KnownDevices } from './known-device.ts'
import { nextStep } from './machine.ts'
import type { LoginMethod, Proof, Verification } from './method.ts'
import { createRegistration } from './registration.ts'
import type { Guesser, Throttle } from './throttle.ts'

/** A pending login lives this long. */
const pendingTtlMs = 5 * 60_000

interface LoginDeps {
  readonly users: UsersService
  readonly sessions: SessionsService
  readonly tickets: TicketsService
  readonly hooks: Hooks
  readonly devices: KnownDevices
  readonly throttle: Throttle
  methods(): readonly LoginMethod[]
  method(name: string): LoginMethod
  gates(): readonly Gives['gate'][]
  verification(): Verification | undefined
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  addressPrefix(ip: string | undefined): string
}

/** Which browser asks. */
export type Known = Pick<Presented, 'deviceCookie'>

/** Where a session goes, and which browser asks. */
export interface From extends Known {
  readonly delivery: Delivery
  /** Whom this door is for; without it everybody. Asked of somebody who has proved who they are, before anything is begun for them. */
  readonly admits?: (ctx: Ctx, user: UserRecord) => Promise<boolean>
}

/** How far somebody has come. */
export interface Step {
  readonly user: UserRecord
  readonly evidence: readonly Evidence[]
  readonly restsOn: Readonly<Record<string, string>>
  /** What the caller is told when a gate refuses. */
  readonly refusal: ErrorDef
  /** A registration is no login of its own in the audit log. */
  readonly isLogin: boolean
}

/** Runs the end of a step in the transaction that spends its beginning. */
export type Within = <T>(ctx: Ctx, work: (tx: Tx) => Promise<T>) => Promise<T>

/** What register and login answer. */
export type LoginAnswer = Granted<
  | { status: 'active'; user: User }
  | { status: 'factor_required'; loginToken: string; methods: string[] }
  | { status: 'verification_required' }
>

/** Proofs in, a session out: the only room that can start one. */
export function createLogin(deps: LoginDeps) {
  const { users, sessions, tickets, hooks, devices, throttle, methods, method, gates, verification, transaction, addressPrefix } =
    deps

  /**
   * Logs in with an identifier and a password.
   *
   * An unknown identifier, a wrong password, a disabled user and a user without a password answer alike and cost alike.
   *
   * @throws invalid_credentials | password_reset_required | rate_limited | unavailable
   */
  async function login(ctx: Ctx, typed: string, secret: object, from: From): Promise<LoginAnswer> {
    const identifier = users.parse(typed)
    const user = identifier && (await users.findByIdentifier(ctx, identifier))
    const who = guesser(ctx, identifier?.value ?? oneSpelling(typed), user, from)
    const password = method('password')
    const judge = async () => {
      const proof = await password.prove(ctx, user, password.input.parse(secret), who.line)
      return user && proof && proceed(ctx, user, proof, from)
    }
    const answer = await throttle.attempt(ctx, who, judge, (tx) => {
      tx.emit('identity.auth.login.failed', { ...(user && { userId: user.id }), data: { method: password.name } })
    })
    if (answer) return answer
    throw new AuthError(E.invalid_credentials)
  }

  /**
   * Has the password of an account judged by whoever goes on without logging in, counted as a login is.
   *
   * @returns `undefined` where the account has none
   * @throws password_required | invalid_credentials | rate_limited | unavailable
   */
  async function provePassword(ctx: Ctx, user: UserRecord, shown: string | undefined, from: Known): Promise<Proof | undefined> {
    const password = method('password')
    if (!(await password.enrolled(ctx, user.id))) return undefined
    if (shown === undefined) throw new AuthError(E.password_required)
    const who = guesser(ctx, user.identifiers[0]?.value ?? user.id, user, from)
    const judge = () => password.prove(ctx, user, password.input.parse({ password: shown }), who.line)
    const proof = await throttle.attempt(ctx, who, judge, (tx) => {
      tx.emit('identity.auth.login.failed', { userId: user.id, data: { method: password.name } })
    })
    if (!proof) throw new AuthError(E.invalid_credentials)
    return proof
  }

  function guesser(ctx: Ctx, identifier: string, user: UserRecord | undefined, { deviceCookie }: Known): Guesser {
    const device = user && devices.find(deviceCookie, user.id, ctx.at)
    if (!user || device === undefined) return throttle.stranger(identifier, addressPrefix(ctx.from?.ip))
    return throttle.acquaintance(identifier, 'device', `${device} ${user.id}`)
  }

  /**
   * Has a secret of somebody judged who is logged in already: counted on the same account as their logins, from a budget of their session.
   *
   * @param judge answers `undefined` for a wrong guess
   * @throws rate_limited
   */
  function reprove<T>(ctx: Ctx, user: UserRecord, session: string, judge: (line: string) => Promise<T | undefined>) {
    const who = throttle.acquaintance(user.identifiers[0]?.value ?? user.id, 'session', session)
    return throttle.attempt(ctx, who, () => judge(who.line))
  }

  /**
   * @returns `undefined` when a gate refuses without a reason, or the proof no longer holds: the caller answers as if nothing had been proved
   * @throws what a gate tells
   */
  async function proceed(ctx: Ctx, user: UserRecord, proof: Proof, from: From): Promise<LoginAnswer | undefined> {
    // Before the hook, whose refusal can be told from ours: it would say which disabled accounts there are.
    const found = await Promise.all(gates().map((gate) => gate(ctx, user.id, user)))
    const next = nextStep(found)
    if (next.status === 'refused' && next.told) throw new AuthError(next.told)
    if (next.status === 'refused') return undefined
    await hooks.beforeLogin?.({ user: toUser(user, ctx.tenantId) })
    const evidence = proof.evidence ? [proof.evidence] : []
    const step = { user, evidence, restsOn: { ...proof.restsOn }, refusal: E.invalid_credentials, isLogin: true }
    try {
      return await advance(
        ctx,
        step,
        from,
        spending(user, (tx) => spend(tx, proof, E.invalid_credentials)),
      )
    } catch (error) {
      if (isAuthError(error, E.invalid_credentials.code)) return undefined
      throw error
    }
  }

  /**
   * Takes somebody one step on: to a session, or to a ticket for what is still owed. Nothing else makes either.
   *
   * @param within opens the transaction, and throws when somebody else was faster
   */
  async function advance(ctx: Ctx, step: Step, from: From, within: Within): Promise<LoginAnswer> {
    const { user, evidence } = step
    if (from.admits && !(await from.admits(ctx, user))) throw new AuthError(kernelErrors.forbidden)
    const opening = await sessions.prepare(ctx, { user, evidence, delivery: from.delivery })
    const begun = within(asUser(ctx, user.id), async (tx) => {
      // Asked inside: a user disabled since the proof must not get a session (CC-04).
      const next = nextStep(await obstacles(tx, user))
      if (next.status === 'refused') throw new AuthError(next.told ?? step.refusal)
      if (next.status === 'verification_required') {
        await verification()?.oweReminder(tx, user)
        return next
      }
      if (next.status === 'factor_required') return { loginToken: await owe(tx, step, next.methods), methods: [...next.methods] }
      const [sessionId, methods] = [opening.sessionHandle, evidence.map(({ factor }) => factor)]
      const data = {
        methods,
        delivery: from.delivery,
        knownBrowser: devices.find(from.deviceCookie, user.id, ctx.at) !== undefined,
      }
      if (step.isLogin) tx.emit('identity.auth.login.success', { userId: user.id, sessionId, data })
      return sessions.start(tx, opening)
    })
    const reached = await begun.catch((error: unknown) => {
      sessions.discard(opening)
      throw error
    })
    if ('credential' in reached) return grant(ctx, reached, from)
    sessions.discard(opening)
    return 'loginToken' in reached ? pendingAnswer(ctx, reached, from) : { value: reached, grant: {} }
  }

  /** One at a time: a transaction is one connection. */
  async function obstacles(tx: Tx, user: UserRecord) {
    const found: (Obstacle | undefined)[] = []
    for (const gate of gates()) found.push(await gate(tx, user.id, user))
    return found
  }

  function owe(tx: Tx, { user, evidence, restsOn }: Step, methods: readonly string[]): Promise<string> {
    const bindings = { methods, restsOn, evidence: evidence.map((one) => ({ ...one, at: one.at.toISOString() })) }
    return tickets.issue(tx, 'pending-login', { userId: user.id, bindings, ttlMs: pendingTtlMs })
  }

  function pendingAnswer({ at }: Ctx, owed: { loginToken: string; methods: string[] }, { delivery }: From): LoginAnswer {
    const value = { status: 'factor_required' as const, ...owed }
    if (delivery === 'bearer') return { value, grant: {} }
    const expiresAt = new Date(at.getTime() + pendingTtlMs)
    return { value, grant: { set: [{ cookie: 'login', value: owed.loginToken, expiresAt }] } }
  }

  /** A browser takes away, besides its session, the mark that it was here. */
  async function grant(
    ctx: Ctx,
    started: Awaited<ReturnType<SessionsService['start']>>,
    { delivery, deviceCookie }: From,
  ): Promise<LoginAnswer> {
    const granted = await sessions.grant(ctx, started)
    if (delivery === 'bearer') return granted
    const mark = { cookie: 'device' as const, ...devices.remember(deviceCookie, started.user.id, ctx.at) }
    return { ...granted, grant: { ...granted.grant, set: [...(granted.grant.set ?? []), mark] } }
  }

  /** The login a token stands for, without spending it. */
  async function pendingLogin(ctx: Ctx, loginToken: string): Promise<PendingLogin | undefined> {
    const ticket = await tickets.find(ctx, 'pending-login', loginToken)
    if (!ticket) return undefined
    const { methods, evidence, restsOn } = ticket.bindings as Pick<PendingLogin, 'methods' | 'restsOn'> & {
      evidence: { factor: string; amr: string; at: string }[]
    }
    const proved = evidence.map(({ factor, amr, at }) => ({ factor, amr, at: new Date(at) }))
    return { status: 'pending-login', loginToken, userId: ticket.userId, methods, restsOn, evidence: proved }
  }

  /**
   * Takes a pending login on with the step it owed. When more is owed by then, the answer is the next ticket.
   *
   * @throws login_expired when the ticket or the proof was spent by another caller, or the ticket does not allow this step
   */
  async function finish(ctx: Ctx, pending: PendingLogin, owed: string, proof: Proof, from: From): Promise<LoginAnswer> {
    const refusal = kernelErrors.login_expired
    const user = await users.find(ctx, pending.userId)
    if (!user || !pending.methods.includes(owed)) throw new AuthError(refusal)
    const evidence = proof.evidence ? [...pending.evidence, proof.evidence] : pending.evidence
    const step = { user, evidence, restsOn: { ...pending.restsOn, ...proof.restsOn }, refusal, isLogin: true }
    // Two who finish two tickets of one user have met at the user, who is held: the proof of the second one no longer holds.
    const spentBy = (proved: (tx: Tx) => Promise<boolean>) => async (tx: Tx) => {
      if (!(await proved(tx)) || !(await spendTicket(tx, pending, proof.ends))) throw new AuthError(refusal)
    }
    const { ahead } = proof
    if (!ahead) return advance(ctx, step, from, spending(user, spentBy(proof.spend)))
    await spending(user, spentBy(ahead.declare))(asUser(ctx, user.id), async () => {})
    if (!(await ahead.write(ctx))) throw new AuthError(refusal)
    return advance(
      ctx,
      step,
      from,
      spending(user, (tx) => spend(tx, proof, refusal)),
    )
  }

  /** A transaction of somebody who is there: they stay as they are until it ends, and what they showed is spent in it. */
  function spending({ id }: UserRecord, spent: (tx: Tx) => Promise<void>): Within {
    return (ctx, work) =>
      transaction(ctx, async (tx) => {
        await users.hold(tx, id)
        await spent(tx)
        return work(tx)
      })
  }

  async function spendTicket(tx: Tx, { userId, loginToken }: PendingLogin, ends: string | undefined): Promise<boolean> {
    if (ends === undefined) return tickets.consume(tx, 'pending-login', loginToken)
    // Sessions before tickets, as wherever all of a user's authentications end: transactions lock them in one order.
    await sessions.endAll(tx, userId, ends)
    return tickets.consumeWithOthers(tx, 'pending-login', { userId, token: loginToken })
  }

  /** Whether somebody could prove who they are, by any method. */
  async function isEnrolled(ctx: Ctx, userId: string): Promise<boolean> {
    for (const one of methods()) if (await one.enrolled(ctx, userId)) return true
    return false
  }

  const register = createRegistration({ users, hooks, method, verification, transaction, advance })
  return { register, login, provePassword, reprove, pendingLogin, finish, isEnrolled }
}

async function spend(tx: Tx, proof: Proof, refusal: ErrorDef): Promise<void> {
  if (!(await proof.spend(tx))) throw new AuthError(refusal)
}

/** The part of login that other features see. */
export type Login = ReturnType<typeof createLogin>
