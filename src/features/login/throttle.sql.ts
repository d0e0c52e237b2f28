/**
 * The soft delay on guessing: from the fifth failure on, 1, 2, 4 … 30 s per identifier and address prefix (NIST SP 800-63B-4 §3.2.2).
 *
 * Invariant: an attempt is counted before it is judged, in one statement, so parallel guesses cannot share a free try (CVE-2024-4629).
 * Counted on digests, whether or not the account exists; nobody can lock anybody out.
 *
 * @module
 */
import { sql } from 'kysely'
import type { Ctx } from '../../kernel/ctx.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface ThrottleTables {
  /** Milliseconds since the epoch, since SQL computes with them. */
  login_throttle: { key: string; failures: number; blocked_until: number }
}

export const throttleTables = { login_throttle: { scope: 'pool' } } as const satisfies TableDefs

export const throttleMigrations: readonly Migration[] = [
  {
    id: '001_throttle',
    up: ({ schema, types }) => [
      schema
        .createTable('login_throttle')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('key', types.text, (column) => column.notNull())
        .addColumn('failures', types.integer, (column) => column.notNull())
        .addColumn('blocked_until', types.integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('login_throttle_pk', ['pool_id', 'key']),
    ],
    down: ({ schema }) => [schema.dropTable('login_throttle')],
  },
]

export const throttleStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<ThrottleTables>(ctx)
  const now = ctx.at.getTime()
  return {
    /** Counts one attempt. @returns milliseconds to wait; 0 when this attempt may be judged */
    async take(key: string): Promise<number> {
      const counted = await db
        .insertInto('login_throttle')
        .values({ key, failures: 1, blocked_until: now })
        .onConflict((conflict) =>
          conflict
            .columns(['pool_id', 'key'] as never)
            .doUpdateSet({
              failures: sql`login_throttle.failures + 1`,
              blocked_until: sql`${sql.lit(now)} + case
                when login_throttle.failures < 4 then 0
                when login_throttle.failures >= 9 then 30000
                else 1000 * (1 << cast(login_throttle.failures - 4 as integer)) end`,
            })
            .where('login_throttle.blocked_until', '<=', now),
        )
        .returning('failures')
        .executeTakeFirst()
      if (counted) return 0
      const row = await db.selectFrom('login_throttle').select('blocked_until').where('key', '=', key).executeTakeFirst()
      return Math.max(1, (row?.blocked_until ?? now) - now)
    },
    /** A success resets its own pair only. */
    async clear(key: string): Promise<void> {
      await db.deleteFrom('login_throttle').where('key', '=', key).execute()
    },
  }
}

export type ThrottleStore = ReturnType<ReturnType<typeof throttleStore>>

/** Forgets pairs nobody has tried for a day, in every pool. */
export const sweepThrottle = (database: Database) => async (now: Date) => {
  const dayAgo = now.getTime() - 86_400_000
  await database.everything<ThrottleTables>().deleteFrom('login_throttle').where('blocked_until', '<', dayAgo).execute()
}
