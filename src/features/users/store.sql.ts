/**
 * People in our own tables.
 *
 * @module
 */
import { type ExpressionBuilder, sql } from 'kysely'
import { AuthError } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { consumeOne, keysetPage } from '../../storage/ops.ts'
import type { Database } from '../../storage/types.ts'
import { E } from './contract.ts'
import type { IdentifierKindName } from './identifiers.ts'
import type { IdentifierRecord, UserRecord, UserStateStore, UserStore } from './store.ts'

interface ProfileRow {
  id: string
  role: string
  first_name: string | null
  last_name: string | null
  locale: string | null
  metadata: Record<string, unknown>
  created_at: Date
}

interface IdentifierRow {
  kind: IdentifierKindName
  value: string
  user_id: string
  verified_at: Date | null
  created_at: Date
  /** When an address that was given up is free for others; until then it is nobody's name. */
  released_at: Date | null
}

/** Our half of a user; features that decide whether an authentication holds read it beside their own tables. */
export interface UserStateTable {
  user_state: { user_id: string; token_version: number; disabled_at: Date | null }
}

interface UserTables extends UserStateTable {
  user_profile: ProfileRow
  user_identifier: IdentifierRow
}

export const userStore =
  (database: Database) =>
  (ctx: Ctx): UserStore => {
    const db = database.tables<UserTables>(ctx)

    const identifiersOf = (ids: readonly string[]) =>
      db
        .selectFrom('user_identifier')
        .selectAll()
        .where('user_id', 'in', [...ids])
        .where('released_at', 'is', null)
        .orderBy('created_at')
        .orderBy('kind')
        .execute()

    async function findById(id: string) {
      const row = await db.selectFrom('user_profile').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toRecord(ctx, row, await identifiersOf([id]))
    }

    return {
      findById,
      async findByIdentifier({ kind, value }) {
        const found = await db
          .selectFrom('user_identifier')
          .select('user_id')
          .where('kind', '=', kind)
          .where('value', '=', value)
          .where('released_at', 'is', null)
          .executeTakeFirst()
        return found && findById(found.user_id)
      },
      async create(user) {
        await db
          .insertInto('user_profile')
          .values(toRow(user))
          .onConflict((conflict) => conflict.columns(['pool_id', 'id'] as never).doNothing())
          .execute()
        const { numInsertedOrUpdatedRows: inserted } = await db
          .insertInto('user_identifier')
          .values(user.identifiers.map((one) => toIdentifierRow(one, user)))
          .onConflict((conflict) =>
            conflict
              .columns(['pool_id', 'kind', 'value'] as never)
              .doUpdateSet(takenOver)
              .where('user_identifier.released_at', '<=', ctx.at),
          )
          .executeTakeFirstOrThrow()
        if (inserted === BigInt(user.identifiers.length)) return
        const own = await identifiersOf([user.id])
        const isOwn = (wanted: IdentifierRecord) => own.some(({ kind, value }) => kind === wanted.kind && value === wanted.value)
        if (!user.identifiers.every(isOwn)) throw new AuthError(E.identifier_taken)
      },
      async update(id, { role, firstName, lastName, locale, metadata }) {
        const patch = { role, first_name: firstName, last_name: lastName, locale, metadata }
        const set = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
        if (Object.keys(set).length > 0) await db.updateTable('user_profile').set(set).where('id', '=', id).execute()
      },
      markVerified(id, { kind, value }, at) {
        return consumeOne(
          db
            .updateTable('user_identifier')
            .set({ verified_at: at })
            .where('user_id', '=', id)
            .where('kind', '=', kind)
            .where('value', '=', value)
            .where('verified_at', 'is', null)
            .where('released_at', 'is', null),
        )
      },
      async replaceEmail(id, { email, verifiedAt, oldKeptUntil }) {
        const fresh = { kind: 'email' as const, value: email, verifiedAt }
        const { numInsertedOrUpdatedRows: written } = await db
          .insertInto('user_identifier')
          .values(toIdentifierRow(fresh, { id, createdAt: ctx.at }))
          // One's own, also one that was given up, or one whose time as that has passed. Anybody else's stays theirs.
          .onConflict((conflict) =>
            conflict
              .columns(['pool_id', 'kind', 'value'] as never)
              .doUpdateSet(takenOver)
              .where((eb) => eb.or([eb('user_identifier.user_id', '=', id), eb('user_identifier.released_at', '<=', ctx.at)])),
          )
          .executeTakeFirstOrThrow()
        if (written !== 1n) throw new AuthError(E.identifier_taken)
        await db
          .updateTable('user_identifier')
          .set({ released_at: oldKeptUntil ?? ctx.at })
          .where('kind', '=', 'email')
          .where('user_id', '=', id)
          .where('value', '!=', email)
          .where('released_at', 'is', null)
          .execute()
      },
      async remove(id) {
        await db.deleteFrom('user_identifier').where('user_id', '=', id).execute()
        await db.deleteFrom('user_profile').where('id', '=', id).execute()
      },
      async list({ limit, cursor }) {
        const query = db.selectFrom('user_profile').selectAll()
        const page = await keysetPage(query, { limit, cursor, by: 'created_at', id: 'id', direction: 'asc' })
        const identifiers = page.rows.length > 0 ? await identifiersOf(page.rows.map(({ id }) => id)) : []
        const users = page.rows.map((row) =>
          toRecord(
            ctx,
            row,
            identifiers.filter((one) => one.user_id === row.id),
          ),
        )
        return { users, nextCursor: page.nextCursor }
      },
      async isEmpty() {
        return (await db.selectFrom('user_profile').select('id').limit(1).executeTakeFirst()) === undefined
      },
    }
  }

/** Removes addresses that are kept for nobody any more, in every pool. */
export const sweepReleased = (database: Database) => async (until: Date) => {
  await database.everything<UserTables>().deleteFrom('user_identifier').where('released_at', '<=', until).execute()
}

export const userStateStore =
  (database: Database) =>
  (ctx: Ctx): UserStateStore => {
    const db = database.tables<UserTables>(ctx)
    return {
      async find(userId) {
        const row = await db.selectFrom('user_state').selectAll().where('user_id', '=', userId).executeTakeFirst()
        return { tokenVersion: row?.token_version ?? 0, disabledAt: row?.disabled_at ?? null }
      },
      async raiseTokenVersion(userId) {
        await db
          .insertInto('user_state')
          .values({ user_id: userId, token_version: 1, disabled_at: null })
          .onConflict((conflict) =>
            conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet({ token_version: sql`user_state.token_version + 1` }),
          )
          .execute()
      },
      async setDisabled(userId, at) {
        await db
          .insertInto('user_state')
          .values({ user_id: userId, token_version: 0, disabled_at: at })
          .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet({ disabled_at: at }))
          .execute()
      },
      async hold(userId) {
        // A write that changes nothing: it takes the row's lock on every engine, and makes the row where there is none to lock.
        await db
          .insertInto('user_state')
          .values({ user_id: userId, token_version: 0, disabled_at: null })
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

const toRow = (user: UserRecord): ProfileRow => ({
  id: user.id,
  role: user.role,
  first_name: user.firstName,
  last_name: user.lastName,
  locale: user.locale,
  metadata: { ...user.metadata },
  created_at: user.createdAt,
})

/** A row that was kept for somebody, as the one who gets it now. */
const takenOver = ({ ref }: ExpressionBuilder<UserTables & { excluded: IdentifierRow }, 'user_identifier' | 'excluded'>) => ({
  user_id: ref('excluded.user_id'),
  verified_at: ref('excluded.verified_at'),
  created_at: ref('excluded.created_at'),
  released_at: null,
})

const toIdentifierRow = (one: IdentifierRecord, user: Pick<UserRecord, 'id' | 'createdAt'>): IdentifierRow => ({
  kind: one.kind,
  value: one.value,
  user_id: user.id,
  verified_at: one.verifiedAt,
  created_at: user.createdAt,
  released_at: null,
})

const toRecord = ({ poolId }: Ctx, row: ProfileRow, identifiers: readonly IdentifierRow[]): UserRecord => ({
  id: row.id,
  poolId,
  identifiers: identifiers.map(({ kind, value, verified_at }) => ({ kind, value, verifiedAt: verified_at })),
  role: row.role,
  firstName: row.first_name,
  lastName: row.last_name,
  locale: row.locale,
  metadata: row.metadata,
  createdAt: row.created_at,
})
