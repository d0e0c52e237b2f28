import { z } from 'zod'
import type { Clock, Logger } from '../../kernel/ambient/ambient.ts'
import { BootError } from '../../kernel/config/boot-error.ts'
import type { AuthEvent, EventPattern, Matching } from '../../kernel/contract/event.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { EmittedEvent, EventSink } from '../../storage/types.ts'
import type { Finding, UserData } from '../feature.ts'
import { handlerOf, type JobKind } from '../jobs/index.ts'
import type { OutboxEntry, OutboxStore } from './store.sql.ts'

/** What an application passes to `auth.on`. */
export type Listener<T extends EventPattern> = (event: AuthEvent<Matching<T>>) => void | Promise<void>

/** How a listener is served. */
export interface ListenerOptions {
  /**
   * With a name the event is kept until this listener has taken it: at least once, on one node, again after a failure. The name is what
   * remembers it, so it stays the same over releases, and every process that works on jobs knows the same names.
   */
  readonly name?: string
}

type AnyListener = (event: AuthEvent) => void | Promise<void>
interface Subscription {
  readonly wants: (name: string) => boolean
  readonly listener: AnyListener
}

/** A feature that takes events by the batch, each at least once. The ctx acts in their tenant. */
export type Tap = (ctx: Ctx, events: readonly AuthEvent[]) => Promise<void>

interface EventsDeps {
  /** The application's code that runs inside the business transaction, by event name. */
  readonly inTransaction: Readonly<Record<string, ((event: AuthEvent, tx: Tx) => Promise<void>) | undefined>>
  readonly store: OutboxStore
  readonly clock: Clock
  readonly logger: Logger
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  enqueue<P extends z.ZodType>(tx: Tx, kind: JobKind<P>, payload: z.input<P>): Promise<string>
  /** Rewrites jobs that name somebody. */
  rewriteNaming<P extends z.ZodType>(
    tx: Tx,
    kind: JobKind<P>,
    texts: readonly string[],
    rewrite: (payload: z.output<P>) => z.output<P>,
  ): Promise<void>
  /** Whether this process hands events on to listeners with a name. */
  readonly dispatches: boolean
  later(work: () => Promise<void>, onFailure: string): void
}

/** An event on its way to one listener with a name. */
const delivery = {
  name: 'events.deliver',
  payload: z.object({ listener: z.string(), event: z.custom<AuthEvent>((value) => typeof value === 'object') }),
} satisfies JobKind

/** Events of one tenant on their way to one feature: what waits together goes together, since each delivery costs a few statements. */
const batchDelivery = {
  name: 'events.deliver-batch',
  payload: z.object({ tap: z.string(), events: z.array(z.custom<AuthEvent>((value) => typeof value === 'object')) }),
} satisfies JobKind

/** Rows that one transaction hands on. */
const batch = 100
/** Every second somebody looks for rows that wait. */
const patienceMs = 300_000
/** How long a row is kept once it was handed on. */
const keptMs = 7 * 86_400_000

/**
 * Writes events beside the change that caused them, and hands them on once they are committed: at once and best effort to listeners
 * without a name, through the outbox and jobs to those with one.
 */
export function createEvents(deps: EventsDeps) {
  const { inTransaction, store, clock, logger, later } = deps
  const unnamed = new Set<Subscription>()
  const named = new Map<string, Subscription>()
  const taps = new Map<string, Tap>()
  let dispatching: Promise<void> | undefined

  async function record(tx: Tx, events: readonly EmittedEvent[]): Promise<void> {
    await store.insert(tx, events.map(toEntry))
    for (const event of events) await inTransaction[event.name]?.(toAuthEvent(event), tx)
  }

  function committed(events: readonly EmittedEvent[]): void {
    if (unnamed.size > 0)
      later(async () => {
        for (const event of events) await tell(toAuthEvent(event))
      }, 'listeners without a name have missed events')
    const isWanted = taps.size > 0 || [...named.values()].some(({ wants }) => events.some(({ name }) => wants(name)))
    if (deps.dispatches && isWanted) dispatchSoon()
  }

  async function tell(event: AuthEvent): Promise<void> {
    for (const { wants, listener } of unnamed) {
      if (!wants(event.event)) continue
      try {
        await listener(event)
      } catch (error) {
        // A listener is the application's code: its failure must not keep the event from the others.
        logger.error({ err: error, event: event.event, id: event.id }, 'an event listener failed')
      }
    }
  }

  function dispatchSoon(): void {
    later(dispatch, 'events could not be handed on to listeners with a name; they are handed on later')
  }

  /** Hands on what waits in the outbox, of every tenant. */
  function dispatch(): Promise<void> {
    dispatching ??= dispatchAll().finally(() => {
      dispatching = undefined
    })
    return dispatching
  }

  async function dispatchAll(): Promise<void> {
    while ((await store.isWaiting()) && (await deps.transaction(dispatcherAt(clock.now()), dispatchSome)));
  }

  /** @returns whether there was something for us: another node may be at it */
  async function dispatchSome(tx: Tx): Promise<boolean> {
    const rows = await store.takeWaiting(tx, batch)
    if (rows.length === 0) return false
    for (const row of rows) {
      for (const [listener, { wants }] of named) {
        if (wants(row.event))
          await deps.enqueue({ ...tx, tenantId: row.tenant_id }, delivery, { listener, event: ofEntry(row, row.tenant_id) })
      }
    }
    for (const tap of taps.keys()) {
      for (const tenantId of new Set(rows.map(({ tenant_id }) => tenant_id))) {
        const events = rows.filter(({ tenant_id }) => tenant_id === tenantId).map((row) => ofEntry(row, tenantId))
        await deps.enqueue({ ...tx, tenantId }, batchDelivery, { tap, events })
      }
    }
    await store.markDispatched(
      tx,
      rows.map(({ id }) => id),
    )
    return true
  }

  function on<T extends EventPattern>(pattern: T, listener: Listener<T>, { name }: ListenerOptions = {}): () => void {
    const subscription: Subscription = {
      wants: matcher(pattern),
      listener: (event) => listener(event as AuthEvent<Matching<T>>),
    }
    if (name === undefined) {
      unnamed.add(subscription)
      return () => void unnamed.delete(subscription)
    }
    if (named.has(name)) throw new BootError(`two listeners are called ${name}`, 'Give each listener a name of its own.')
    named.set(name, subscription)
    return () => void named.delete(name)
  }

  /** Without `whence` of somebody who is gone. */
  const forgetting =
    (userId: string) =>
    (event: AuthEvent): AuthEvent =>
      event.userId === userId || event.actor.id === userId ? withoutWhence(event) : event

  /** Events that are not handed on are webhooks, mails and listeners that never hear of them. */
  async function look(ctx: Ctx): Promise<Finding> {
    const since = await store.waitingSince()
    const figures = { waitingSince: since?.toISOString() ?? null }
    if (since && ctx.at.getTime() - since.getTime() > patienceMs)
      return {
        level: 'fault',
        code: 'events_waiting',
        detail: 'events wait that nobody hands on: no process works on jobs',
        figures,
      }
    return { level: 'ok', code: 'events_flow', detail: 'events are handed on', figures }
  }

  return {
    on,
    look,
    /** Hands every event to a feature of ours, from the outbox; the name stays the same over releases. Said while features are created. */
    tap(name: string, take: Tap): void {
      taps.set(name, take)
    },
    sink: { record, committed } satisfies EventSink,
    dispatch,
    sweep: () => store.removeDispatched(new Date(clock.now().getTime() - keptMs)),
    userData: {
      name: 'events',
      async erase(tx, { userId }) {
        // The outbox first: a dispatcher that is at these rows is waited for, and what it hands on is rewritten as well.
        await store.forgetWhence(tx, userId)
        const forgotten = forgetting(userId)
        await deps.rewriteNaming(tx, delivery, [userId], ({ listener, event }) => ({ listener, event: forgotten(event) }))
        await deps.rewriteNaming(tx, batchDelivery, [userId], ({ tap, events }) => ({ tap, events: events.map(forgotten) }))
      },
    } satisfies UserData,
    deliverBatch: handlerOf(batchDelivery, async (ctx, { payload: { tap, events } }) => {
      const take = taps.get(tap)
      // As below.
      if (!take) throw new Error(`no feature of this process takes events as ${tap}`)
      await take(ctx, events)
    }),
    deliver: handlerOf(delivery, async (_ctx, { payload: { listener, event } }) => {
      const subscription = named.get(listener)
      // An ordinary failure: while a release is rolled out, another process may have it.
      if (!subscription) throw new Error(`no listener of this process is called ${listener}`)
      await subscription.listener(event)
    }),
  }
}

/** The service other features and `app/` see. */
export type EventsService = ReturnType<typeof createEvents>

/** What happened, without the place it was asked from. */
const withoutWhence = ({ ip: _, userAgent: __, ...event }: AuthEvent): AuthEvent => event as AuthEvent

const dispatcherAt = (at: Date): Ctx => ({
  poolId: 'default',
  tenantId: 'default',
  actor: { kind: 'system', id: 'events.dispatch' },
  at,
})

function matcher(pattern: string): (name: string) => boolean {
  if (pattern === '*') return () => true
  if (!pattern.endsWith('.*')) return (name) => name === pattern
  const prefix = pattern.slice(0, -1)
  return (name) => name.startsWith(prefix)
}

function toEntry({ id, name, ctx, body }: EmittedEvent): OutboxEntry {
  return {
    id,
    event: name,
    version: 1,
    occurred_at: ctx.at,
    user_id: body.userId ?? null,
    session_id: body.sessionId ?? null,
    actor: ctx.actor,
    correlation_id: ctx.from?.correlationId ?? null,
    ip: ctx.from?.ip ?? null,
    user_agent: ctx.from?.userAgent ?? null,
    data: body.data,
  }
}

const toAuthEvent = (event: EmittedEvent): AuthEvent => ofEntry(toEntry(event), event.ctx.tenantId)

/** The event a row of the outbox stands for. */
function ofEntry(row: OutboxEntry, tenantId: string): AuthEvent {
  const event = {
    id: row.id,
    event: row.event,
    version: 1 as const,
    timestamp: row.occurred_at.toISOString(),
    tenantId,
    ...(row.user_id !== null && { userId: row.user_id }),
    ...(row.session_id !== null && { sessionId: row.session_id }),
    actor: row.actor,
    ...(row.correlation_id !== null && { correlationId: row.correlation_id }),
    ...(row.ip !== null && { ip: row.ip }),
    ...(row.user_agent !== null && { userAgent: row.user_agent }),
    data: row.data,
  }
  return event as AuthEvent
}
