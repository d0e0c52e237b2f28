/**
 * The operator's list of people in our own tables.
 *
 * Invariant: every order and every search reads a range of an index, so that a page costs the same however many people there are.
 *
 * @module
 */
import {
  type Expression,
  expressionBuilder,
  type Kysely,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely'
import { badCursor, countedTo, countUpTo, keysetPage, type Page, type Total, totalOf } from '../../storage/ops.ts'
import { type Range, type Search, searchOf } from './search.ts'
import type { ProfileRow, UserTables } from './store.sql.ts'
import type { UserFilter, UserQuery } from './store.ts'

type Db = Kysely<UserTables>
type People = SelectQueryBuilder<UserTables, 'user_profile', object>

const orders = {
  createdAt: { by: 'user_profile.created_at', direction: 'asc' },
  '-createdAt': { by: 'user_profile.created_at', direction: 'desc' },
  identifier: { by: 'user_profile.identifier', direction: 'asc' },
  '-identifier': { by: 'user_profile.identifier', direction: 'desc' },
} as const

/** Pages of people as one caller may see them, and how many there are. */
export const userLists = (db: Db) => ({
  page({ sort = 'createdAt', limit, cursor, ...filter }: UserQuery): Promise<Page<ProfileRow>> {
    const search = searchOf(filter.q)
    if (search) return searchPage(db, search, filter, { limit, cursor })
    return keysetPage(filtered(db, filter).selectAll(), { limit, cursor, id: 'user_profile.id', ...orders[sort] })
  },
  count(filter: UserFilter): Promise<Total> {
    const search = searchOf(filter.q)
    return search ? countFound(db, search, filter) : countUpTo(db, filtered(db, filter).select('user_profile.id'))
  },
})

/** What a filter asks of a person, wherever in a statement they stand. */
function asked({ role, status, verified, createdFrom, createdTo }: UserFilter): readonly Expression<SqlBool>[] {
  const of = expressionBuilder<UserTables, 'user_profile'>()
  return [
    ...(role === undefined ? [] : [of('user_profile.role', '=', role)]),
    ...(status === undefined ? [] : [of('user_profile.disabled_at', status === 'disabled' ? 'is not' : 'is', null)]),
    ...(verified === undefined ? [] : [of('user_profile.verified_at', verified ? 'is not' : 'is', null)]),
    ...(createdFrom === undefined ? [] : [of('user_profile.created_at', '>=', createdFrom)]),
    ...(createdTo === undefined ? [] : [of('user_profile.created_at', '<', createdTo)]),
  ]
}

const filtered = (db: Db, filter: UserFilter): People =>
  asked(filter).reduce<People>((people, condition) => people.where(condition), db.selectFrom('user_profile'))

const within = (column: string, [from, to]: Range): RawBuilder<boolean> => sql`${sql.ref(column)} between ${from} and ${to}`

/** The ways to find somebody, one after the other: by id, by what they log in by, by what they are called from either end. */
const ways = ['id', 'identifier', 'name', 'name_reversed'] as const
type Way = (typeof ways)[number]

const rangeOf = (search: Search, way: Way): Range => search[way === 'name_reversed' ? 'name' : way]

/** People who are found in one way and in none before it, so that nobody is listed twice. */
function foundBy(db: Db, search: Search, filter: UserFilter, way: Exclude<Way, 'identifier'>): People {
  const isThere = within(`user_profile.${way}`, rangeOf(search, way))
  const people = filtered(db, filter).where(isThere)
  if (way === 'id') return people
  const unnamed = people
    .where(({ not }) => not(within('user_profile.id', search.id)))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('user_identifier as other')
            .select('other.value')
            .whereRef('other.user_id', '=', 'user_profile.id')
            .where('other.released_at', 'is', null)
            .where(within('other.value', search.identifier)),
        ),
      ),
    )
  return way === 'name' ? unnamed : unnamed.where(({ not }) => not(within('user_profile.name', search.name)))
}

/** Whoever has a name that begins like this. The order of a cross join is kept by SQLite, which would go through all people otherwise. */
function named(db: Db, search: Search, filter: UserFilter) {
  const found = db
    .selectFrom('user_identifier as found')
    .crossJoin('user_profile')
    .whereRef('found.user_id', '=', 'user_profile.id')
    .where('found.released_at', 'is', null)
    .where(within('found.value', search.identifier))
  return asked(filter).reduce((people, condition) => people.where(condition), found)
}

/** By the first of their names, when several begin like this. */
const namedOnce = (db: Db, search: Search, filter: UserFilter) =>
  named(db, search, filter)
    .where(({ not }) => not(within('user_profile.id', search.id)))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('user_identifier as sooner')
            .select('sooner.value')
            .whereRef('sooner.user_id', '=', 'user_profile.id')
            .where('sooner.released_at', 'is', null)
            .where(within('sooner.value', search.identifier))
            .whereRef('sooner.value', '<', 'found.value'),
        ),
      ),
    )

interface Place {
  readonly limit: number
  readonly cursor?: string | undefined
}

function pageOf(db: Db, search: Search, filter: UserFilter, way: Way, at: Place): Promise<Page<ProfileRow>> {
  const [direction, id] = ['asc', 'user_profile.id'] as const
  if (way === 'identifier') {
    const people = namedOnce(db, search, filter).selectAll('user_profile').select(['found.value', 'found.user_id'])
    return keysetPage(people, { ...at, direction, by: 'found.value', id: 'found.user_id' })
  }
  const found = foundBy(db, search, filter, way).selectAll('user_profile')
  return keysetPage(found, { ...at, direction, by: `user_profile.${way}`, ...(way !== 'id' && { id }) })
}

async function searchPage(db: Db, search: Search, filter: UserFilter, { limit, cursor }: Place): Promise<Page<ProfileRow>> {
  const start = readPlace(cursor)
  const rows: ProfileRow[] = []
  for (const [at, way] of ways.entries()) {
    if (at < start.at) continue
    const wanted = limit - rows.length
    // When the page is full all that is left to know is whether there is anybody else.
    const place = { limit: Math.max(wanted, 1), cursor: at === start.at ? start.cursor : undefined }
    const page = await pageOf(db, search, filter, way, place)
    if (wanted === 0 && page.rows.length > 0) return { rows, nextCursor: `${at}.` }
    rows.push(...page.rows)
    if (page.nextCursor !== null) return { rows, nextCursor: `${at}.${page.nextCursor}` }
  }
  return { rows, nextCursor: null }
}

/** A cursor of a search: which way, and how far along it. */
function readPlace(cursor: string | undefined): { readonly at: number; readonly cursor?: string } {
  if (cursor === undefined) return { at: 0 }
  const [, way, rest] = /^([0-3])\.([\w-]*)$/.exec(cursor) ?? []
  if (way === undefined || rest === undefined) throw badCursor()
  return { at: Number(way), ...(rest !== '' && { cursor: rest }) }
}

/** What is one to a person, so that it can be counted without asking who was counted already. */
const single = ['identifier', 'name', 'name_reversed'] as const

const findable = (db: Db, search: Search, filter: UserFilter, column: 'id' | (typeof single)[number]) =>
  filtered(db, filter)
    .select('user_profile.id as id')
    .where(within(`user_profile.${column}`, rangeOf(search, column)))
    .limit(countedTo + 1)

/** Telling people apart takes longer than counting them, so it is left out where one way alone finds more than are counted. */
async function countFound(db: Db, search: Search, filter: UserFilter): Promise<Total> {
  const counts = await db
    .selectNoFrom(({ selectFrom, fn }) =>
      single.map((column) =>
        selectFrom(findable(db, search, filter, column).as('found'))
          .select(fn.countAll<number | string>().as('people'))
          .as(column),
      ),
    )
    .executeTakeFirstOrThrow()
  const most = Math.max(...single.map((column) => Number(counts[column])))
  return most > countedTo ? totalOf(most) : countApart(db, search, filter)
}

/** Counts without asking who was found in two ways before they are counted: a look for each of ten thousand would take longer than the page. */
async function countApart(db: Db, search: Search, filter: UserFilter): Promise<Total> {
  const some = countedTo + 1
  const names = db
    .selectFrom('user_identifier as found')
    .select('found.user_id as id')
    .where('found.released_at', 'is', null)
    .where(within('found.value', search.identifier))
  const ids = asked(filter).length > 0 ? named(db, search, filter).select('user_profile.id as id') : names
  const by = (way: Exclude<Way, 'identifier'>) => findable(db, search, filter, way)
  const all = db
    .selectFrom(ids.limit(some).as('named'))
    .select('named.id')
    .unionAll(db.selectFrom(by('id').as('by_id')).select('by_id.id'))
    .unionAll(db.selectFrom(by('name').as('by_name')).select('by_name.id'))
    .unionAll(db.selectFrom(by('name_reversed').as('by_reversed')).select('by_reversed.id'))
    .limit(some)
  const { seen, people } = await db
    .selectFrom(all.as('everybody'))
    .select(({ fn }) => [
      fn.countAll<number | string>().as('seen'),
      fn.count<number | string>('everybody.id').distinct().as('people'),
    ])
    .executeTakeFirstOrThrow()
  return { ...totalOf(Number(people)), ...(Number(seen) > countedTo && { exact: false }) }
}
