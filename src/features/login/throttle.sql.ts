/**
 * Where guesses are counted: per source (a browser, a session or an address prefix, on one account) and per account.
 *
 * Invariant: each count is one statement and is made before the attempt is judged, so parallel guesses cannot share a free try
 * (CVE-2024-4629). Keys are keyed digests, whether or not the account exists.
 *
 * @module
 */
import { type ExpressionBuilder, sql } from 'kysely'
import type { Ctx } from '../../kernel/ctx.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

/**
 * Instants are milliseconds since the epoch, since SQL computes with them. A negative `blocked_until` says when a source was seen that owes no
 * wait: no clock that is behind can make one of it.
 */
interface ThrottleTables {
  login_throttle: { key: string; failures: number; blocked_until: number }
  login_account: { key: string; failures: number; last_failure: number }
}

/** What became of one attempt: judged, or to be made again later. */
export type Taken =
  | { readonly judged: true; readonly blockedUntil: number }
  | { readonly judged: false; readonly retryAfterMs: number }

export const throttleTables = {
  login_throttle: { scope: 'pool' },
  login_account: { scope: 'pool' },
} as const satisfies TableDefs

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
  {
    id: '002_account',
    up: ({ schema, types }) => [
      schema
        .createTable('login_account')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('key', types.text, (column) => column.notNull())
        .addColumn('failures', types.integer, (column) => column.notNull())
        .addColumn('last_failure', types.integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('login_account_pk', ['pool_id', 'key']),
    ],
    down: ({ schema }) => [schema.dropTable('login_account')],
  },
]

const dayMs = 86_400_000

/** From the next one on a source waits. */
const failuresWithoutWait = 4

/** No wait of ours is longer: one that looks longer was written by a clock that is ahead of the one that looks. */
export const longestWaitMs = 30_000

export const throttleStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<ThrottleTables>(ctx)
  const now = ctx.at.getTime()
  const free = -now
  const isStale = sql<boolean>`login_account.last_failure < ${sql.lit(now - dayMs)}`

  /** How long a source has to wait; 0 when it need not. */
  async function waitOf(source: string): Promise<number> {
    const row = await db.selectFrom('login_throttle').select('blocked_until').where('key', '=', source).executeTakeFirst()
    return Math.max(0, (row?.blocked_until ?? now) - now)
  }

  return {
    waitOf,
    /**
     * Counts one attempt of a source, unless it is blocked. A source seen for the first time is blocked for `firstWaitMs` instead; what is
     * blocked is not written again, so nobody's further attempts make a wait longer. A wait longer than any of ours blocks nobody here: whoever
     * calls has waited it out.
     */
    async take(source: string, firstWaitMs: number): Promise<Taken> {
      const counted = await db
        .insertInto('login_throttle')
        .values({ key: source, failures: firstWaitMs > 0 ? 0 : 1, blocked_until: firstWaitMs > 0 ? now + firstWaitMs : free })
        .onConflict((conflict) =>
          conflict
            .columns(['pool_id', 'key'] as never)
            .doUpdateSet({
              failures: sql`login_throttle.failures + 1`,
              blocked_until: sql`case
                when login_throttle.failures < ${sql.lit(failuresWithoutWait)} then ${sql.lit(free)}
                when login_throttle.failures >= 9 then ${sql.lit(now + longestWaitMs)}
                else ${sql.lit(now)} + 1000 * (1 << cast(login_throttle.failures - ${sql.lit(failuresWithoutWait)} as integer)) end`,
            })
            .where(({ or, eb }) =>
              or([eb('login_throttle.blocked_until', '<=', now), eb('login_throttle.blocked_until', '>', now + longestWaitMs)]),
            ),
        )
        .returning(['failures', 'blocked_until'])
        .executeTakeFirst()
      if (counted && counted.failures > 0) return { judged: true, blockedUntil: counted.blocked_until }
      return { judged: false, retryAfterMs: Math.max(1, await waitOf(source)) }
    },
    /** Takes back an attempt nobody judged, and its delay unless a later attempt has set one of its own. */
    async giveBack(source: string, blockedUntil: number): Promise<void> {
      await db
        .updateTable('login_throttle')
        .set({
          failures: less,
          blocked_until: sql`case when blocked_until = ${sql.lit(blockedUntil)} then ${sql.lit(now)} else blocked_until end`,
        })
        .where('key', '=', source)
        .where('failures', '>', 0)
        .execute()
    },
    /** A success resets its own source, which stays known for a day. */
    async reset(source: string): Promise<void> {
      await db.updateTable('login_throttle').set({ failures: 0, blocked_until: free }).where('key', '=', source).execute()
    },
    /** Counts one attempt on an account as if it had failed. @returns the failures of it, with this one; a day without any forgets them */
    async countAccount(account: string): Promise<number> {
      const { failures } = await db
        .insertInto('login_account')
        .values({ key: account, failures: 1, last_failure: now })
        .onConflict((conflict) =>
          conflict.columns(['pool_id', 'key'] as never).doUpdateSet({
            failures: sql`case when ${isStale} then 1 else login_account.failures + 1 end`,
            last_failure: sql`case when ${isStale} then ${sql.lit(now)} else login_account.last_failure end`,
          }),
        )
        .returning('failures')
        .executeTakeFirstOrThrow()
      return failures
    },
    /** The counted attempt has failed indeed. */
    async keepAccount(account: string): Promise<void> {
      await db.updateTable('login_account').set({ last_failure: now }).where('key', '=', account).execute()
    },
    async forgetAccount(account: string): Promise<void> {
      await db.deleteFrom('login_account').where('key', '=', account).execute()
    },
    /** The counted attempt was right, or was not judged. */
    async giveBackAccount(account: string): Promise<void> {
      await db.updateTable('login_account').set({ failures: less }).where('key', '=', account).where('failures', '>', 0).execute()
    },
  }
}

const less = <T extends keyof ThrottleTables>(of: ExpressionBuilder<ThrottleTables, T>) =>
  of('failures' as never, '-', 1 as never)

export type ThrottleStore = ReturnType<ReturnType<typeof throttleStore>>

/** Forgets sources and accounts that were left alone for a day, in every pool. */
export const sweepThrottle = (database: Database) => async (now: Date) => {
  const dayAgo = now.getTime() - dayMs
  const db = database.everything<ThrottleTables>()
  await db.deleteFrom('login_throttle').where(sql`abs(blocked_until)`, '<', dayAgo).execute()
  await db.deleteFrom('login_account').where('last_failure', '<', dayAgo).execute()
}
