/**
 * Who is about to go, and for a day who is gone.
 *
 * Invariant: each step is one guarded statement whose row count decides: of a restore and a removal one gets through, of N nodes that
 * remove somebody one finishes.
 *
 * @module
 */
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { consumeOne } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface DeletionRow {
  user_id: string
  reason: 'user' | 'operator'
  /** An operator's own words. */
  note: string | null
  /** Who asked for it: whoever carries it out says so. */
  caller: Pick<Ctx, 'tenantId' | 'actor'>
  requested_at: Date
  due_at: Date
  /** From then on there is no way back. */
  started_at: Date | null
  /** The names of somebody whose removal has begun: the store they live in may not know them any more when it goes on. */
  identifiers: readonly string[]
  finished_at: Date | null
}

interface DeletionTables {
  account_deletion: DeletionRow
}

/** Somebody who is about to go. */
export interface Departure extends Pick<DeletionRow, 'reason' | 'note' | 'caller' | 'identifiers'> {
  readonly poolId: string
  readonly userId: string
  readonly dueAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

export const accountTables = {
  account_deletion: { scope: 'pool', json: ['caller', 'identifiers'] },
} as const satisfies TableDefs

export const accountMigrations: readonly Migration[] = [
  {
    id: '001_account_deletion',
    up: ({ schema, types }) => [
      schema
        .createTable('account_deletion')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('reason', types.text, (column) => column.notNull())
        .addColumn('note', types.text)
        .addColumn('caller', types.json, (column) => column.notNull())
        .addColumn('requested_at', types.instant, (column) => column.notNull())
        .addColumn('due_at', types.instant, (column) => column.notNull())
        .addColumn('started_at', types.instant)
        .addColumn('identifiers', types.json, (column) => column.notNull())
        .addColumn('finished_at', types.instant)
        .addPrimaryKeyConstraint('account_deletion_pk', ['pool_id', 'user_id']),
      schema.createIndex('account_deletion_due').on('account_deletion').columns(['finished_at', 'due_at']),
    ],
    down: ({ schema }) => [schema.dropTable('account_deletion')],
  },
]

export type DepartureStore = ReturnType<typeof departureStore>

export const departureStore = (database: Database) => {
  const db = (ctx: Ctx) => database.tables<DeletionTables>(ctx)
  const everywhere = () => database.everything<{ account_deletion: DeletionRow & { pool_id: string } }>()
  const unstarted = (ctx: Ctx, userId: string) =>
    db(ctx).updateTable('account_deletion').where('user_id', '=', userId).where('started_at', 'is', null)

  return {
    async find(ctx: Ctx, userId: string): Promise<Departure | undefined> {
      const row = await db(ctx).selectFrom('account_deletion').selectAll().where('user_id', '=', userId).executeTakeFirst()
      return row && toDeparture({ ...row, pool_id: ctx.poolId })
    },
    /** @returns whether nobody has declared them before */
    async declare(
      tx: Tx,
      userId: string,
      of: { reason: DeletionRow['reason']; note: string | null; dueAt: Date },
    ): Promise<boolean> {
      const { reason, note, dueAt } = of
      const caller = { tenantId: tx.tenantId, actor: tx.actor }
      const row = { user_id: userId, reason, note, caller, requested_at: tx.at, due_at: dueAt }
      const { numInsertedOrUpdatedRows } = await db(tx)
        .insertInto('account_deletion')
        .values({ ...row, started_at: null, identifiers: [], finished_at: null })
        .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },
    /** Makes somebody who waits due now. @returns whether they waited */
    hasten(tx: Tx, userId: string, { reason, note }: Pick<DeletionRow, 'reason' | 'note'>): Promise<boolean> {
      const caller = { tenantId: tx.tenantId, actor: tx.actor }
      return consumeOne(unstarted(tx, userId).set({ due_at: tx.at, reason, note, caller }))
    },
    /** @returns whether there is still a way back, which was taken */
    withdraw(tx: Tx, userId: string): Promise<boolean> {
      return consumeOne(
        db(tx)
          .deleteFrom('account_deletion')
          .where('user_id', '=', userId)
          .where('started_at', 'is', null)
          .where('due_at', '>', tx.at),
      )
    },
    /** @returns whether this caller began */
    start(ctx: Ctx, userId: string, identifiers: readonly string[]): Promise<boolean> {
      return consumeOne(unstarted(ctx, userId).set({ started_at: ctx.at, identifiers }).where('due_at', '<=', ctx.at))
    },
    /** Leaves an id, so that nothing begins for them that was under way. @returns whether this caller finished */
    finish(tx: Tx, userId: string): Promise<boolean> {
      return consumeOne(
        db(tx)
          .updateTable('account_deletion')
          .set({ finished_at: tx.at, identifiers: [] })
          .where('user_id', '=', userId)
          .where('started_at', 'is not', null)
          .where('finished_at', 'is', null),
      )
    },
    /** Those nobody has begun with come first: one that cannot be finished must not stand before others. */
    async due(at: Date): Promise<readonly Departure[]> {
      const rows = await everywhere()
        .selectFrom('account_deletion')
        .selectAll()
        .where('finished_at', 'is', null)
        .where('due_at', '<=', at)
        .orderBy('started_at', (order) => order.asc().nullsFirst())
        .orderBy('due_at')
        .limit(100)
        .execute()
      return rows.map(toDeparture)
    },
    async forgetFinished(before: Date): Promise<void> {
      await everywhere().deleteFrom('account_deletion').where('finished_at', '<', before).execute()
    },
  }
}

const toDeparture = (row: DeletionRow & { pool_id: string }): Departure => ({
  poolId: row.pool_id,
  userId: row.user_id,
  reason: row.reason,
  note: row.note,
  caller: row.caller,
  dueAt: row.due_at,
  startedAt: row.started_at,
  identifiers: row.identifiers,
  finishedAt: row.finished_at,
})
