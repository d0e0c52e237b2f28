/**
 * What the operators' door keeps: who registered before everybody else.
 *
 * @module
 */
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface AdminTables {
  /** One row a pool, written once. `null` is somebody who is gone: nobody comes after them. */
  admin_founder: { user_id: string | null; remembered_at: Date }
}

export const adminTables = { admin_founder: { scope: 'pool' } } as const satisfies TableDefs

export const adminMigrations: readonly Migration[] = [
  {
    id: '001_founder',
    up: ({ schema, types }) => [
      schema
        .createTable('admin_founder')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text)
        .addColumn('remembered_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('admin_founder_pk', ['pool_id']),
    ],
    down: ({ schema }) => [schema.dropTable('admin_founder')],
  },
]

export const adminStore = (database: Database) => {
  const db = (ctx: Ctx) => database.tables<AdminTables>(ctx)
  return {
    findFounder: (ctx: Ctx) => db(ctx).selectFrom('admin_founder').select('user_id').executeTakeFirst(),
    /** Whoever is named first stays it. */
    async rememberFounder(ctx: Ctx, userId: string): Promise<void> {
      await db(ctx)
        .insertInto('admin_founder')
        .values({ user_id: userId, remembered_at: ctx.at })
        .onConflict((conflict) => conflict.columns(['pool_id'] as never).doNothing())
        .execute()
    },
    async forgetFounder(tx: Tx, userId: string): Promise<void> {
      await db(tx).updateTable('admin_founder').set({ user_id: null }).where('user_id', '=', userId).execute()
    },
    /** One lock for all owners of a pool: of two who go at once, each in a row of their own, the second has to see that the first is gone. */
    async holdOwners(tx: Tx): Promise<void> {
      const lock = database.engine.transactionLock(`owners of ${tx.poolId}`)
      await db(tx).selectNoFrom(lock.as('held')).execute()
    },
  }
}

export type AdminStore = ReturnType<typeof adminStore>
