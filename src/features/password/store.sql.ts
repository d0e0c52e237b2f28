/**
 * Password hashes as rows, apart from the users they belong to.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import { consumeOne } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface PasswordRow {
  user_id: string
  hash: string
  changed_at: Date
  /** Since when the user owes a new one. */
  change_required_at: Date | null
}

interface PasswordTables {
  password: PasswordRow
}

export const passwordTables = { password: { scope: 'pool' } } as const satisfies TableDefs

export const passwordMigrations: readonly Migration[] = [
  {
    id: '001_password',
    up: ({ schema, types }) => [
      schema
        .createTable('password')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('hash', types.text, (column) => column.notNull())
        .addColumn('changed_at', types.instant, (column) => column.notNull())
        .addColumn('change_required_at', types.instant)
        .addPrimaryKeyConstraint('password_pk', ['pool_id', 'user_id']),
    ],
    down: ({ schema }) => [schema.dropTable('password')],
  },
]

export type PasswordStore = ReturnType<ReturnType<typeof passwordStore>>

export const passwordStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<PasswordTables>(ctx)
  return {
    async find(userId: string): Promise<{ hash: string; changeRequiredAt: Date | null } | undefined> {
      const row = await db.selectFrom('password').selectAll().where('user_id', '=', userId).executeTakeFirst()
      return row && { hash: row.hash, changeRequiredAt: row.change_required_at }
    },
    async set(userId: string, hash: string, changeRequiredAt: Date | null): Promise<void> {
      const row = { hash, changed_at: ctx.at, change_required_at: changeRequiredAt }
      await db
        .insertInto('password')
        .values({ user_id: userId, ...row })
        .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet(row))
        .execute()
    },
    /** Whether this is still the hash of the user's password. */
    async isCurrent(userId: string, hash: string): Promise<boolean> {
      const row = db.selectFrom('password').select('user_id').where('user_id', '=', userId).where('hash', '=', hash)
      return (await row.executeTakeFirst()) !== undefined
    },
    /** Guarded by the hash it replaces: of two who start from the same password, one gets through. */
    replace(userId: string, current: string, hash: string): Promise<boolean> {
      return consumeOne(
        db
          .updateTable('password')
          .set({ hash, changed_at: ctx.at, change_required_at: null })
          .where('user_id', '=', userId)
          .where('hash', '=', current),
      )
    },
    /** A better hash of the same password; what else is owed stays owed. */
    upgrade(userId: string, current: string, hash: string): Promise<boolean> {
      return consumeOne(db.updateTable('password').set({ hash }).where('user_id', '=', userId).where('hash', '=', current))
    },
  }
}
