/**
 * The outbox: events as rows that commit with the change that caused them.
 *
 * @module
 */
import type { Actor } from '../../kernel/contract/event.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { chunked } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

/** A row of the outbox. */
export interface OutboxRow {
  tenant_id: string
  /** UUID version 7: sorted by time, constant over every delivery. */
  id: string
  event: string
  version: number
  occurred_at: Date
  user_id: string | null
  session_id: string | null
  actor: Actor
  correlation_id: string | null
  ip: string | null
  user_agent: string | null
  data: unknown
  /** When every sink had it; `null` is where the dispatcher starts. */
  dispatched_at: Date | null
}

/** A row to be written. */
export type OutboxEntry = Omit<OutboxRow, 'dispatched_at' | 'tenant_id'>

export const eventTables = { outbox: { scope: 'tenant', json: ['actor', 'data'] } } as const satisfies TableDefs

export const eventMigrations: readonly Migration[] = [
  {
    id: '001_outbox',
    up: ({ schema, types }) => [
      schema
        .createTable('outbox')
        .addColumn('id', types.text, (column) => column.primaryKey())
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('event', types.text, (column) => column.notNull())
        .addColumn('version', types.integer, (column) => column.notNull())
        .addColumn('occurred_at', types.instant, (column) => column.notNull())
        .addColumn('user_id', types.text)
        .addColumn('session_id', types.text)
        .addColumn('actor', types.json, (column) => column.notNull())
        .addColumn('correlation_id', types.text)
        .addColumn('ip', types.text)
        .addColumn('user_agent', types.text)
        .addColumn('data', types.json, (column) => column.notNull())
        .addColumn('dispatched_at', types.instant),
      schema.createIndex('outbox_waiting').on('outbox').columns(['dispatched_at', 'id']),
    ],
    down: ({ schema }) => [schema.dropTable('outbox')],
  },
  {
    id: '002_of_user',
    up: ({ schema }) => [schema.createIndex('outbox_user').on('outbox').column('user_id')],
    down: ({ schema }) => [schema.dropIndex('outbox_user')],
  },
]

export type OutboxStore = ReturnType<typeof outboxStore>

export const outboxStore = (database: Database) => ({
  async insert(ctx: Ctx, rows: readonly OutboxEntry[]): Promise<void> {
    const db = database.tables<{ outbox: OutboxEntry }>(ctx)
    for (const some of chunked(rows))
      await db
        .insertInto('outbox')
        .values([...some])
        .execute()
  },
  /** Whether anything waits, of any tenant. */
  async isWaiting(): Promise<boolean> {
    const db = database.everything<{ outbox: OutboxRow }>()
    const row = await db.selectFrom('outbox').select('id').where('dispatched_at', 'is', null).limit(1).executeTakeFirst()
    return row !== undefined
  },
  /** Since when the oldest row waits. */
  async waitingSince(): Promise<Date | undefined> {
    const rows = database.everything<{ outbox: OutboxRow }>().selectFrom('outbox').select('occurred_at')
    return (await rows.where('dispatched_at', 'is', null).orderBy('id').limit(1).executeTakeFirst())?.occurred_at
  },
  /** The oldest rows that wait, of every tenant; each is for one dispatcher. */
  takeWaiting(tx: Tx, limit: number): Promise<readonly OutboxRow[]> {
    return database
      .everything<{ outbox: OutboxRow }>(tx)
      .selectFrom('outbox')
      .selectAll()
      .where('dispatched_at', 'is', null)
      .orderBy('id')
      .limit(limit)
      .modifyEnd(database.engine.skipLocked)
      .execute()
  },
  async markDispatched(tx: Tx, ids: readonly string[]): Promise<void> {
    const db = database.everything<{ outbox: OutboxRow }>(tx)
    await db
      .updateTable('outbox')
      .set({ dispatched_at: tx.at })
      .where('id', 'in', [...ids])
      .execute()
  },
  /** What happened stays; where a user was when it did goes. */
  async forgetWhence(tx: Tx, userId: string): Promise<void> {
    const rows = database.everything<{ outbox: OutboxRow }>(tx).updateTable('outbox')
    await rows.set({ ip: null, user_agent: null }).where('user_id', '=', userId).execute()
  },
  async removeDispatched(before: Date): Promise<void> {
    await database.everything<{ outbox: OutboxRow }>().deleteFrom('outbox').where('dispatched_at', '<', before).execute()
  },
})
