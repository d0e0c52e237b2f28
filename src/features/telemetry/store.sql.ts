/**
 * What happened as rows, and the figures of each day.
 *
 * A figure grows with the insert of a new row, in its transaction; so what is delivered twice counts once, and figures outlive the rows.
 *
 * @module
 */
import { sql } from 'kysely'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { chunked, keysetPage } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

/** A row with its tenant. */
export interface EventRow {
  tenant_id: string
  id: string
  event: string
  at: Date
  user_id: string | null
  session_id: string | null
  correlation_id: string | null
  ip: string | null
  user_agent: string | null
  data: unknown
}
interface DayRow {
  tenant_id: string
  /** `2026-01-31`, in UTC. */
  day: string
  event: string
  count: number
}
interface ActiveRow {
  tenant_id: string
  day: string
  user_id: string
}
interface TrackedRow extends ActiveRow {
  count: number
}
/** As this caller sees them: the tenant comes with the ctx. */
interface TelemetryTables {
  telemetry_event: Omit<EventRow, 'tenant_id'>
  telemetry_day: Omit<DayRow, 'tenant_id'>
  telemetry_active: Omit<ActiveRow, 'tenant_id'>
  telemetry_tracked: Omit<TrackedRow, 'tenant_id'>
}
interface EveryTenant {
  telemetry_event: EventRow
  telemetry_day: DayRow
  telemetry_active: ActiveRow
  telemetry_tracked: TrackedRow
}

export type TelemetryRow = TelemetryTables['telemetry_event']
export type DayCount = TelemetryTables['telemetry_day']

export const telemetryTables = {
  telemetry_event: { scope: 'tenant', json: ['data'] },
  telemetry_day: { scope: 'tenant' },
  telemetry_active: { scope: 'tenant' },
  telemetry_tracked: { scope: 'tenant' },
} as const satisfies TableDefs

export const telemetryMigrations: readonly Migration[] = [
  {
    id: '001_telemetry',
    up: ({ schema, types }) => [
      schema
        .createTable('telemetry_event')
        .addColumn('id', types.text, (column) => column.primaryKey())
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('event', types.text, (column) => column.notNull())
        .addColumn('at', types.instant, (column) => column.notNull())
        .addColumn('user_id', types.text)
        .addColumn('session_id', types.text)
        .addColumn('correlation_id', types.text)
        .addColumn('ip', types.text)
        .addColumn('user_agent', types.text)
        .addColumn('data', types.json, (column) => column.notNull()),
      schema.createIndex('telemetry_event_newest').on('telemetry_event').columns(['tenant_id', 'at', 'id']),
      schema.createIndex('telemetry_event_name').on('telemetry_event').columns(['tenant_id', 'event', 'at', 'id']),
      // By user whatever the tenant: it also serves whoever forgets a user in all of them.
      schema.createIndex('telemetry_event_user').on('telemetry_event').columns(['user_id', 'tenant_id', 'at', 'id']),
      schema.createIndex('telemetry_event_session').on('telemetry_event').columns(['tenant_id', 'session_id', 'at', 'id']),
      schema.createIndex('telemetry_event_old').on('telemetry_event').column('at'),
      schema
        .createTable('telemetry_day')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('day', types.text, (column) => column.notNull())
        .addColumn('event', types.text, (column) => column.notNull())
        .addColumn('count', types.integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('telemetry_day_pk', ['tenant_id', 'day', 'event']),
      schema.createIndex('telemetry_day_old').on('telemetry_day').column('day'),
      schema
        .createTable('telemetry_active')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('day', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addPrimaryKeyConstraint('telemetry_active_pk', ['tenant_id', 'day', 'user_id']),
      schema.createIndex('telemetry_active_user').on('telemetry_active').column('user_id'),
      schema.createIndex('telemetry_active_old').on('telemetry_active').column('day'),
    ],
    down: ({ schema }) => [
      schema.dropTable('telemetry_active'),
      schema.dropTable('telemetry_day'),
      schema.dropTable('telemetry_event'),
    ],
  },
  {
    // What a user has had tracked on a day, to bound it.
    id: '002_tracked',
    up: ({ schema, types }) => [
      schema
        .createTable('telemetry_tracked')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('day', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('count', types.integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('telemetry_tracked_pk', ['tenant_id', 'day', 'user_id']),
      schema.createIndex('telemetry_tracked_user').on('telemetry_tracked').column('user_id'),
      schema.createIndex('telemetry_tracked_old').on('telemetry_tracked').column('day'),
    ],
    down: ({ schema }) => [schema.dropTable('telemetry_tracked')],
  },
]

/** Which events. */
export interface TelemetryPage {
  readonly limit: number
  readonly cursor?: string | undefined
  /** A name, or the beginning of names and `.*`. */
  readonly event?: string | undefined
  readonly userId?: string | undefined
  readonly sessionId?: string | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

export type TelemetryStore = ReturnType<typeof telemetryStore>

/** Rows that one statement of the sweep removes: writers wait no longer than that. */
const sweepBatch = 500

export const telemetryStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<TelemetryTables>(ctx)
  const all = (tx?: Tx) => database.everything<EveryTenant>(tx)

  /** @returns how many rows were removed */
  async function sweepDays(table: 'telemetry_active' | 'telemetry_tracked', before: string): Promise<number> {
    const { numDeletedRows } = await all()
      .deleteFrom(table)
      .where(({ eb, refTuple }) =>
        eb(refTuple('tenant_id', 'day', 'user_id'), 'in', (users) =>
          users
            .selectFrom(table)
            .select(['tenant_id', 'day', 'user_id'])
            .where('day', '<', before)
            .limit(sweepBatch)
            .$asTuple('tenant_id', 'day', 'user_id'),
        ),
      )
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  }

  return {
    /** @returns the ids of those that were not there */
    async insertNew(rows: readonly TelemetryRow[]): Promise<ReadonlySet<string>> {
      const fresh: string[] = []
      for (const some of chunked(rows)) {
        const query = db.insertInto('telemetry_event').values([...some])
        const inserted = await query
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .execute()
        fresh.push(...inserted.map(({ id }) => id))
      }
      return new Set(fresh)
    },
    /** @returns those who were not known to be active on their day */
    async insertActive(rows: readonly TelemetryTables['telemetry_active'][]) {
      const fresh: TelemetryTables['telemetry_active'][] = []
      for (const some of chunked(rows)) {
        const query = db.insertInto('telemetry_active').values([...some])
        fresh.push(
          ...(await query
            .onConflict((conflict) => conflict.columns(['tenant_id', 'day', 'user_id'] as never).doNothing())
            .returning(['day', 'user_id'])
            .execute()),
        )
      }
      return fresh
    },
    /** Of N at once no more get through than there may be: the row is read in the statement that writes it. @returns whether this one did */
    async spendTracked({ day, user_id }: TelemetryTables['telemetry_active'], most: number): Promise<boolean> {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('telemetry_tracked')
        .values({ day, user_id, count: 1 })
        .onConflict((conflict) =>
          conflict
            .columns(['tenant_id', 'day', 'user_id'] as never)
            .doUpdateSet({ count: ({ ref }) => sql<number>`${ref('telemetry_tracked.count')} + 1` })
            .where('telemetry_tracked.count', '<', most),
        )
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },
    async count(counts: readonly DayCount[]): Promise<void> {
      for (const some of chunked(counts))
        await db
          .insertInto('telemetry_day')
          .values([...some])
          .onConflict((conflict) =>
            conflict
              .columns(['tenant_id', 'day', 'event'] as never)
              .doUpdateSet({ count: ({ ref }) => sql<number>`${ref('telemetry_day.count')} + ${ref('excluded.count')}` }),
          )
          .execute()
    },
    list({ limit, cursor, event, userId, sessionId, from, to }: TelemetryPage) {
      let query = db.selectFrom('telemetry_event').selectAll()
      if (event?.endsWith('.*')) {
        const beginning = event.slice(0, -1)
        // Neither LIKE nor a range of texts: one ignores case on SQLite, the other follows the collation of PostgreSQL.
        query = query.where(sql<boolean>`substr(event, 1, ${sql.lit(beginning.length)}) = ${beginning}`)
      } else if (event !== undefined) query = query.where('event', '=', event)
      if (userId !== undefined) query = query.where('user_id', '=', userId)
      if (sessionId !== undefined) query = query.where('session_id', '=', sessionId)
      if (from !== undefined) query = query.where('at', '>=', from)
      if (to !== undefined) query = query.where('at', '<', to)
      return keysetPage(query, { limit, cursor, by: 'at', id: 'id', direction: 'desc' })
    },
    days(of: { from: string; to: string; events: readonly string[] }): Promise<readonly DayCount[]> {
      return db
        .selectFrom('telemetry_day')
        .select(['day', 'event', 'count'])
        .where('day', '>=', of.from)
        .where('day', '<=', of.to)
        .where('event', 'in', [...of.events])
        .execute()
    },
    /** What is kept of a user, in every tenant. */
    about: (userId: string) =>
      all().selectFrom('telemetry_event').selectAll().where('user_id', '=', userId).orderBy('at').orderBy('id').execute(),
    async forget(tx: Tx, userId: string): Promise<void> {
      await all(tx).deleteFrom('telemetry_event').where('user_id', '=', userId).execute()
      await all(tx).deleteFrom('telemetry_active').where('user_id', '=', userId).execute()
      await all(tx).deleteFrom('telemetry_tracked').where('user_id', '=', userId).execute()
    },
    /** Removes some of what is too old, in every tenant. @returns whether there may be more */
    async sweepSome(of: { rowsBefore: Date; activeBefore: string; trackedBefore: string; daysBefore: string }): Promise<boolean> {
      const rows = await all()
        .deleteFrom('telemetry_event')
        .where('id', 'in', (events) =>
          events.selectFrom('telemetry_event').select('id').where('at', '<', of.rowsBefore).orderBy('at').limit(sweepBatch),
        )
        .executeTakeFirstOrThrow()
      const active = await sweepDays('telemetry_active', of.activeBefore)
      const tracked = await sweepDays('telemetry_tracked', of.trackedBefore)
      await all().deleteFrom('telemetry_day').where('day', '<', of.daysBefore).execute()
      return Math.max(Number(rows.numDeletedRows), active, tracked) === sweepBatch
    },
  }
}
