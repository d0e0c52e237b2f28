/**
 * Acts on many users as rows: the run, and one row for each user it has come to.
 *
 * @module
 */
import type { Actor } from '../../kernel/contract/event.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { chunked, consumeOne, keysetPage } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'
import type { Selector } from './contract.ts'

export interface RunRow {
  id: string
  action: string
  selector: Selector
  reason: string
  actor: Actor
  /** 1 for a dry run. */
  dry_run: number
  state: 'queued' | 'running' | 'done' | 'cancelled' | 'failed'
  total: number | null
  selected: number
  done: number
  skipped: number
  failed: number
  error: string | null
  /** Where in the selection it is. */
  place: string | null
  /** Counts its jobs: one that is not of this number has been overtaken. */
  step: number
  created_at: Date
  updated_at: Date
}

export interface UserRow {
  run_id: string
  user_id: string
  /** `begun`: it may have been done, and nobody has come back to say so. */
  outcome: 'selected' | 'begun' | 'done' | 'skipped' | 'failed'
  code: string | null
  at: Date
}

interface InTenant {
  tenant_id: string
}

interface BulkTables {
  bulk_run: RunRow
  bulk_row: UserRow
}

export const bulkTables = {
  bulk_run: { scope: 'tenant', json: ['selector', 'actor'] },
  bulk_row: { scope: 'tenant' },
} as const satisfies TableDefs

export const bulkMigrations: readonly Migration[] = [
  {
    id: '001_bulk',
    up: ({ schema, types }) => [
      schema
        .createTable('bulk_run')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('id', types.text, (column) => column.notNull())
        .addColumn('action', types.text, (column) => column.notNull())
        .addColumn('selector', types.json, (column) => column.notNull())
        .addColumn('reason', types.text, (column) => column.notNull())
        .addColumn('actor', types.json, (column) => column.notNull())
        .addColumn('dry_run', types.integer, (column) => column.notNull())
        .addColumn('state', types.text, (column) => column.notNull())
        .addColumn('total', types.integer)
        .addColumn('selected', types.integer, (column) => column.notNull())
        .addColumn('done', types.integer, (column) => column.notNull())
        .addColumn('skipped', types.integer, (column) => column.notNull())
        .addColumn('failed', types.integer, (column) => column.notNull())
        .addColumn('error', types.text)
        .addColumn('place', types.text)
        .addColumn('step', types.integer, (column) => column.notNull())
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addColumn('updated_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('bulk_run_pk', ['tenant_id', 'id']),
      schema
        .createTable('bulk_row')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('run_id', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('outcome', types.text, (column) => column.notNull())
        .addColumn('code', types.text)
        .addColumn('at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('bulk_row_pk', ['tenant_id', 'run_id', 'user_id']),
      schema.createIndex('bulk_row_outcome').on('bulk_row').columns(['tenant_id', 'run_id', 'outcome', 'user_id']),
    ],
    down: ({ schema }) => [schema.dropTable('bulk_row'), schema.dropTable('bulk_run')],
  },
]

/** What is counted of a run. */
export type Counts = Pick<RunRow, 'selected' | 'done' | 'skipped' | 'failed'>

export type BulkStore = ReturnType<typeof bulkStore>

export const bulkStore = (database: Database) => {
  const db = (ctx: Ctx) => database.tables<BulkTables>(ctx)
  const rowKey = ['tenant_id', 'run_id', 'user_id'] as never
  return {
    async insert(ctx: Ctx, run: RunRow): Promise<void> {
      await db(ctx).insertInto('bulk_run').values(run).execute()
    },
    find: (ctx: Ctx, id: string) => db(ctx).selectFrom('bulk_run').selectAll().where('id', '=', id).executeTakeFirst(),
    /** Newest first: ids are UUID version 7. */
    list: (ctx: Ctx, page: { limit: number; cursor?: string | undefined }) =>
      keysetPage(db(ctx).selectFrom('bulk_run').selectAll(), { ...page, by: 'id', direction: 'desc' }),
    rows(ctx: Ctx, id: string, of: { limit: number; cursor?: string | undefined; outcome?: UserRow['outcome'] | undefined }) {
      let query = db(ctx).selectFrom('bulk_row').selectAll().where('run_id', '=', id)
      if (of.outcome !== undefined) query = query.where('outcome', '=', of.outcome)
      return keysetPage(query, { limit: of.limit, cursor: of.cursor, by: 'user_id', direction: 'asc' })
    },
    /** @returns whether it was in one of these states */
    async turn(ctx: Ctx, id: string, from: readonly RunRow['state'][], to: RunRow['state'], error: string | null = null) {
      return consumeOne(
        db(ctx)
          .updateTable('bulk_run')
          .set({ state: to, error, updated_at: ctx.at })
          .where('id', '=', id)
          .where('state', 'in', [...from]),
      )
    },
    /** Has the next job go on from here. @returns whether this job is the one the run waits for */
    advance: (ctx: Ctx, id: string, step: number, place: string | null) =>
      consumeOne(
        db(ctx)
          .updateTable('bulk_run')
          .set({ step: step + 1, place, updated_at: ctx.at })
          .where('id', '=', id)
          .where('step', '=', step)
          .where('state', '=', 'running'),
      ),
    /** Overtakes whichever job there may be. @returns the number of the next one */
    async overtake(ctx: Ctx, id: string): Promise<number> {
      const { step } = await db(ctx)
        .updateTable('bulk_run')
        // Whoever goes on with it answers for it: an admin must not hit with an owner's rights.
        .set(({ eb }) => ({ step: eb('step', '+', 1), actor: ctx.actor, updated_at: ctx.at }))
        .where('id', '=', id)
        .returning('step')
        .executeTakeFirstOrThrow()
      return step
    },
    /**
     * @param states in which it counts; the run's row is held until the commit, so whoever cancels waits for this one
     * @returns whether it was in one of them
     */
    count: (ctx: Ctx, id: string, more: Partial<Counts>, states: readonly RunRow['state'][]) =>
      consumeOne(
        db(ctx)
          .updateTable('bulk_run')
          .set(({ eb }) => ({
            selected: eb('selected', '+', more.selected ?? 0),
            done: eb('done', '+', more.done ?? 0),
            skipped: eb('skipped', '+', more.skipped ?? 0),
            failed: eb('failed', '+', more.failed ?? 0),
            updated_at: ctx.at,
          }))
          .where('id', '=', id)
          .where('state', 'in', [...states]),
      ),
    /** Those of some users who have a row. */
    async known(ctx: Ctx, id: string, userIds: readonly string[]): Promise<ReadonlySet<string>> {
      if (userIds.length === 0) return new Set()
      const rows = db(ctx).selectFrom('bulk_row').select('user_id').where('run_id', '=', id)
      const found = await rows.where('user_id', 'in', [...userIds]).execute()
      return new Set(found.map(({ user_id }) => user_id))
    },
    /** Users an attempt has begun with and not come back from. */
    async begun(ctx: Ctx, id: string): Promise<readonly string[]> {
      const rows = db(ctx).selectFrom('bulk_row').select('user_id').where('run_id', '=', id).where('outcome', '=', 'begun')
      return (await rows.execute()).map(({ user_id }) => user_id)
    },
    /** Of N that come to one user the first gets the row. @returns how many of the rows are new */
    async claim(ctx: Ctx, rows: readonly UserRow[]): Promise<number> {
      let claimed = 0
      for (const some of chunked(rows)) {
        const { numInsertedOrUpdatedRows } = await db(ctx)
          .insertInto('bulk_row')
          .values([...some])
          .onConflict((conflict) => conflict.columns(rowKey).doNothing())
          .executeTakeFirstOrThrow()
        claimed += Number(numInsertedOrUpdatedRows ?? 0)
      }
      return claimed
    },
    /** @returns whether this caller is the one to say so */
    settle: (ctx: Ctx, { run_id, user_id, outcome, code, at }: UserRow) =>
      consumeOne(
        db(ctx)
          .updateTable('bulk_row')
          .set({ outcome, code, at })
          .where('run_id', '=', run_id)
          .where('user_id', '=', user_id)
          .where('outcome', '=', 'begun'),
      ),
    /** Forgets what has not moved since then, in every tenant. */
    async sweep(before: Date): Promise<void> {
      const all = database.everything<{ bulk_run: RunRow & InTenant; bulk_row: UserRow & InTenant }>()
      const old = await all
        .selectFrom('bulk_run')
        .select(['tenant_id', 'id'])
        .where('updated_at', '<', before)
        .limit(10)
        .execute()
      for (const { tenant_id, id } of old) {
        await all.deleteFrom('bulk_row').where('tenant_id', '=', tenant_id).where('run_id', '=', id).execute()
        await all.deleteFrom('bulk_run').where('tenant_id', '=', tenant_id).where('id', '=', id).execute()
      }
    },
  }
}
