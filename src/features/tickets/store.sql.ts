/**
 * Tickets as rows: digests only, spent by one guarded statement.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import { consumeOne } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface TicketRow {
  digest: string
  purpose: string
  user_id: string
  bindings: Record<string, unknown>
  expires_at: Date
  consumed_at: Date | null
  created_at: Date
}

interface TicketTables {
  ticket: TicketRow
}

export const ticketTables = { ticket: { scope: 'pool', json: ['bindings'] } } as const satisfies TableDefs

export const ticketMigrations: readonly Migration[] = [
  {
    id: '001_ticket',
    up: ({ schema, types }) => [
      schema
        .createTable('ticket')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('digest', types.text, (column) => column.notNull())
        .addColumn('purpose', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('bindings', types.json, (column) => column.notNull())
        .addColumn('expires_at', types.instant, (column) => column.notNull())
        .addColumn('consumed_at', types.instant)
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('ticket_pk', ['pool_id', 'digest']),
      schema.createIndex('ticket_user').on('ticket').columns(['pool_id', 'user_id']),
      schema.createIndex('ticket_expiry').on('ticket').column('expires_at'),
    ],
    down: ({ schema }) => [schema.dropTable('ticket')],
  },
]

export type TicketStore = ReturnType<typeof ticketStore>

export const ticketStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<TicketTables>(ctx)
  return {
    async insert(ticket: TicketRow): Promise<void> {
      await db.insertInto('ticket').values(ticket).execute()
    },
    /** @returns whether it was not there yet */
    async insertOnce(ticket: TicketRow): Promise<boolean> {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('ticket')
        .values(ticket)
        .onConflict((conflict) => conflict.columns(['pool_id', 'digest'] as never).doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },
    /** Only of one that can still be spent. @returns whether it could */
    extend(digest: string, expiresAt: Date): Promise<boolean> {
      return consumeOne(
        db.updateTable('ticket').set({ expires_at: expiresAt }).where('digest', '=', digest).where('consumed_at', 'is', null),
      )
    },
    async hasLater(userId: string, purpose: string, than: Date): Promise<boolean> {
      const row = await db
        .selectFrom('ticket')
        .select('digest')
        .where('user_id', '=', userId)
        .where('purpose', '=', purpose)
        .where('created_at', '>', than)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },
    async consumeEarlier(userId: string, purpose: string, than: Date): Promise<void> {
      await db
        .updateTable('ticket')
        .set({ consumed_at: ctx.at })
        .where('user_id', '=', userId)
        .where('purpose', '=', purpose)
        .where('created_at', '<', than)
        .where('consumed_at', 'is', null)
        .execute()
    },
    async findLive(purpose: string, digest: string): Promise<TicketRow | undefined> {
      return db
        .selectFrom('ticket')
        .selectAll()
        .where('digest', '=', digest)
        .where('purpose', '=', purpose)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', ctx.at)
        .executeTakeFirst()
    },
    /** The `consumed_at is null` guard is the guarantee: of N racing callers, one changes the row. */
    consume(purpose: string, digest: string): Promise<boolean> {
      return consumeOne(
        db
          .updateTable('ticket')
          .set({ consumed_at: ctx.at })
          .where('digest', '=', digest)
          .where('purpose', '=', purpose)
          .where('consumed_at', 'is', null)
          .where('expires_at', '>', ctx.at),
      )
    },
    /** Spends every living ticket of a user in one statement. @returns digests of those that this caller spent */
    async consumeAll(userId: string): Promise<readonly string[]> {
      const spent = await db
        .updateTable('ticket')
        .set({ consumed_at: ctx.at })
        .where('user_id', '=', userId)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', ctx.at)
        .returning('digest')
        .execute()
      return spent.map(({ digest }) => digest)
    },
  }
}

/** Removes tickets nobody can spend any more, in every pool. */
export const sweepTickets = (database: Database) => async (before: Date) => {
  await database.everything<TicketTables>().deleteFrom('ticket').where('expires_at', '<', before).execute()
}
