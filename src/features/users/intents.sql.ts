import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { consumeOne } from '../../storage/ops.ts'
import type { Database } from '../../storage/types.ts'

interface IntentTables {
  user_intent: { user_id: string; declared_at: Date; revoked_at: Date | null }
}

/** Somebody who is about to be there. */
export interface Intent {
  readonly poolId: string
  readonly userId: string
  readonly declaredAt: Date
}

/** People of a store of the application who are about to be there. */
export type IntentStore = ReturnType<typeof intentStore>

export const intentStore = (database: Database) => ({
  async declare(ctx: Ctx, userId: string): Promise<void> {
    const row = { user_id: userId, declared_at: ctx.at, revoked_at: null }
    await database.tables<IntentTables>(ctx).insertInto('user_intent').values(row).execute()
  },
  /** Guarded by "not revoked". @returns whether the person may become real */
  fulfil: (tx: Tx, userId: string): Promise<boolean> =>
    consumeOne(
      database.tables<IntentTables>(tx).deleteFrom('user_intent').where('user_id', '=', userId).where('revoked_at', 'is', null),
    ),
  /** Also says yes to one that is revoked already: whoever began may have died. @returns `false` when it was fulfilled */
  revoke: (ctx: Ctx, userId: string): Promise<boolean> =>
    consumeOne(
      database.tables<IntentTables>(ctx).updateTable('user_intent').set({ revoked_at: ctx.at }).where('user_id', '=', userId),
    ),
  /** Whether somebody is not real yet, or never will be. */
  async isPending(ctx: Ctx, userId: string): Promise<boolean> {
    const intents = database.tables<IntentTables>(ctx).selectFrom('user_intent')
    return (await intents.select('user_id').where('user_id', '=', userId).executeTakeFirst()) !== undefined
  },
  async forget(ctx: Ctx, userId: string): Promise<void> {
    await database.tables<IntentTables>(ctx).deleteFrom('user_intent').where('user_id', '=', userId).execute()
  },
  async declaredBefore(at: Date): Promise<readonly Intent[]> {
    const rows = await database
      .everything<{ user_intent: IntentTables['user_intent'] & { pool_id: string } }>()
      .selectFrom('user_intent')
      .select(['pool_id', 'user_id', 'declared_at'])
      .where('declared_at', '<=', at)
      // Revoked ones have been dealt with: they must not stand before those that were not.
      .orderBy('revoked_at', (order) => order.asc().nullsFirst())
      .orderBy('declared_at')
      .limit(100)
      .execute()
    return rows.map(({ pool_id, user_id, declared_at }) => ({ poolId: pool_id, userId: user_id, declaredAt: declared_at }))
  },
})
