/**
 * The shared limiter's counters: GCRA in one upsert, so that several processes count as one.
 *
 * Invariant: of N racing takes at limit L exactly L pass, and a refused one moves nothing. The upsert's guard decides; there is no read
 * before it. Takes run outside any transaction, so a request that is rolled back was still counted.
 *
 * @module
 */
import { type ExpressionBuilder, sql } from 'kysely'
import { gcra, inWholeMs, type LimitStore } from '../kernel/http/limits.ts'
import type { OwnTables } from './own-tables.ts'
import type { Database } from './types.ts'

/** A {@link LimitStore} that forgets keys once their time has passed. */
export interface SqlLimitStore extends LimitStore {
  /** Deletes counters that no longer say anything. @returns how many */
  sweep(now: Date): Promise<number>
}

/** Counts in the table `rate_limit`. */
export function sqlLimitStore({ everything }: Pick<Database, 'everything'>): SqlLimitStore {
  const db = everything<OwnTables>()
  return {
    async take(key, asked, now) {
      const { limit, interval } = inWholeMs(asked)
      const at = now.getTime()
      const next = (row: ExpressionBuilder<OwnTables, 'rate_limit'>) =>
        sql<number>`case when ${row.ref('rate_limit.tat')} > ${at} then ${row.ref('rate_limit.tat')} else ${at} end + ${interval}`
      const expires_at = new Date(at + limit.per)
      const taken = await db
        .insertInto('rate_limit')
        .values({ key, tat: at + interval, expires_at })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet({ tat: next, expires_at })
            .where((row) => sql<boolean>`${next(row)} <= ${at + limit.per}`),
        )
        .returning('tat')
        .executeTakeFirst()
      if (taken) return gcra(taken.tat - interval, limit, at).verdict

      const full = await db.selectFrom('rate_limit').select('tat').where('key', '=', key).executeTakeFirst()
      const { verdict } = gcra(full?.tat, limit, at)
      return { ...verdict, allowed: false, remaining: 0 }
    },

    async sweep(now) {
      const { numDeletedRows } = await db.deleteFrom('rate_limit').where('expires_at', '<=', now).executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}
