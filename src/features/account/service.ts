import type { Active } from '../../kernel/contract/access.ts'
import type { Granted } from '../../kernel/contract/endpoint.ts'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { asUser, type Ctx, type Tx } from '../../kernel/ctx.ts'
import type { Gives, Hooks, Obstacle, Owner, Shown } from '../feature.ts'
import type { SessionsService } from '../sessions/index.ts'
import { type TicketsService, ticketErrors } from '../tickets/index.ts'
import { toUser, type UserRecord, type UsersService } from '../users/index.ts'
import type { Deletion } from './contract.ts'
import type { Removal } from './removal.ts'
import type { DepartureStore } from './store.sql.ts'

interface AccountDeps {
  readonly users: UsersService
  readonly sessions: Pick<SessionsService, 'assertAlive'>
  readonly tickets: TicketsService
  readonly departures: DepartureStore
  readonly removal: Removal
  readonly hooks: Hooks
  /** How long somebody waits in milliseconds; 0: not at all. */
  graceMs(ctx: Ctx): Promise<number>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  authentications(): readonly Gives['authentications'][]
  reauthenticate(ctx: Ctx, auth: Active, shown: Shown): Promise<void>
  userData(): readonly Gives['userData'][]
  /** Owes the mail that says how to stay. */
  notice(tx: Tx, userId: string): Promise<unknown>
}

/** Why somebody goes, and when. */
interface Wish {
  readonly reason: 'user' | 'operator'
  readonly note: string | null
  readonly graceMs: number
}

/** Going, coming back while there is time, and taking one's data along. */
export function createAccount(deps: AccountDeps) {
  const { users, sessions, tickets, departures, removal, hooks, transaction, authentications, reauthenticate } = deps

  /**
   * Deletes the account of who is logged in, now or when the grace is over. They are out at once.
   *
   * @throws step_up_required | invalid_credentials | rate_limited | denied_by_app | last_owner; unauthorized when another call was faster, or they were thrown out meanwhile
   */
  async function leave(ctx: Ctx, auth: Active, shown: Shown): Promise<Granted<Deletion>> {
    await reauthenticate(ctx, auth, shown)
    const user = await users.find(ctx, auth.userId)
    if (!user) throw new AuthError(kernelErrors.unauthorized)
    await hooks.beforeDelete?.({ user: toUser(user, ctx.tenantId) })
    const wish: Wish = { reason: 'user', note: null, graceMs: await deps.graceMs(ctx) }
    await transaction(ctx, async (tx) => {
      await users.hold(tx, user.id)
      // A password and the application take their time: whoever was thrown out meanwhile deletes nothing.
      await sessions.assertAlive(tx, auth)
      if (!(await declare(tx, user.id, wish))) throw new AuthError(kernelErrors.unauthorized)
    })
    return { value: await outcome(ctx, user.id), grant: { clear: ['session', 'login'] } }
  }

  /** Deletes a user at once, whether or not they wait. @throws not_found | denied_by_app | last_owner */
  async function remove(ctx: Ctx, userId: string, note: string | null): Promise<Deletion> {
    const user = await users.get(ctx, userId)
    await hooks.beforeDelete?.({ user: toUser(user, ctx.tenantId) })
    const wish: Wish = { reason: 'operator', note, graceMs: 0 }
    await transaction(ctx, async (tx) => (await declare(tx, userId, wish)) || departures.hasten(tx, userId, wish))
    return outcome(ctx, userId)
  }

  /** As {@link remove}, of many: whoever is gone by the time it is done again has gone by it. */
  async function removeOneOfMany(ctx: Ctx, userId: string, of: { reason: string; isRepeated: boolean }): Promise<void> {
    if (of.isRepeated && !(await users.find(ctx, userId))) return
    await remove(ctx, userId, of.reason)
  }

  /** @returns whether this caller was the first: whoever is going stays out, and goes once */
  async function declare(tx: Tx, userId: string, { reason, note, graceMs }: Wish): Promise<boolean> {
    // A login that is under way ends here with the others, or finds the gate shut (CC-04).
    await users.assertDispensable(tx, userId)
    const dueAt = later(new Date(tx.at.getTime() + graceMs), reason === 'user' ? await keptUntil(tx, userId) : undefined)
    if (!(await departures.declare(tx, userId, { reason, note, dueAt }))) return false
    await users.raiseTokenVersion(tx, userId)
    for (const other of authentications()) await other.endAll(tx, userId, 'user_deleted')
    if (dueAt <= tx.at) return true
    const data = { deleteAt: dueAt.toISOString() }
    tx.emit('identity.user.deletion-scheduled', { userId, data, audit: { target: userId } })
    await deps.notice(tx, userId)
    return true
  }

  /** Whoever took an account over cannot end the owner's way back by deleting it: it stays as long as that does. */
  const keptUntil = (tx: Tx, userId: string): Promise<Date | undefined> => tickets.liveUntil(tx, 'revert-email', userId)

  /** What was declared is carried out, if not now then by the clock: a store that is away does not undo it. */
  async function outcome(ctx: Ctx, userId: string): Promise<Deletion> {
    const departure = await departures.find(ctx, userId)
    if (!departure || departure.finishedAt) return { status: 'deleted' }
    const scheduled: Deletion = { status: 'scheduled', deleteAt: departure.dueAt }
    if (departure.dueAt > ctx.at) return scheduled
    return (await removal.tryNow(departure, ctx.at)) ? { status: 'deleted' } : scheduled
  }

  /** @throws ticket_rejected when the link was used, has run out, or it is too late */
  async function restore(ctx: Ctx, token: string): Promise<{ ok: true }> {
    const ticket = await tickets.find(ctx, 'restore-account', token)
    if (!ticket) throw new AuthError(ticketErrors.ticket_rejected)
    await transaction(asUser(ctx, ticket.userId), async (tx) => {
      await users.hold(tx, ticket.userId)
      const isSpent = (await tickets.consume(tx, 'restore-account', token)) && (await withdraw(tx, ticket.userId))
      if (!isSpent) throw new AuthError(ticketErrors.ticket_rejected)
    })
    return { ok: true }
  }

  /** @throws not_found for somebody who does not wait */
  async function restoreByOperator(ctx: Ctx, userId: string): Promise<void> {
    await transaction(ctx, async (tx) => {
      await users.hold(tx, userId)
      if (!(await withdraw(tx, userId))) throw new AuthError(kernelErrors.not_found)
      await tickets.endAll(tx, userId)
    })
  }

  /** For an owner who has their account back: what somebody in it wished for, never what an operator decided. */
  async function undo(tx: Tx, userId: string): Promise<void> {
    if ((await departures.find(tx, userId))?.reason === 'user') await withdraw(tx, userId)
  }

  async function withdraw(tx: Tx, userId: string): Promise<boolean> {
    if (!(await departures.withdraw(tx, userId))) return false
    tx.emit('identity.user.restored', { userId, data: {}, audit: { target: userId } })
    return true
  }

  /** Hands out all that is kept of a user. @throws not_found */
  async function show(ctx: Ctx, userId: string) {
    const owner = ownerOf(await users.get(ctx, userId))
    const data: Record<string, never> = {}
    for (const { name, export: part } of deps.userData()) if (part) data[name] = asJson(await part(ctx, owner))
    await transaction(ctx, async (tx) => tx.emit('identity.user.exported', { userId, data: {}, audit: { target: userId } }))
    return { exportedAt: ctx.at, data }
  }

  /** Asked of who is logged in. @throws step_up_required | invalid_credentials | rate_limited */
  async function showOwn(ctx: Ctx, auth: Active, shown: Shown = {}) {
    await reauthenticate(ctx, auth, shown)
    return show(ctx, auth.userId)
  }

  /** What operators see of somebody who is about to go. @throws not_found */
  async function departureOf(ctx: Ctx, userId: string) {
    await users.get(ctx, userId)
    const departure = await departures.find(ctx, userId)
    return { deleteAt: departure?.dueAt ?? null, wishedBy: departure?.reason ?? null, note: departure?.note ?? null }
  }

  const gate = async (ctx: Ctx, userId: string): Promise<Obstacle | undefined> =>
    (await departures.find(ctx, userId)) ? 'refused' : undefined

  return { leave, remove, removeOneOfMany, restore, restoreByOperator, undo, departureOf, show, showOwn, gate }
}

/** Whose data it is, by everything that may name them. */
export const ownerOf = ({ id, identifiers }: UserRecord): Owner => ({
  userId: id,
  identifiers: identifiers.map(({ value }) => value),
})

const later = (one: Date, other: Date | undefined): Date => (other && other > one ? other : one)

/** Instants as the wire has them. */
const asJson = (part: object) => JSON.parse(JSON.stringify(part)) as never
