/**
 * Sessions in our own tables: the records, and our half of them.
 *
 * @module
 */
import type { Delivery, Evidence } from '../../kernel/contract/access.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { forgetChanges } from '../../storage/invalidate.ts'
import { chunked, consumeOne, keysetPage } from '../../storage/ops.ts'
import type { Database } from '../../storage/types.ts'
import { sessionLists } from './lists.sql.ts'
import type { SessionRecord, SessionState, SessionStateStore, SessionStore } from './store.ts'

/** A session as people see it. */
export interface SessionRow {
  session_handle: string
  user_id: string
  created_at: Date
  expires_at: Date
  last_active_at: Date
  user_agent: string
  ip_address: string | null
  device: string
  data: Readonly<Record<string, unknown>>
}

interface StateRow {
  session_handle: string
  user_id: string
  delivery: Delivery
  current_digest: string
  previous_digest: string | null
  rotated_at: Date | null
  rotation_key_id: string | null
  token_version: number
  touched_at: Date
  evidence: readonly { factor: string; amr: string; at: string }[]
  claims: Readonly<Record<string, unknown>>
  expires_at: Date
  absolute_expires_at: Date
  revoked_at: Date | null
}

/** Sessions as rows. */
export interface SessionTables {
  session: SessionRow
  session_state: StateRow
}

export const sessionStore =
  (database: Database) =>
  (ctx: Ctx): SessionStore => {
    const db = database.tables<SessionTables>(ctx)
    const toRecord = ({
      session_handle,
      user_id,
      created_at,
      expires_at,
      last_active_at,
      user_agent,
      ip_address,
      device,
      data,
    }: SessionRow) => ({
      sessionHandle: session_handle,
      userId: user_id,
      tenantId: ctx.tenantId,
      createdAt: created_at,
      expiresAt: expires_at,
      lastActiveAt: last_active_at,
      userAgent: user_agent,
      ipAddress: ip_address,
      device,
      data,
    })
    return {
      async create(session) {
        await db.insertInto('session').values(toRow(session)).execute()
      },
      async find(sessionHandle) {
        const row = await db.selectFrom('session').selectAll().where('session_handle', '=', sessionHandle).executeTakeFirst()
        return row && toRecord(row)
      },
      async listForUser(userId) {
        const rows = await db
          .selectFrom('session')
          .selectAll()
          .where('user_id', '=', userId)
          .where('expires_at', '>', ctx.at)
          .orderBy('session_handle', 'desc')
          .execute()
        return rows.map(toRecord)
      },
      async list(query) {
        const { rows, nextCursor } = await sessionLists(db, ctx.at).page(query)
        return { sessions: rows.map(toRecord), nextCursor }
      },
      count: (filter) => sessionLists(db, ctx.at).count(filter),
      async touch(sessionHandle, lastActiveAt, expiresAt) {
        await db
          .updateTable('session')
          .set({ last_active_at: lastActiveAt, expires_at: expiresAt })
          .where('session_handle', '=', sessionHandle)
          .where('expires_at', '>', ctx.at)
          .execute()
      },
      async revoke(sessionHandle) {
        await db.deleteFrom('session').where('session_handle', '=', sessionHandle).execute()
      },
      async revokeAll(sessionHandles) {
        for (const some of chunked(sessionHandles)) await db.deleteFrom('session').where('session_handle', 'in', some).execute()
      },
    }
  }

export const sessionStateStore =
  (database: Database) =>
  (ctx: Ctx): SessionStateStore => {
    const db = database.tables<SessionTables>(ctx)
    return {
      async create(state) {
        await db.insertInto('session_state').values(toStateRow(state)).execute()
      },
      async find(sessionHandle) {
        const row = await db
          .selectFrom('session_state')
          .selectAll()
          .where('session_handle', '=', sessionHandle)
          .executeTakeFirst()
        return row && toState(row)
      },
      rotate({ sessionHandle, from, to, rotationKeyId, expiresAt, claims }) {
        return consumeOne(
          db
            .updateTable('session_state')
            .set({
              current_digest: to,
              previous_digest: from,
              rotated_at: ctx.at,
              touched_at: ctx.at,
              rotation_key_id: rotationKeyId,
              expires_at: expiresAt,
              claims,
            })
            .where('session_handle', '=', sessionHandle)
            .where('current_digest', '=', from)
            .where('revoked_at', 'is', null),
        )
      },
      touch(sessionHandle, expiresAt, unlessSince) {
        return consumeOne(
          db
            .updateTable('session_state')
            .set({ expires_at: expiresAt, touched_at: ctx.at })
            .where('session_handle', '=', sessionHandle)
            .where('touched_at', '<=', unlessSince)
            .where('revoked_at', 'is', null)
            .where('expires_at', '>', ctx.at),
        )
      },
      revoke(sessionHandle) {
        return consumeOne(
          db
            .updateTable('session_state')
            .set({ revoked_at: ctx.at })
            .where('session_handle', '=', sessionHandle)
            .where('revoked_at', 'is', null),
        )
      },
      async revokeAll(userId, which) {
        // Also what has run out by the clock of this node: by that of another it may be alive.
        const all = db
          .updateTable('session_state')
          .set({ revoked_at: ctx.at })
          .where('user_id', '=', userId)
          .where('revoked_at', 'is', null)
          .returning('session_handle')
        const pieces =
          'except' in which
            ? [all.$if(which.except !== undefined, (others) => others.where('session_handle', '!=', which.except ?? ''))]
            : chunked(which).map((some) => all.where('session_handle', 'in', some))
        const ended: string[] = []
        for (const piece of pieces) for (const row of await piece.execute()) ended.push(row.session_handle)
        return ended.sort()
      },
      async alive(sessionHandles) {
        const found = new Set<string>()
        for (const some of chunked(sessionHandles)) {
          const rows = db.selectFrom('session_state').select('session_handle').where('session_handle', 'in', some)
          const living = await rows.where('revoked_at', 'is', null).where('expires_at', '>', ctx.at).execute()
          for (const { session_handle } of living) found.add(session_handle)
        }
        return found
      },
      async living(userId) {
        const rows = await db
          .selectFrom('session_state')
          .select('session_handle')
          .where('user_id', '=', userId)
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', ctx.at)
          .orderBy('absolute_expires_at', 'desc')
          .orderBy('session_handle', 'desc')
          .execute()
        return rows.map((row) => row.session_handle)
      },
      async page({ limit, cursor }) {
        const living = db
          .selectFrom('session_state')
          .select('session_handle')
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', ctx.at)
        const { rows, nextCursor } = await keysetPage(living, { limit, cursor, by: 'session_handle', direction: 'asc' })
        return { handles: rows.map((row) => row.session_handle), nextCursor }
      },
    }
  }

/** What has run out, in every tenant; tombstones go with it, since nothing they refuse could still be alive. */
export const expiredSessions = (database: Database) => ({
  list(at: Date, limit: number) {
    const { serverClock } = database.engine
    const found = database
      .everything<{ session_state: StateRow & { tenant_id: string } }>()
      .selectFrom('session_state')
      .select(['tenant_id', 'session_handle', 'user_id', 'revoked_at'])
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

const toRow = (session: SessionRecord): SessionRow => ({
  session_handle: session.sessionHandle,
  user_id: session.userId,
  created_at: session.createdAt,
  expires_at: session.expiresAt,
  last_active_at: session.lastActiveAt,
  user_agent: session.userAgent,
  ip_address: session.ipAddress,
  device: session.device,
  data: session.data,
})

const toStateRow = (state: SessionState): StateRow => ({
  session_handle: state.sessionHandle,
  user_id: state.userId,
  delivery: state.delivery,
  current_digest: state.currentDigest,
  previous_digest: state.previousDigest,
  rotated_at: state.rotatedAt,
  rotation_key_id: state.rotationKeyId,
  token_version: state.tokenVersion,
  touched_at: state.touchedAt,
  evidence: state.evidence.map(({ factor, amr, at }) => ({ factor, amr, at: at.toISOString() })),
  claims: state.claims,
  expires_at: state.expiresAt,
  absolute_expires_at: state.absoluteExpiresAt,
  revoked_at: state.revokedAt,
})

/** A row of `session_state` as the house knows it. */
export const toState = (row: StateRow): SessionState => ({
  sessionHandle: row.session_handle,
  userId: row.user_id,
  delivery: row.delivery,
  currentDigest: row.current_digest,
  previousDigest: row.previous_digest,
  rotatedAt: row.rotated_at,
  rotationKeyId: row.rotation_key_id,
  tokenVersion: row.token_version,
  touchedAt: row.touched_at,
  evidence: row.evidence.map(({ factor, amr, at }): Evidence => ({ factor, amr, at: new Date(at) })),
  claims: row.claims,
  expiresAt: row.expires_at,
  absoluteExpiresAt: row.absolute_expires_at,
  revokedAt: row.revoked_at,
})
