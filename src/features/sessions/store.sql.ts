/**
 * Sessions in our own tables: the records, and our half of them.
 *
 * @module
 */
import type { Delivery, Evidence } from '../../kernel/contract/access.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { chunked, consumeOne, keysetPage } from '../../storage/ops.ts'
import type { Database } from '../../storage/types.ts'
import { sessionLists } from './lists.sql.ts'
import type { Ended, SessionRecord, SessionState, SessionStateStore, SessionStore } from './store.ts'

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

/** What only we know of it. */
export interface StateRow {
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
  operator_id: string | null
  operator_reason: string | null
  operator_may: 'look' | 'change' | null
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
    /** Ends what nobody has ended. Also what has run out by the clock of this node: by that of another it may be alive. */
    const ending = () =>
      db
        .updateTable('session_state')
        .set({ revoked_at: ctx.at })
        .where('revoked_at', 'is', null)
        .returning(['session_handle as sessionHandle', 'user_id as userId', 'delivery', 'operator_id as operatorId'])
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
      async revoke(sessionHandle) {
        const [ended] = await ending().where('session_handle', '=', sessionHandle).execute()
        return ended
      },
      async revokeAll(userId, which) {
        const all = ending().where('user_id', '=', userId)
        const pieces =
          'except' in which
            ? [all.$if(which.except !== undefined, (others) => others.where('session_handle', '!=', which.except ?? ''))]
            : chunked(which).map((some) => all.where('session_handle', 'in', some))
        const ended: Ended[] = []
        for (const piece of pieces) ended.push(...(await piece.execute()))
        return ended.sort(byHandle)
      },
      async revokeImpersonationsBy(operatorId) {
        return (await ending().where('operator_id', '=', operatorId).execute()).sort(byHandle)
      },
      async impersonationBy(operatorId) {
        const row = await db
          .selectFrom('session_state')
          .selectAll()
          .where('operator_id', '=', operatorId)
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', ctx.at)
          .orderBy('absolute_expires_at', 'desc')
          .executeTakeFirst()
        return row && toState(row)
      },
      async impersonated(sessionHandles) {
        const found = new Set<string>()
        for (const some of chunked(sessionHandles)) {
          const rows = db.selectFrom('session_state').select('session_handle').where('session_handle', 'in', some)
          for (const row of await rows.where('operator_id', 'is not', null).execute()) found.add(row.session_handle)
        }
        return found
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
          .select(['session_handle', 'operator_id'])
          .where('user_id', '=', userId)
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', ctx.at)
          .orderBy('absolute_expires_at', 'desc')
          .orderBy('session_handle', 'desc')
          .execute()
        return rows.map((row) => ({ sessionHandle: row.session_handle, impersonated: row.operator_id !== null }))
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
  operator_id: state.impersonation?.operatorId ?? null,
  operator_reason: state.impersonation?.reason ?? null,
  operator_may: state.impersonation ? (state.impersonation.readOnly ? 'look' : 'change') : null,
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
  ...(row.operator_id !== null && {
    impersonation: {
      operatorId: row.operator_id,
      reason: row.operator_reason ?? '',
      readOnly: row.operator_may !== 'change',
    },
  }),
})

const byHandle = (one: Ended, other: Ended): number => (one.sessionHandle < other.sessionHandle ? -1 : 1)
