/**
 * Password hashes as rows, apart from the users they belong to.
 *
 * @module
 */
import type { ExpressionBuilder } from 'kysely'
import type { Ctx } from '../../kernel/ctx.ts'
import { consumeOne } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'
import { markOf } from './mark.ts'

interface PasswordRow {
  user_id: string
  hash: string
  changed_at: Date
  /** Since when the user owes a new one. */
  change_required_at: Date | null
  /** Mark of the hash that `hash` is a better one of: the same password, so what was proved against that one holds. */
  upgraded_from: string | null
}

/** What is kept of a password. */
export interface StoredPassword {
  readonly hash: string
  readonly changeRequiredAt: Date | null
  readonly upgradedFrom: string | null
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
  {
    id: '002_upgraded_from',
    up: ({ schema, types }) => [schema.alterTable('password').addColumn('upgraded_from', types.text)],
    down: ({ schema }) => [schema.alterTable('password').dropColumn('upgraded_from')],
  },
]

/** The row whose password is the one that was proved against this hash, also when its hash is a better one by now. */
const isProved = (hash: string) => (row: ExpressionBuilder<PasswordTables, 'password'>) =>
  row.or([row('hash', '=', hash), row('upgraded_from', '=', markOf(hash))])

export type PasswordStore = ReturnType<ReturnType<typeof passwordStore>>

export const passwordStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<PasswordTables>(ctx)
  const replacement = (userId: string, proved: string, hash: string) =>
    db
      .updateTable('password')
      .set({ hash, changed_at: ctx.at, change_required_at: null, upgraded_from: null })
      .where('user_id', '=', userId)
      .where(isProved(proved))

  return {
    async find(userId: string): Promise<StoredPassword | undefined> {
      const row = await db.selectFrom('password').selectAll().where('user_id', '=', userId).executeTakeFirst()
      return row && { hash: row.hash, changeRequiredAt: row.change_required_at, upgradedFrom: row.upgraded_from }
    },
    async set(userId: string, hash: string, changeRequiredAt: Date | null): Promise<void> {
      const row = { hash, changed_at: ctx.at, change_required_at: changeRequiredAt, upgraded_from: null }
      await db
        .insertInto('password')
        .values({ user_id: userId, ...row })
        .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet(row))
        .execute()
    },
    /** Guarded by the password it replaces: of two who start from the same one, one gets through. */
    replace(userId: string, proved: string, hash: string): Promise<boolean> {
      return consumeOne(replacement(userId, proved, hash))
    },
    /** As {@link replace}, while a new one is owed. */
    replaceOwed(userId: string, proved: string, hash: string): Promise<boolean> {
      return consumeOne(replacement(userId, proved, hash).where('change_required_at', 'is not', null))
    },
    /** A better hash of the same password; what else is owed stays owed. */
    upgrade(userId: string, current: string, hash: string): Promise<boolean> {
      return consumeOne(
        db
          .updateTable('password')
          .set({ hash, upgraded_from: markOf(current) })
          .where('user_id', '=', userId)
          .where('hash', '=', current),
      )
    },
    /** Of a hash that is kept elsewhere: it is a better one of the same password. */
    async noteUpgrade(userId: string, from: string, to: string): Promise<void> {
      const upgrade = { hash: markOf(to), upgraded_from: markOf(from) }
      await db
        .insertInto('password')
        .values({ user_id: userId, changed_at: ctx.at, change_required_at: null, ...upgrade })
        .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet(upgrade))
        .execute()
    },
    /** Whether the password is still the one that was proved. Writes what is there, so that it stays so until the commit. */
    hold(userId: string, proved: string): Promise<boolean> {
      return consumeOne(
        db
          .updateTable('password')
          .set((row) => ({ hash: row.ref('hash') }))
          .where('user_id', '=', userId)
          .where(isProved(proved)),
      )
    },
  }
}
