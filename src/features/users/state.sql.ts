/**
 * What can end every authentication of a person: in a table of ours, wherever people live.
 *
 * @module
 */
import { sql } from 'kysely'
import type { Ctx } from '../../kernel/ctx.ts'
import type { Database } from '../../storage/types.ts'
import type { UserTables } from './store.sql.ts'
import type { KeptState, UserStateStore } from './store.ts'

/** Our half of a user; features that decide whether an authentication holds read it beside their own tables. */
export interface UserStateTable {
  user_state: { user_id: string; token_version: number; disabled_at: Date | null; disabled_reason: string | null }
}

export const userStateStore =
  (database: Database) =>
  (ctx: Ctx): UserStateStore => {
    const db = database.tables<UserTables>(ctx)
    return {
      async find(userId) {
        const row = await db.selectFrom('user_state').selectAll().where('user_id', '=', userId).executeTakeFirst()
        return toState(row)
      },
      async list(userIds) {
        const rows =
          userIds.length > 0 ? await db.selectFrom('user_state').selectAll().where('user_id', 'in', userIds).execute() : []
        return new Map(rows.map((row) => [row.user_id, toState(row)]))
      },
      async raiseTokenVersion(userId) {
        await db
          .insertInto('user_state')
          .values({ user_id: userId, token_version: 1, disabled_at: null, disabled_reason: null })
          .onConflict((conflict) =>
            conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet({ token_version: sql`user_state.token_version + 1` }),
          )
          .execute()
      },
      async setDisabled(userId, at, reason) {
        const disabled = { disabled_at: at, disabled_reason: reason }
        await db
          .insertInto('user_state')
          .values({ user_id: userId, token_version: 0, ...disabled })
          .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet(disabled))
          .execute()
        await db.updateTable('user_profile').set({ disabled_at: at }).where('id', '=', userId).execute()
      },
      async hold(userId) {
        // A write that changes nothing: it takes the row's lock on every engine, and makes the row where there is none to lock.
        await db
          .insertInto('user_state')
          .values({ user_id: userId, token_version: 0, disabled_at: null, disabled_reason: null })
          .onConflict((conflict) =>
            conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet({ token_version: sql`user_state.token_version` }),
          )
          .execute()
      },
      async remove(userId) {
        await db.deleteFrom('user_state').where('user_id', '=', userId).execute()
      },
    }
  }

const toState = (row: UserStateTable['user_state'] | undefined): KeptState => ({
  tokenVersion: row?.token_version ?? 0,
  disabledAt: row?.disabled_at ?? null,
  disabledReason: row?.disabled_reason ?? null,
})
