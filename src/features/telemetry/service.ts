import type { Active } from '../../kernel/contract/access.ts'
import { AuthError, invalidField, kernelErrors } from '../../kernel/contract/errors.ts'
import type { AuthEvent } from '../../kernel/contract/event.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { UserData } from '../feature.ts'
import { issues } from './contract.ts'
import type { DayCount, TelemetryPage, TelemetryRow, TelemetryStore } from './store.sql.ts'
import type { ForeignTelemetry } from './store.ts'

interface TelemetryDeps {
  store(ctx: Ctx): ReturnType<TelemetryStore>
  /** The application's, in place of ours. */
  readonly foreign: ForeignTelemetry | undefined
  readonly retentionMs: number
  /** What one user may have tracked on one day. */
  readonly trackedPerDay: number
  /** What is kept of an address. */
  addressOf(ip: string): string | null
  /** Those of them who still are somebody. */
  usersAmong(ctx: Ctx, ids: readonly string[]): Promise<readonly { readonly id: string }[]>
  /** Whether an event has a name that the house declares. */
  isDeclared(event: string): boolean
  newId(): string
  now(): Date
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** What happened, and by which figures it counts. */
interface Noted extends TelemetryRow {
  readonly counts: readonly string[]
  /** Who was active by it. */
  readonly active: string | undefined
}

const dayMs = 86_400_000
/** Figures are kept longer than what they were counted from: they name nobody. */
const figuresMs = 400 * dayMs
const longestRange = 400
const usualRange = 30

/** Figures that are no event's alone; an event's name has no parentheses. */
const figure = { registered: '(registered)', active: '(active)', tracked: '(tracked)' }

const columns = {
  logins: 'identity.auth.login.success',
  failures: 'identity.auth.login.failed',
  registrations: figure.registered,
  activeUsers: figure.active,
  mailFailures: 'identity.mail.failed',
} as const

/** Events that somebody causes by using a session, whoever was known to act when they began. */
const lively: readonly string[] = [columns.logins, 'identity.session.created', 'identity.session.rotated']

/** Keeps what happened, counts it by day, and lets operators look. */
export function createTelemetry(deps: TelemetryDeps) {
  const { store, foreign } = deps

  /** Takes committed events, each perhaps more than once. */
  async function take(ctx: Ctx, events: readonly AuthEvent[]): Promise<void> {
    await save(ctx, events.map(ofEvent))
    // Whoever was let go while this was being written: their rows may have come after the erasure.
    const gone = events.flatMap(({ event, userId }) => (event === 'identity.user.deleted' && userId ? [userId] : []))
    for (const userId of gone) {
      await foreign?.forget(ctx, userId)
      await deps.transaction(ctx, (tx) => store(tx).forget(tx, userId))
    }
  }

  /** @throws validation_failed for a name of ours; rate_limited until the day is over */
  async function track(ctx: Ctx, { userId, sessionHandle }: Caller, of: { event: string; data: object }): Promise<{ ok: true }> {
    if (deps.isDeclared(of.event)) throw invalidField('/event', issues.reserved_name)
    const day = dayOf(ctx.at)
    if (!(await store(ctx).spendTracked({ day, user_id: userId }, deps.trackedPerDay)))
      throw new AuthError(kernelErrors.rate_limited, {
        retryAfterSeconds: Math.ceil((Date.parse(day) + dayMs - ctx.at.getTime()) / 1000),
      })
    const row = {
      id: deps.newId(),
      event: of.event,
      at: ctx.at,
      user_id: userId,
      session_id: sessionHandle,
      correlation_id: ctx.from?.correlationId ?? null,
      ip: kept(ctx.from?.ip),
      user_agent: ctx.from?.userAgent ?? null,
      data: of.data,
    }
    // Counted together: people choose these names, and figures are kept for long.
    await save(ctx, [{ ...row, counts: [figure.tracked], active: userId }])
    return { ok: true }
  }

  async function save(ctx: Ctx, all: readonly Noted[]): Promise<void> {
    const horizon = deps.now().getTime() - deps.retentionMs
    const noted = await withoutGone(
      ctx,
      all.filter(({ at }) => at.getTime() >= horizon), // what is this late has no row left to tell whether it was counted
    )
    const rows = noted.map(({ counts: _, active: __, ...row }) => row)
    await foreign?.save(ctx, rows)
    await deps.transaction(ctx, async (tx) => {
      const fresh = await store(tx).insertNew(byKey(foreign ? rows.map(bare) : rows, ({ id }) => id))
      await store(tx).count(
        await figuresOf(
          tx,
          noted.filter(({ id }) => fresh.has(id)),
        ),
      )
    })
  }

  /** In the order of their keys, as every writer does: two that wrote the same figures in different orders would wait for each other. */
  async function figuresOf(tx: Tx, noted: readonly Noted[]): Promise<readonly DayCount[]> {
    const actives = noted.flatMap(({ at, active }) => (active === undefined ? [] : [{ day: dayOf(at), user_id: active }]))
    const unique = new Map(actives.map((one) => [`${one.day} ${one.user_id}`, one]))
    const fresh = await store(tx).insertActive(byKey([...unique.values()], ({ day, user_id }) => `${day} ${user_id}`))
    const named = [
      ...noted.flatMap(({ at, counts }) => counts.map((event) => ({ day: dayOf(at), event }))),
      ...fresh.map(({ day }) => ({ day, event: figure.active })),
    ]
    const counts = new Map<string, DayCount>()
    for (const { day, event } of named) {
      const key = `${day} ${event}`
      counts.set(key, { day, event, count: (counts.get(key)?.count ?? 0) + 1 })
    }
    return byKey([...counts.values()], ({ day, event }) => `${day} ${event}`)
  }

  /** What happened to somebody who is gone by now still happened, to nobody. */
  async function withoutGone(ctx: Ctx, noted: readonly Noted[]): Promise<readonly Noted[]> {
    const named = new Set(noted.flatMap(({ user_id }) => user_id ?? []))
    const there = new Set((await deps.usersAmong(ctx, [...named])).map(({ id }) => id))
    return noted.map((one) =>
      one.user_id === null || there.has(one.user_id) ? one : { ...one, ...bare(one), active: undefined },
    )
  }

  const kept = (ip: string | undefined): string | null => (ip === undefined ? null : deps.addressOf(ip))

  function ofEvent(event: AuthEvent): Noted {
    const { actor, userId } = event
    const isOwn = actor.kind === 'anonymous' || (actor.kind === 'user' && actor.id === userId)
    // Where an operator was is in the audit log: these rows are handed out to whom they are about.
    const isWhenceOfUser = userId === undefined || isOwn
    const isLively = lively.includes(event.event) && actor.onBehalfOf === undefined
    const isActive = isLively || (actor.kind === 'user' && actor.id === userId)
    return {
      id: event.id,
      event: event.event,
      at: new Date(event.timestamp),
      user_id: userId ?? null,
      session_id: event.sessionId ?? null,
      correlation_id: event.correlationId ?? null,
      ip: isWhenceOfUser ? kept(event.ip) : null,
      user_agent: (isWhenceOfUser && event.userAgent) || null,
      data: event.data,
      counts: [event.event, ...(event.event === 'identity.user.created' && isOwn ? [figure.registered] : [])],
      active: isActive ? userId : undefined,
    }
  }

  /** @throws telemetry_unreadable | validation_failed */
  async function list(ctx: Ctx, of: Omit<TelemetryPage, 'from' | 'to'> & TelemetryWish) {
    const { tenantId = ctx.tenantId, from, to, ...page } = of
    // A caller sees one tenant: the filter of the seed can narrow that, and never leave it.
    if (tenantId !== ctx.tenantId) return { events: [], nextCursor: null }
    const asked = { ...page, from: from === undefined ? from : new Date(from), to: to === undefined ? to : new Date(to) }
    const { rows, nextCursor } = await (foreign ? foreign.list(ctx, asked) : store(ctx).list(asked))
    return { events: rows.map((row) => toEntry(row, tenantId)), nextCursor }
  }

  /** The same in the words of node-auth. */
  async function query(ctx: Ctx, of: Parameters<typeof list>[1]) {
    const { events, nextCursor } = await list(ctx, of)
    return { data: events, nextCursor }
  }

  /** @throws validation_failed for a range that ends before it begins, or is longer than figures are kept */
  async function daily(ctx: Ctx, of: { from?: string | undefined; to?: string | undefined }) {
    const to = of.to ?? dayOf(ctx.at)
    const from = of.from ?? dayOf(new Date(Date.parse(to) - (usualRange - 1) * dayMs))
    const length = (Date.parse(to) - Date.parse(from)) / dayMs + 1
    if (length < 1 || length > longestRange) {
      const message = `is not within ${longestRange} days before the end`
      throw invalidField('/from', { ...issues.outside_range, message, limit: longestRange })
    }
    const found = await store(ctx).days({ from, to, events: Object.values(columns) })
    const counts = new Map(found.map(({ day, event, count }) => [`${day} ${event}`, count]))
    const on = (day: string, column: keyof typeof columns): number => counts.get(`${day} ${columns[column]}`) ?? 0
    const days = Array.from({ length }, (_, index) => dayOf(new Date(Date.parse(from) + index * dayMs)))
    return {
      days: days.map((day) => ({
        day,
        logins: on(day, 'logins'),
        failures: on(day, 'failures'),
        registrations: on(day, 'registrations'),
        activeUsers: on(day, 'activeUsers'),
        mailFailures: on(day, 'mailFailures'),
      })),
    }
  }

  /** Removes what has been kept long enough. */
  async function sweep(): Promise<void> {
    const now = deps.now().getTime()
    const rowsBefore = new Date(now - deps.retentionMs)
    const of = {
      rowsBefore,
      activeBefore: dayOf(rowsBefore),
      trackedBefore: dayOf(new Date(now)),
      daysBefore: dayOf(new Date(now - figuresMs)),
    }
    const sweeping = store(systemCtx(new Date(now)))
    while (await sweeping.sweepSome(of));
  }

  const userData: UserData = {
    name: 'telemetry',
    async export(ctx, { userId }) {
      if (foreign) return { events: (await foreign.about(ctx, userId)).map((row) => toEntry(row, ctx.tenantId)) }
      return { events: (await store(ctx).about(userId)).map((row) => toEntry(row, row.tenant_id)) }
    },
    ...(foreign && { eraseElsewhere: (ctx: Ctx, { userId }: { userId: string }) => foreign.forget(ctx, userId) }),
    erase: (tx, { userId }) => store(tx).forget(tx, userId),
  }

  return { take, track, list, query, daily, sweep, userData }
}

/** Whose session something is tracked in. */
type Caller = Pick<Active, 'userId' | 'sessionHandle'>

/** Conditions as they stand on the wire. */
export interface TelemetryWish {
  readonly tenantId?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** The day an instant falls on, in UTC. */
const dayOf = (at: Date): string => at.toISOString().slice(0, 10)

const byKey = <T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] =>
  [...all].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))

/** That something happened, and when. */
const bare = ({ id, event, at }: TelemetryRow): TelemetryRow => ({
  id,
  event,
  at,
  user_id: null,
  session_id: null,
  correlation_id: null,
  ip: null,
  user_agent: null,
  data: {},
})

const toEntry = (row: TelemetryRow, tenantId: string) => ({
  id: row.id,
  event: row.event,
  timestamp: row.at,
  data: row.data as never,
  userId: row.user_id,
  tenantId,
  sessionId: row.session_id,
  correlationId: row.correlation_id,
  ip: row.ip,
  userAgent: row.user_agent,
})

const systemCtx = (at: Date): Ctx => ({
  poolId: 'default',
  tenantId: 'default',
  actor: { kind: 'system', id: 'telemetry.sweep' },
  at,
})
