/**
 * The operator's list of sessions in our own tables, of one user or of everybody.
 *
 * @module
 */
import type { Kysely } from 'kysely'
import { countUpTo, endOfPrefix, keysetPage, type Page, type Total } from '../../storage/ops.ts'
import type { SessionRow, SessionTables } from './store.sql.ts'
import type { SessionFilter, SessionQuery } from './store.ts'

/** As many as `sessions.perUser` may allow. */
const mostOfOneUser = 10_000

const orders = {
  createdAt: { by: 'created_at', direction: 'asc' },
  '-createdAt': { by: 'created_at', direction: 'desc' },
  lastActiveAt: { by: 'last_active_at', direction: 'asc' },
  '-lastActiveAt': { by: 'last_active_at', direction: 'desc' },
} as const

/** Pages of the sessions that live at an instant, as one caller may see them, and how many there are. */
export function sessionLists(db: Kysely<SessionTables>, at: Date) {
  function living({ userId, ip }: SessionFilter) {
    let sessions = userId === undefined ? db.selectFrom('session') : db.selectFrom(ofUser(userId).as('session'))
    sessions = sessions.where('expires_at', '>', at)
    if (ip !== undefined) sessions = sessions.where('ip_address', '>=', ip).where('ip_address', '<=', endOfPrefix(ip))
    return sessions
  }
  /** By themselves: without statistics SQLite would go through everybody's in the order that is asked for. */
  const ofUser = (userId: string) => db.selectFrom('session').selectAll().where('user_id', '=', userId).limit(mostOfOneUser)
  return {
    /** A range of addresses is read in its own order: in any other all of it would have to be sorted. */
    page({ sort = '-createdAt', limit, cursor, ...filter }: SessionQuery): Promise<Page<SessionRow>> {
      const order = filter.ip === undefined ? orders[sort] : ({ by: 'ip_address', direction: 'asc' } as const)
      return keysetPage(living(filter).selectAll(), { limit, cursor, id: 'session_handle', ...order })
    },
    count: (filter: SessionFilter): Promise<Total> => countUpTo(db, living(filter).select('session_handle')),
  }
}
