/**
 * People in our own tables.
 *
 * @module
 */
import type { ExpressionBuilder } from 'kysely'
import { AuthError } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { chunked, consumeOne } from '../../storage/ops.ts'
import type { Database } from '../../storage/types.ts'
import { E } from './contract.ts'
import type { Identifier, IdentifierKindName } from './identifiers.ts'
import { userLists } from './lists.sql.ts'
import { namesOf } from './search.ts'
import type { UserStateTable } from './state.sql.ts'
import type { IdentifierRecord, UserRecord, UserStore } from './store.ts'

/** A person as a row; what is searched, ordered and filtered by stands in it once more, as indexes want it. */
export interface ProfileRow {
  id: string
  role: string
  first_name: string | null
  last_name: string | null
  locale: string | null
  metadata: Record<string, unknown>
  created_at: Date
  /** Their address, or whatever else they log in by. */
  identifier: string
  /** Since when that is proved. */
  verified_at: Date | null
  name: string
  name_reversed: string
  disabled_at: Date | null
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

/** People as rows. */
export interface UserTables extends UserStateTable {
  user_profile: ProfileRow
  user_identifier: IdentifierRow
}

export const userStore =
  (database: Database) =>
  (ctx: Ctx): UserStore => {
    const db = database.tables<UserTables>(ctx)
    const lists = userLists(db)

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

    /** What somebody is searched by, when one half of their name or both are others. */
    async function renamed(id: string, firstName: string | null | undefined, lastName: string | null | undefined) {
      const names = db.selectFrom('user_profile').select(['first_name', 'last_name']).where('id', '=', id)
      const now = await names.executeTakeFirst()
      return namesOf(
        firstName === undefined ? (now?.first_name ?? null) : firstName,
        lastName === undefined ? (now?.last_name ?? null) : lastName,
      )
    }

    const withIdentifiers = async (rows: readonly ProfileRow[]) => {
      const identifiers = rows.length > 0 ? await identifiersOf(rows.map(({ id }) => id)) : []
      const of = (row: ProfileRow) => identifiers.filter(({ user_id }) => user_id === row.id)
      return rows.map((row) => toRecord(ctx, row, of(row)))
    }

    return {
      findById,
      async findMany(ids) {
        if (ids.length === 0) return []
        return withIdentifiers(await db.selectFrom('user_profile').selectAll().where('id', 'in', ids).execute())
      },
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
        const named = firstName === undefined && lastName === undefined ? {} : await renamed(id, firstName, lastName)
        const set = { ...Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)), ...named }
        if (Object.keys(set).length > 0) await db.updateTable('user_profile').set(set).where('id', '=', id).execute()
      },
      async markVerified(id, { kind, value }, at) {
        const isFirst = await consumeOne(
          db
            .updateTable('user_identifier')
            .set({ verified_at: at })
            .where('user_id', '=', id)
            .where('kind', '=', kind)
            .where('value', '=', value)
            .where('verified_at', 'is', null)
            .where('released_at', 'is', null),
        )
        if (isFirst)
          await db
            .updateTable('user_profile')
            .set({ verified_at: at })
            .where('id', '=', id)
            .where('identifier', '=', value)
            .execute()
        return isFirst
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
        await db.updateTable('user_profile').set({ identifier: email, verified_at: verifiedAt }).where('id', '=', id).execute()
      },
      async taken(of) {
        const found: Identifier[] = []
        for (const kind of new Set(of.map((one) => one.kind))) {
          for (const some of chunked(of.filter((one) => one.kind === kind))) {
            const rows = await db
              .selectFrom('user_identifier')
              .select(['kind', 'value'])
              .where('kind', '=', kind)
              .where(
                'value',
                'in',
                some.map(({ value }) => value),
              )
              .where(({ eb, or }) => or([eb('released_at', 'is', null), eb('released_at', '>', ctx.at)]))
              .execute()
            found.push(...rows)
          }
        }
        return found
      },
      async remove(id) {
        await db.deleteFrom('user_identifier').where('user_id', '=', id).execute()
        await db.deleteFrom('user_profile').where('id', '=', id).execute()
      },
      async list(query) {
        const page = await lists.page(query)
        return { users: await withIdentifiers(page.rows), nextCursor: page.nextCursor }
      },
      count: lists.count,
      async isEmpty() {
        return (await db.selectFrom('user_profile').select('id').limit(1).executeTakeFirst()) === undefined
      },
    }
  }

/** Removes addresses that are kept for nobody any more, in every pool. */
export const sweepReleased = (database: Database) => async (until: Date) => {
  await database.everything<UserTables>().deleteFrom('user_identifier').where('released_at', '<=', until).execute()
}

const toRow = (user: UserRecord): ProfileRow => ({
  id: user.id,
  role: user.role,
  first_name: user.firstName,
  last_name: user.lastName,
  locale: user.locale,
  metadata: { ...user.metadata },
  created_at: user.createdAt,
  ...shownAs(user),
  ...namesOf(user.firstName, user.lastName),
  disabled_at: null,
})

/** What somebody stands under in a list. */
function shownAs({ identifiers }: UserRecord): Pick<ProfileRow, 'identifier' | 'verified_at'> {
  const shown =
    identifiers.find(({ kind }) => kind === 'email') ?? identifiers.find(({ kind }) => kind === 'username') ?? identifiers[0]
  return { identifier: shown?.value ?? '', verified_at: shown?.verifiedAt ?? null }
}

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
