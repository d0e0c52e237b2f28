/**
 * Telemetry in a store of the application, as node-auth has it.
 *
 * Invariant: it is asked outside of our transactions, and gets an event again, with the same id, whenever it may not have kept it.
 * Not here: figures by day. They are counted in our tables, which then hold an event's id, name and instant and nothing else.
 *
 * @module
 */
import { z } from 'zod'
import { AuthError, invalidField } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { badCursor } from '../../storage/ops.ts'
import type { Checkup } from '../feature.ts'
import { askForeign, instant } from '../foreign.ts'
import { E, issues } from './contract.ts'
import type { TelemetryPage, TelemetryRow } from './store.sql.ts'

/** Something that happened. */
export interface TelemetryEvent {
  /** The same however often it is saved. */
  readonly id: string
  readonly event: string
  /** ISO 8601. */
  readonly timestamp: string
  readonly data?: unknown
  readonly userId?: string | undefined
  readonly tenantId?: string | undefined
  readonly sessionId?: string | undefined
  readonly correlationId?: string | undefined
  readonly ip?: string | undefined
  readonly userAgent?: string | undefined
}

/** Which events; what is absent is no condition. */
export interface TelemetryFilter {
  readonly event?: string | undefined
  readonly userId?: string | undefined
  readonly tenantId?: string | undefined
  readonly sessionId?: string | undefined
  /** From this instant on. */
  readonly from?: Date | undefined
  /** Up to, and without, this one. */
  readonly to?: Date | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/**
 * Where the application keeps what happened.
 *
 * @example
 * ```ts
 * import { createAuth } from 'keywright'
 * import type { ITelemetryStore } from 'keywright/stores'
 *
 * const authOver = (telemetry: ITelemetryStore) => createAuth({ ...options, telemetry: true, stores: { telemetry } })
 * ```
 */
export interface ITelemetryStore {
  /** Keeps an event; one whose id is there already is nothing new. */
  save(event: TelemetryEvent): Promise<unknown>
  /** Newest first. Without it nobody reads through us what happened. */
  query?(filter: TelemetryFilter): Promise<TelemetryEvent[]>
  /** Removes what is kept of a user. Without it what you have of somebody who is gone is yours to remove. */
  forget?(userId: string): Promise<unknown>
}

declare module '../feature.ts' {
  interface Stores {
    telemetry: ITelemetryStore
  }
}

const text = z.string().nullish()
const Stored = z.object({
  id: z.string(),
  event: z.string(),
  timestamp: instant,
  data: z.json().nullish(),
  userId: text,
  sessionId: text,
  correlationId: text,
  ip: text,
  userAgent: text,
})

/** Our half of a conversation with the application's store. */
export const foreignTelemetry = (port: ITelemetryStore) => ({
  async save(ctx: Ctx, rows: readonly TelemetryRow[]): Promise<void> {
    for (const row of rows) await askForeign(ctx, () => port.save(toEvent(row, ctx.tenantId)))
  },
  /** @throws telemetry_unreadable, validation_failed, unavailable */
  async list(ctx: Ctx, { limit, cursor, ...filter }: TelemetryPage) {
    if (!port.query) throw new AuthError(E.telemetry_unreadable)
    if (filter.event?.endsWith('.*')) throw invalidField('/event', issues.needs_whole_name)
    const offset = offsetOf(cursor)
    const found = await askForeign(ctx, async () =>
      z.array(Stored).parse(await port.query?.({ ...filter, tenantId: ctx.tenantId, limit: limit + 1, offset })),
    )
    return { rows: found.slice(0, limit).map(toRow), nextCursor: found.length > limit ? String(offset + limit) : null }
  },
  async about(ctx: Ctx, userId: string): Promise<readonly TelemetryRow[]> {
    if (!port.query) return []
    return askForeign(ctx, async () =>
      z
        .array(Stored)
        .parse(await port.query?.({ userId }))
        .map(toRow),
    )
  },
  forget: (ctx: Ctx, userId: string) => askForeign(ctx, async () => void (await port.forget?.(userId))),
})

export type ForeignTelemetry = ReturnType<typeof foreignTelemetry>

/** Looks for what happened to a person nobody is. */
export const telemetryCheckup = (port: ITelemetryStore): Checkup => ({
  store: 'telemetry',
  port,
  required: ['save'],
  optional: {
    query: 'nobody reads through us what happened',
    forget: 'what it has of people who are gone is yours to remove',
  },
  async look(ctx, nobody) {
    if ((await foreignTelemetry(port).about(ctx, nobody)).length > 0)
      throw new Error('it tells what happened to a person there is not')
  },
})

function offsetOf(cursor = '0'): number {
  if (!/^\d{1,9}$/.test(cursor)) throw badCursor()
  return Number(cursor)
}

const toEvent = (row: TelemetryRow, tenantId: string): TelemetryEvent => ({
  id: row.id,
  event: row.event,
  timestamp: row.at.toISOString(),
  data: row.data,
  tenantId,
  ...(row.user_id !== null && { userId: row.user_id }),
  ...(row.session_id !== null && { sessionId: row.session_id }),
  ...(row.correlation_id !== null && { correlationId: row.correlation_id }),
  ...(row.ip !== null && { ip: row.ip }),
  ...(row.user_agent !== null && { userAgent: row.user_agent }),
})

const toRow = (event: z.output<typeof Stored>): TelemetryRow => ({
  id: event.id,
  event: event.event,
  at: event.timestamp,
  user_id: event.userId ?? null,
  session_id: event.sessionId ?? null,
  correlation_id: event.correlationId ?? null,
  ip: event.ip ?? null,
  user_agent: event.userAgent ?? null,
  data: event.data ?? {},
})
