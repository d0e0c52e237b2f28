import type { Clock, Logger } from '../../kernel/ambient/ambient.ts'
import type { AuthEvent, EventName, EventPattern, Matching } from '../../kernel/contract/event.ts'
import type { Tx } from '../../kernel/ctx.ts'
import type { EmittedEvent, EventSink } from '../../storage/types.ts'
import type { OutboxEntry, OutboxStore } from './store.sql.ts'

/** What an application passes to `auth.on`. */
export type Listener<T extends EventPattern> = (event: AuthEvent<Matching<T>>) => void | Promise<void>

type AnyListener = (event: AuthEvent) => void | Promise<void>

interface EventsDeps {
  /** The application's code that runs inside the business transaction, by event name. */
  readonly inTransaction: Readonly<Record<string, ((event: AuthEvent, tx: Tx) => Promise<void>) | undefined>>
  readonly store: OutboxStore
  readonly clock: Clock
  readonly logger: Logger
  later(work: () => Promise<void>, onFailure: string): void
}

/**
 * Writes events beside the change that caused them, and hands them to this process's listeners once they are committed.
 *
 * Listeners are served best effort: the row stays undispatched when the process dies between commit and delivery.
 */
export function createEvents({ inTransaction, store, clock, logger, later }: EventsDeps) {
  const listeners = new Map<AnyListener, (name: string) => boolean>()

  async function record(tx: Tx, events: readonly EmittedEvent[]): Promise<void> {
    await store.insert(tx, events.map(toEntry))
    for (const event of events) await inTransaction[event.name]?.(toAuthEvent(event), tx)
  }

  function committed(events: readonly EmittedEvent[]): void {
    later(async () => {
      for (const event of events) await deliver(toAuthEvent(event))
      await store.markDispatched(
        events.map((event) => event.id),
        clock.now(),
      )
    }, 'listeners have heard events whose rows could not be marked: they still count as not dispatched')
  }

  async function deliver(event: AuthEvent): Promise<void> {
    for (const [listener, wants] of listeners) {
      if (!wants(event.event)) continue
      try {
        await listener(event)
      } catch (error) {
        // A listener is the application's code: its failure must not keep the event from the others.
        logger.error({ err: error, event: event.event, id: event.id }, 'an event listener failed')
      }
    }
  }

  function on<T extends EventPattern>(pattern: T, listener: Listener<T>): () => void {
    const registered: AnyListener = (event) => listener(event as AuthEvent<Matching<T>>)
    listeners.set(registered, matcher(pattern))
    return () => void listeners.delete(registered)
  }

  return { on, sink: { record, committed } satisfies EventSink }
}

/** The service other features and `app/` see. */
export type EventsService = ReturnType<typeof createEvents>

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

function toAuthEvent({ id, name, ctx, body }: EmittedEvent): AuthEvent {
  const event = {
    id,
    event: name,
    version: 1 as const,
    timestamp: ctx.at.toISOString(),
    tenantId: ctx.tenantId,
    ...(body.userId !== undefined && { userId: body.userId }),
    ...(body.sessionId !== undefined && { sessionId: body.sessionId }),
    actor: ctx.actor,
    ...(ctx.from && { correlationId: ctx.from.correlationId, userAgent: ctx.from.userAgent }),
    ...(ctx.from?.ip !== undefined && { ip: ctx.from.ip }),
    data: body.data,
  }
  return event as AuthEvent<EventName>
}
