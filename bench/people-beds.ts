/**
 * Databases full of people and their sessions, written by SQL: through the API a million would take days.
 *
 * @module
 */
import { postgres } from 'keywright/postgres'
import type { Storage } from 'keywright/server'
import { sqlite } from 'keywright/sqlite'
import Libsql from 'libsql'
import pg from 'pg'
import { openAuth } from './house.ts'

/** How much is in a database. */
export interface Crowd {
  readonly people: number
  readonly sessions: number
}

const now = Date.parse('2026-01-01T00:00:00Z')

/** Ids in the order of creation, as those of the house are; the tail differs early, so that a search by id finds one. */
interface Dialect {
  /** Rows `i` from 1 to `count`. */
  series(count: number): string
  hex(value: string, digits: number): string
  instant(ms: string): string
  json(text: string): string
}

const columnsOf = {
  user_profile:
    'pool_id, id, role, first_name, last_name, locale, metadata, created_at, identifier, verified_at, name, name_reversed, disabled_at',
  user_identifier: 'pool_id, kind, value, user_id, verified_at, created_at, released_at',
  session: 'tenant_id, session_handle, user_id, created_at, expires_at, last_active_at, user_agent, ip_address, device, data',
} as const

/** The inserts that make a crowd: one in fifty is disabled, one in a thousand is support. */
function insertsOf({ people, sessions }: Crowd, { series, hex, instant, json }: Dialect): readonly string[] {
  const idOf = (nr: string) =>
    `'01900000-' || ${hex(`${nr} / 65536`, 4)} || '-7' || ${hex(`${nr} % 4096`, 3)} || '-8000-' || ${hex(nr, 12)}`
  const mail = `'person' || i || '@example.com'`
  const bornAt = instant(`${now} - (${people} - i) * 1000`)
  const [first, last] = [`'First' || (i % 997)`, `'Last' || (i % 9973)`] // in brackets: SQLite joins texts before it divides
  const beganAt = instant(`${now} - (${sessions} - i) * 100`)
  return [
    `insert into user_profile (${columnsOf.user_profile}) select 'default', ${idOf('i')}, case when i % 1000 = 0 then 'support' else 'user' end,
      ${first}, ${last}, null, ${json('{}')}, ${bornAt}, ${mail}, case when i % 3 > 0 then ${bornAt} end,
      lower(${first} || ' ' || ${last}), lower(${last} || ' ' || ${first}), case when i % 50 = 0 then ${bornAt} end from ${series(people)}`,
    `insert into user_identifier (${columnsOf.user_identifier}) select 'default', 'email', ${mail}, ${idOf('i')}, case when i % 3 > 0 then ${bornAt} end,
      ${bornAt}, null from ${series(people)}`,
    `insert into session (${columnsOf.session}) select 'default', ${idOf('i')}, ${idOf(`(1 + i % ${people})`)}, ${beganAt},
      ${instant(String(Date.now() + 30 * 86_400_000))}, ${beganAt}, '', '10.' || (i % 251) || '.' || (i % 241) || '.' || (i % 239), 'Firefox on Linux', ${json('{}')}
      from ${series(sessions)}`,
  ]
}

/** Made again once the rows are there, which takes a fraction of the time. */
interface Index {
  readonly name: string
  readonly sql: string
}

const isOfOurs = (sql: string): boolean =>
  Object.keys(columnsOf).some((table) => new RegExp(`\\bon (public\\.)?"?${table}"? `, 'i').test(sql))

/** SQLite in a file. */
export async function sqliteBed(path: string, crowd: Crowd): Promise<Storage> {
  const storage = sqlite(path)
  await (await openAuth(storage)).close()
  const handle = new Libsql(path)
  const dialect: Dialect = {
    series: (count) => `(with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count}) select i from n)`,
    hex: (value, digits) => `printf('%0${digits}x', ${value})`,
    instant: (ms) => `(${ms})`,
    json: (text) => `'${text}'`,
  }
  handle.exec('pragma synchronous = off')
  const indexes = handle.prepare("select name, sql from sqlite_master where type = 'index' and sql is not null").all() as Index[]
  const own = indexes.filter(({ sql }) => isOfOurs(sql))
  for (const { name } of own) handle.exec(`drop index "${name}"`)
  for (const insert of insertsOf(crowd, dialect)) handle.exec(insert)
  for (const { sql } of own) handle.exec(sql)
  handle.close()
  return storage
}

/** PostgreSQL, with statistics as its own housekeeping would have made them. */
export async function postgresBed(url: string, crowd: Crowd): Promise<Storage> {
  const storage = postgres(url)
  await (await openAuth(storage)).close()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const dialect: Dialect = {
    series: (count) => `generate_series(1, ${count}) as n(i)`,
    hex: (value, digits) => `lpad(to_hex((${value})::bigint), ${digits}, '0')`,
    instant: (ms) => `to_timestamp((${ms})::float8 / 1000)`,
    json: (text) => `'${text}'::jsonb`,
  }
  try {
    await client.query('set synchronous_commit = off')
    const { rows } = await client.query(
      "select indexname as name, indexdef as sql from pg_indexes where schemaname = 'public' and indexdef not like 'CREATE UNIQUE%'",
    )
    const own = (rows as Index[]).filter(({ sql }) => isOfOurs(sql))
    for (const { name } of own) await client.query(`drop index "${name}"`)
    for (const insert of insertsOf(crowd, dialect)) await client.query(insert)
    for (const { sql } of own) await client.query(sql)
    for (const table of Object.keys(columnsOf)) await client.query(`vacuum analyze ${table}`)
  } finally {
    await client.end()
  }
  return storage
}
