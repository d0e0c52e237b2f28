/**
 * Whether a session stands, in one statement: our half of the session, our half of its user, and the versions of both.
 *
 * Invariant: versions and data come from one snapshot, so data is never older than the version it is remembered under.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { OwnTables } from '../../storage/own-tables.ts'
import type { Database } from '../../storage/types.ts'
import type { UserStateTable } from '../users/index.ts'
import type { Standing } from './standing.ts'
import { type SessionTables, toState } from './store.sql.ts'

/** Reads the standing of a session; `undefined` when there is no such session. */
export const standingReader =
  (database: Database) =>
  async (ctx: Ctx, sessionHandle: string): Promise<Standing | undefined> => {
    const row = await database
      .tables<SessionTables & UserStateTable & OwnTables>(ctx)
      .selectFrom('session_state as state')
      .leftJoin('user_state as of_user', 'of_user.user_id', 'state.user_id')
      .leftJoin('change as changed', (join) =>
        join.onRef('changed.id', '=', 'state.session_handle').on('changed.kind', '=', 'session'),
      )
      .leftJoin('change as changed_user', (join) =>
        join.onRef('changed_user.id', '=', 'state.user_id').on('changed_user.kind', '=', 'user'),
      )
      .selectAll('state')
      .select([
        'of_user.token_version as user_token_version',
        'of_user.disabled_at',
        'changed.seq as version',
        'changed_user.seq as user_version',
      ])
      .where('state.session_handle', '=', sessionHandle)
      .executeTakeFirst()
    return (
      row && {
        state: toState(row),
        user: { tokenVersion: row.user_token_version ?? 0, disabledAt: row.disabled_at },
        version: row.version ?? 0,
        userVersion: row.user_version ?? 0,
      }
    )
  }
