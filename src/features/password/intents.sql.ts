import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { consumeOne } from '../../storage/ops.ts'
import type { Database } from '../../storage/types.ts'
import type { Change } from './keeping.ts'

interface IntentRow {
  id: string
  user_id: string
  target: string
  reason: Change['by']
  change_required_at: Date | null
  keep_session: string | null
  caller: Pick<Ctx, 'tenantId' | 'actor'>
  declared_at: Date
  revoked_at: Date | null
}
interface IntentTables {
  password_intent: IntentRow
}

/** A change of a hash in a store of the application that was begun, and of which nobody knows yet whether it got there. */
export interface Intent extends Pick<Change, 'userId' | 'by' | 'changeRequiredAt'> {
  readonly poolId: string
  readonly id: string
  /** Mark of the hash it wants to see there. */
  readonly target: string
  readonly keep: string | null
  /** Who asked for it: whoever completes it says so. */
  readonly caller: Pick<Ctx, 'tenantId' | 'actor'>
  readonly declaredAt: Date
  readonly revokedAt: Date | null
}

/** Changes that were begun. One of a user stands at a time; one that was revoked is only remembered. */
export type IntentStore = ReturnType<typeof intentStore>

export const intentStore = (database: Database) => {
  const db = (ctx: Ctx) => database.tables<IntentTables>(ctx)
  const standing = (ctx: Ctx, userId: string) =>
    db(ctx).selectFrom('password_intent').selectAll().where('user_id', '=', userId).where('revoked_at', 'is', null)

  async function revoke(ctx: Ctx, column: 'id' | 'user_id', value: string): Promise<void> {
    const standing = db(ctx).updateTable('password_intent').where('revoked_at', 'is', null)
    await standing.set({ revoked_at: ctx.at }).where(column, '=', value).execute()
  }

  return {
    async standing(ctx: Ctx, userId: string): Promise<Intent | undefined> {
      const row = await standing(ctx, userId).executeTakeFirst()
      return row && toIntent({ ...row, pool_id: ctx.poolId })
    },
    async declare(tx: Tx, { id, userId, target, by, changeRequiredAt, keep, caller, declaredAt }: Intent): Promise<void> {
      const row = { id, user_id: userId, target, reason: by, change_required_at: changeRequiredAt, keep_session: keep, caller }
      await db(tx)
        .insertInto('password_intent')
        .values({ ...row, declared_at: declaredAt, revoked_at: null })
        .execute()
    },
    /** @param whichever also one that was revoked. @returns whether this caller consumed it */
    consume(ctx: Ctx, id: string, whichever: boolean): Promise<boolean> {
      const one = db(ctx).deleteFrom('password_intent').where('id', '=', id)
      return consumeOne(whichever ? one : one.where('revoked_at', 'is', null))
    },
    /** Nobody waits for it any more. */
    revoke: (ctx: Ctx, id: string): Promise<void> => revoke(ctx, 'id', id),
    revokeAll: (ctx: Ctx, userId: string): Promise<void> => revoke(ctx, 'user_id', userId),
    async removeAll(tx: Tx, userId: string): Promise<void> {
      await db(tx).deleteFrom('password_intent').where('user_id', '=', userId).execute()
    },
    async declaredBefore(at: Date): Promise<readonly Intent[]> {
      const rows = await database
        .everything<{ password_intent: IntentRow & { pool_id: string } }>()
        .selectFrom('password_intent')
        .selectAll()
        .where('declared_at', '<=', at)
        // Revoked ones keep nobody waiting.
        .orderBy('revoked_at', (order) => order.asc().nullsFirst())
        .orderBy('declared_at')
        .limit(100)
        .execute()
      return rows.map(toIntent)
    },
  }
}

const toIntent = (row: IntentRow & { pool_id: string }): Intent => ({
  poolId: row.pool_id,
  id: row.id,
  userId: row.user_id,
  target: row.target,
  by: row.reason,
  changeRequiredAt: row.change_required_at,
  keep: row.keep_session,
  caller: row.caller,
  declaredAt: row.declared_at,
  revokedAt: row.revoked_at,
})
