import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { consumeOne } from '../../storage/ops.ts'
import type { Database } from '../../storage/types.ts'

interface StepTables {
  user_address_step: {
    user_id: string
    id: string
    email: string
    verified_at: Date | null
    declared_at: Date
    completed_at: Date | null
  }
}

/** What an address in a store of the application shall be, by whoever said so last. */
export interface AddressStep {
  readonly id: string
  readonly email: string
  readonly verifiedAt: Date | null
  readonly declaredAt: Date
  readonly completedAt: Date | null
}

/** The last step of each user; a later one takes its place. */
export type StepStore = ReturnType<typeof stepStore>

export const stepStore = (database: Database) => {
  const db = (ctx: Ctx) => database.tables<StepTables>(ctx)
  return {
    async find(ctx: Ctx, userId: string): Promise<AddressStep | undefined> {
      const row = await db(ctx).selectFrom('user_address_step').selectAll().where('user_id', '=', userId).executeTakeFirst()
      return row && { ...row, verifiedAt: row.verified_at, declaredAt: row.declared_at, completedAt: row.completed_at }
    },
    async declare(
      tx: Tx,
      userId: string,
      { id, email, verifiedAt }: Omit<AddressStep, 'declaredAt' | 'completedAt'>,
    ): Promise<void> {
      const step = { id, email, verified_at: verifiedAt, declared_at: tx.at, completed_at: null }
      await db(tx)
        .insertInto('user_address_step')
        .values({ user_id: userId, ...step })
        .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet(step))
        .execute()
    },
    /** Guarded by its id. @returns whether it still is the last one */
    complete: (tx: Tx, userId: string, id: string): Promise<boolean> =>
      consumeOne(
        db(tx).updateTable('user_address_step').set({ completed_at: tx.at }).where('user_id', '=', userId).where('id', '=', id),
      ),
    /** As if it had never been declared. */
    async withdraw(ctx: Ctx, userId: string, id: string): Promise<void> {
      await db(ctx).deleteFrom('user_address_step').where('user_id', '=', userId).where('id', '=', id).execute()
    },
    async forget(tx: Tx, userId: string): Promise<void> {
      await db(tx).deleteFrom('user_address_step').where('user_id', '=', userId).execute()
    },
  }
}
