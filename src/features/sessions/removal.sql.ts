/**
 * Sessions whose rows go: those that have run out, and those of somebody who is forgotten.
 *
 * @module
 */
import type { Tx } from '../../kernel/ctx.ts'
import { forgetChanges } from '../../storage/invalidate.ts'
import { consumeOne } from '../../storage/ops.ts'
import type { Database } from '../../storage/types.ts'
import type { SessionTables, StateRow } from './store.sql.ts'

/** What has run out, in every tenant; tombstones go with it, since nothing they refuse could still be alive. */
export const expiredSessions = (database: Database) => ({
  list(at: Date, limit: number) {
    const { serverClock } = database.engine
    const found = database
      .everything<{ session_state: StateRow & { tenant_id: string } }>()
      .selectFrom('session_state')
      .select(['tenant_id', 'session_handle', 'user_id', 'operator_id', 'revoked_at'])
      .where('expires_at', '<=', at)
      .orderBy('expires_at')
      .limit(limit)
    return (serverClock ? found.where('expires_at', '<=', serverClock) : found).execute()
  },
})

/** Removes one session's rows, if it has run out. @returns whether this caller removed them */
export const removeSession =
  (database: Database) =>
  async (tx: Tx, sessionHandle: string, at: Date): Promise<boolean> => {
    const db = database.tables<SessionTables>(tx)
    const expired = db.deleteFrom('session_state').where('session_handle', '=', sessionHandle).where('expires_at', '<=', at)
    if (!(await consumeOne(expired))) return false
    await db.deleteFrom('session').where('session_handle', '=', sessionHandle).execute()
    await forgetChanges(database, tx, { kind: 'session', id: sessionHandle })
    return true
  }

/** Removes every session of a user, ended or not, in every tenant. */
export const removeSessionsOf =
  (database: Database) =>
  async (tx: Tx, userId: string): Promise<void> => {
    const db = database.everything<InEveryTenant<SessionTables>>(tx)
    const states = db.deleteFrom('session_state').where('user_id', '=', userId)
    const gone = await states.returning(['tenant_id', 'session_handle']).execute()
    for (const tenantId of new Set(gone.map(({ tenant_id }) => tenant_id)))
      await db.deleteFrom('session').where('tenant_id', '=', tenantId).where('user_id', '=', userId).execute()
    for (const { session_handle } of gone) await forgetChanges(database, tx, { kind: 'session', id: session_handle })
  }

type InEveryTenant<T> = { [K in keyof T]: T[K] & { tenant_id: string } }
