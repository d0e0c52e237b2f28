/**
 * Short-lived values in SQL, for houses without Redis.
 *
 * Invariant: each method is one statement, and its guard decides; there is no read before it. Calls run outside any transaction, so what was
 * spent stays spent when a request is rolled back.
 *
 * @module
 */
import { type ExpressionBuilder, sql } from 'kysely'
import type { IKvStore } from './kv.ts'
import type { Database, Migration, TableDefs } from './types.ts'

interface KvTables {
  kv: { key: string; value: string; expires_at: Date }
}

/** Values of all pools and tenants: whoever keeps one makes its key so that nobody else's is the same. */
export const kvTables = { kv: { scope: 'none' } } as const satisfies TableDefs

/** The table of {@link kvRows}. */
export const kvMigrations: readonly Migration[] = [
  {
    id: '001_kv',
    up: ({ schema, types }) => [
      schema
        .createTable('kv')
        .addColumn('key', types.text, (column) => column.primaryKey().notNull())
        .addColumn('value', types.text, (column) => column.notNull())
        .addColumn('expires_at', types.instant, (column) => column.notNull()),
      schema.createIndex('kv_expires_at_idx').on('kv').column('expires_at'),
    ],
    down: ({ schema }) => [schema.dropTable('kv')],
  },
]

/** An {@link IKvStore} that has to be swept by the clock. */
export interface KvRows extends IKvStore {
  /** Deletes what has expired. @returns how many */
  sweep(): Promise<number>
}

/** Keeps values in the table `kv`. */
export function kvRows({ everything }: Pick<Database, 'everything'>, clock: { now(): Date }): KvRows {
  const db = everything<KvTables>()
  const row = (key: string, value: string, ttlMs: number) => ({
    key,
    value,
    expires_at: new Date(clock.now().getTime() + Math.max(1, Math.ceil(ttlMs))),
  })
  return {
    async get(key) {
      const found = await db
        .selectFrom('kv')
        .select('value')
        .where('key', '=', key)
        .where(isLiving(clock.now()))
        .executeTakeFirst()
      return found?.value
    },
    async set(key, value, ttlMs) {
      const { expires_at } = row(key, value, ttlMs)
      await db
        .insertInto('kv')
        .values({ key, value, expires_at })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value, expires_at }))
        .execute()
    },
    async setIfAbsent(key, value, ttlMs) {
      const { expires_at } = row(key, value, ttlMs)
      const isSet = await db
        .insertInto('kv')
        .values({ key, value, expires_at })
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet({ value, expires_at }).where('kv.expires_at', '<=', clock.now()),
        )
        .returning('key')
        .executeTakeFirst()
      return isSet !== undefined
    },
    async take(key) {
      const taken = await db
        .deleteFrom('kv')
        .where('key', '=', key)
        .where(isLiving(clock.now()))
        .returning('value')
        .executeTakeFirst()
      return taken?.value
    },
    async incr(key, ttlMs) {
      const first = row(key, '1', ttlMs)
      const now = clock.now()
      const { value } = await db
        .insertInto('kv')
        .values(first)
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet({
            value: (of) => sql<string>`case when ${isLiving(now)(of)} then ${next} else '1' end`,
            expires_at: (of) =>
              sql<Date>`case when ${isLiving(now)(of)} then ${of.ref('kv.expires_at')} else ${first.expires_at} end`,
          }),
        )
        .returning('value')
        .executeTakeFirstOrThrow()
      return Number(value)
    },
    async delete(key) {
      await db.deleteFrom('kv').where('key', '=', key).execute()
    },
    async sweep() {
      const { numDeletedRows } = await db.deleteFrom('kv').where('expires_at', '<=', clock.now()).executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}

const isLiving = (now: Date) => (of: ExpressionBuilder<KvTables, 'kv'>) => of('kv.expires_at', '>', now)

const next = sql<string>`cast(cast(kv.value as bigint) + 1 as text)`
