/**
 * Tickets as rows: digests only, spent by one guarded statement.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import { consumeOne } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

/** A ticket as it is kept. */
export interface TicketRow {
  digest: string
  purpose: string
  user_id: string
  bindings: Record<string, unknown>
  expires_at: Date
  consumed_at: Date | null
  created_at: Date
  /** What a code is shown together with, such as the address it was sent to; absent: there is no code. */
  code_for: string | null
  code_tag: string | null
  code_tries: number
  code_expires_at: Date | null
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
  {
    id: '002_code',
    up: ({ schema, types }) => [
      schema.alterTable('ticket').addColumn('code_for', types.text),
      schema.alterTable('ticket').addColumn('code_tag', types.text),
      schema.alterTable('ticket').addColumn('code_tries', types.integer, (column) => column.notNull().defaultTo(0)),
      schema.alterTable('ticket').addColumn('code_expires_at', types.instant),
      schema.createIndex('ticket_code').on('ticket').columns(['pool_id', 'code_for']),
    ],
    down: ({ schema }) => [
      schema.dropIndex('ticket_code'),
      schema.alterTable('ticket').dropColumn('code_expires_at'),
      schema.alterTable('ticket').dropColumn('code_tries'),
      schema.alterTable('ticket').dropColumn('code_tag'),
      schema.alterTable('ticket').dropColumn('code_for'),
    ],
  },
]

export type TicketStore = ReturnType<typeof ticketStore>

export const ticketStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<TicketTables>(ctx)
  /** Of what it is narrowed to, whatever is not spent yet. */
  const spending = () => db.updateTable('ticket').set({ consumed_at: ctx.at }).where('consumed_at', 'is', null)
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
    extend({ digest, expires_at, code_expires_at }: TicketRow): Promise<boolean> {
      return consumeOne(
        db
          .updateTable('ticket')
          .set({ expires_at, code_expires_at })
          .where('digest', '=', digest)
          .where('consumed_at', 'is', null),
      )
    },
    /** When the newest one was made, spent or not. */
    async newestAt(userId: string, purpose: string): Promise<Date | undefined> {
      const row = await db
        .selectFrom('ticket')
        .select('created_at')
        .where('user_id', '=', userId)
        .where('purpose', '=', purpose)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row?.created_at
    },
    async consumeEarlier(userId: string, purpose: string, than: Date): Promise<void> {
      await spending().where('user_id', '=', userId).where('purpose', '=', purpose).where('created_at', '<', than).execute()
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
    /** Until when a user has one that can be spent. */
    async liveUntil(userId: string, purpose: string): Promise<Date | undefined> {
      const row = await db
        .selectFrom('ticket')
        .select('expires_at')
        .where('user_id', '=', userId)
        .where('purpose', '=', purpose)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', ctx.at)
        .orderBy('expires_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row?.expires_at
    },
    /** The newest one whose code is shown with this. */
    async findByCode(purpose: string, codeFor: string): Promise<TicketRow | undefined> {
      return db
        .selectFrom('ticket')
        .selectAll()
        .where('code_for', '=', codeFor)
        .where('purpose', '=', purpose)
        .where('consumed_at', 'is', null)
        .where('code_expires_at', '>', ctx.at)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
    },
    /** Counts a try before it is judged. The guard on the count is the guarantee: of N racing guesses, `most` are judged. */
    countTry(digest: string, most: number): Promise<boolean> {
      return consumeOne(
        db
          .updateTable('ticket')
          .set((row) => ({ code_tries: row('code_tries', '+', 1) }))
          .where('digest', '=', digest)
          .where('consumed_at', 'is', null)
          .where('code_expires_at', '>', ctx.at)
          .where('code_tries', '<', most),
      )
    },
    /** The `consumed_at is null` guard is the guarantee: of N racing callers, one changes the row. */
    consume(purpose: string, digest: string): Promise<boolean> {
      return consumeOne(spending().where('digest', '=', digest).where('purpose', '=', purpose).where('expires_at', '>', ctx.at))
    },
    async consumeLater(userId: string, purpose: string, than: Date): Promise<void> {
      await spending().where('user_id', '=', userId).where('purpose', '=', purpose).where('created_at', '>', than).execute()
    },
    /**
     * Spends every ticket of a user in one statement, also one that has run out: a later attempt at its mail would extend it.
     *
     * @returns digests of the living ones that this caller spent
     */
    async consumeAll(userId: string, but: readonly string[]): Promise<readonly string[]> {
      const spent = await spending()
        .where('user_id', '=', userId)
        .where('purpose', 'not in', [...but])
        .returning(['digest', 'expires_at'])
        .execute()
      return spent.flatMap(({ digest, expires_at }) => (expires_at > ctx.at ? [digest] : []))
    },
    list: (userId: string) => db.selectFrom('ticket').selectAll().where('user_id', '=', userId).orderBy('created_at').execute(),
    async removeAll(userId: string): Promise<void> {
      await db.deleteFrom('ticket').where('user_id', '=', userId).execute()
    },
  }
}

/** Removes tickets nobody can spend any more, in every pool. */
export const sweepTickets = (database: Database) => async (before: Date) => {
  await database.everything<TicketTables>().deleteFrom('ticket').where('expires_at', '<', before).execute()
}
