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
  /** Of a hash that is kept elsewhere: the change it came with. */
  last_change: string | null
  /** Since when a reset by mail is demanded: until then the password opens nothing. */
  reset_required_at: Date | null
}

/** Stands in the row of somebody who owes something and has no password. */
const noHash = ''

/** What is kept of a password. */
export interface StoredPassword {
  readonly hash: string
  readonly changeRequiredAt: Date | null
  readonly upgradedFrom: string | null
  /** The last change of a hash that is kept elsewhere. */
  readonly lastChange: string | null
}

/** What a user owes before their password opens anything. */
export interface Debts {
  readonly changeRequiredAt: Date | null
  readonly resetRequiredAt: Date | null
}

interface PasswordTables {
  password: PasswordRow
}

export const passwordTables = {
  password: { scope: 'pool' },
  password_intent: { scope: 'pool', json: ['caller'] },
} as const satisfies TableDefs

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
  {
    id: '003_elsewhere',
    up: ({ schema, types }) => [
      schema.alterTable('password').addColumn('last_change', types.text),
      schema
        .createTable('password_intent')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('id', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('target', types.text, (column) => column.notNull())
        .addColumn('reason', types.text, (column) => column.notNull())
        .addColumn('change_required_at', types.instant)
        .addColumn('keep_session', types.text)
        .addColumn('caller', types.json, (column) => column.notNull())
        .addColumn('declared_at', types.instant, (column) => column.notNull())
        .addColumn('revoked_at', types.instant)
        .addPrimaryKeyConstraint('password_intent_pk', ['pool_id', 'id']),
      schema.createIndex('password_intent_user').on('password_intent').columns(['pool_id', 'user_id']),
    ],
    down: ({ schema }) => [schema.dropTable('password_intent'), schema.alterTable('password').dropColumn('last_change')],
  },
  {
    id: '004_reset_required',
    up: ({ schema, types }) => [schema.alterTable('password').addColumn('reset_required_at', types.instant)],
    down: ({ schema }) => [schema.alterTable('password').dropColumn('reset_required_at')],
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
      const kept = db.selectFrom('password').selectAll().where('user_id', '=', userId)
      const row = await kept.where('hash', '!=', noHash).executeTakeFirst()
      if (!row) return undefined
      const { hash, change_required_at, upgraded_from, last_change } = row
      return { hash, changeRequiredAt: change_required_at, upgradedFrom: upgraded_from, lastChange: last_change }
    },
    async debts(userId: string): Promise<Debts> {
      const row = await db
        .selectFrom('password')
        .select(['change_required_at', 'reset_required_at'])
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return { changeRequiredAt: row?.change_required_at ?? null, resetRequiredAt: row?.reset_required_at ?? null }
    },
    /** Also of somebody who has no password, or whose hash is kept elsewhere. */
    async demandReset(userId: string): Promise<void> {
      const row = { hash: noHash, changed_at: ctx.at, change_required_at: null, upgraded_from: null, last_change: null }
      await db
        .insertInto('password')
        .values({ user_id: userId, ...row, reset_required_at: ctx.at })
        .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet({ reset_required_at: ctx.at }))
        .execute()
    },
    async oweChange(userId: string): Promise<void> {
      await db.updateTable('password').set({ change_required_at: ctx.at }).where('user_id', '=', userId).execute()
    },
    async liftReset(userId: string): Promise<void> {
      await db.updateTable('password').set({ reset_required_at: null }).where('user_id', '=', userId).execute()
    },
    /** Since when it is the one it is, and whether another one is owed; says nothing of the password. */
    async findDates(
      userId: string,
    ): Promise<Pick<PasswordRow, 'changed_at' | 'change_required_at' | 'reset_required_at'> | undefined> {
      const row = db
        .selectFrom('password')
        .select(['changed_at', 'change_required_at', 'reset_required_at'])
        .where('user_id', '=', userId)
      return row.executeTakeFirst()
    },
    async remove(userId: string): Promise<void> {
      await db.deleteFrom('password').where('user_id', '=', userId).execute()
    },
    /** What is demanded stays demanded. @param change of a hash that is kept elsewhere */
    async set(userId: string, hash: string, changeRequiredAt: Date | null, change: string | null = null): Promise<void> {
      const row = { hash, changed_at: ctx.at, change_required_at: changeRequiredAt, upgraded_from: null, last_change: change }
      await db
        .insertInto('password')
        .values({ user_id: userId, ...row, reset_required_at: null })
        .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet(row))
        .execute()
    },
    /** Guarded by the password it replaces: of two who start from the same one, one gets through. */
    replace(userId: string, proved: string, hash: string): Promise<boolean> {
      return consumeOne(replacement(userId, proved, hash))
    },
    /** Forgets a debt that was laid on a password of before. @param mark which one it was, as the row has it */
    lapse(userId: string, mark: string): Promise<boolean> {
      return consumeOne(
        db.updateTable('password').set({ change_required_at: null }).where('user_id', '=', userId).where('hash', '=', mark),
      )
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
        .values({
          user_id: userId,
          changed_at: ctx.at,
          change_required_at: null,
          last_change: null,
          reset_required_at: null,
          ...upgrade,
        })
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
