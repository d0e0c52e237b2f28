/**
 * Databases whose table of jobs can be filled from outside, and whose driver tells how long each claim took.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { postgres } from 'keywright/postgres'
import type { Storage } from 'keywright/server'
import { type SqliteStatement, sqlite } from 'keywright/sqlite'
import Libsql from 'libsql'
import pg from 'pg'
import { openAuth } from './house.ts'

/** What one worker did. */
export interface Shift {
  /** Milliseconds of each claim that found something. */
  readonly claims: readonly number[]
  readonly donePerSecond: number
}

/** A database with jobs. */
export interface QueueBed {
  /** Makes it hold this many jobs that are due. */
  fill(count: number): Promise<void>
  /** Lets one process work for a while, or until nothing is left. */
  work(ms: number): Promise<Shift>
  close(): Promise<void>
}

const mail = { from: 'Bench <bench@example.com>', transport: 'smtp://127.0.0.1:9' } as const // no mail of these finds a reader

/** What the driver saw since it was last asked. */
function createWatch() {
  let claims: { readonly ms: number; readonly atMs: number }[] = []
  let removedAt: number[] = []
  return {
    saw(sql: string, rows: number, sinceMs: number): void {
      const atMs = performance.now()
      if (sql.startsWith('with "due"') && rows > 0) claims.push({ ms: atMs - sinceMs, atMs: sinceMs })
      if (sql.startsWith('delete from "job"')) removedAt.push(atMs)
    },
    removed: () => removedAt.length,
    /** The worker looks for work once a second; its shift begins when it finds some. */
    begunAt: () => claims[0]?.atMs ?? performance.now(),
    take(): Shift {
      const seconds = ((removedAt.at(-1) ?? 0) - (claims[0]?.atMs ?? 0)) / 1000
      const shift = { claims: claims.map(({ ms }) => ms), donePerSecond: removedAt.length / seconds }
      claims = []
      removedAt = []
      return shift
    },
  }
}

type Watch = ReturnType<typeof createWatch>

const columns = 'id, tenant_id, pool_id, kind, payload, due_at, lease, attempts, last_error, created_at'
const kind = 'mail.send'
const payload = JSON.stringify({
  template: 'reset-password',
  of: { kind: 'email', value: 'nobody@example.com' },
  languages: [],
  askedAt: '2026-01-01T00:00:00.000Z',
})

async function bedOf(
  storage: Storage,
  watch: Watch,
  own: { add(some: number, batch: number): Promise<void>; count(): Promise<number>; close(): Promise<void> },
): Promise<QueueBed> {
  await (await openAuth(storage, { mail, infra: { runJobs: false } })).close()
  let batch = 0
  return {
    async fill(count) {
      batch += 1
      await own.add(count - (await own.count()), batch)
    },
    async work(ms) {
      watch.take()
      const left = await own.count()
      const auth = await openAuth(storage, { mail })
      while (performance.now() - watch.begunAt() < ms && watch.removed() < left) await wait(20)
      await auth.close()
      return watch.take()
    },
    close: own.close,
  }
}

/** SQLite in a file. */
export function sqliteBed(path: string): Promise<QueueBed> {
  const watch = createWatch()
  // The storage opens its own connections by the class of the handle it is given.
  class Watched extends Libsql {
    override prepare<P extends unknown[] | object = unknown[]>(sql: string) {
      const statement = super.prepare<P>(sql)
      const { all, run } = statement as unknown as SqliteStatement
      return Object.assign(statement, {
        all(...parameters: unknown[]) {
          const since = performance.now()
          const rows = all.apply(statement, parameters)
          watch.saw(sql, rows.length, since)
          return rows
        },
        run(...parameters: unknown[]) {
          const since = performance.now()
          const outcome = run.apply(statement, parameters)
          watch.saw(sql, Number(outcome.changes), since)
          return outcome
        },
      })
    }
  }
  const handle = new Watched(path)
  handle.exec('pragma journal_mode = wal')
  return bedOf(sqlite({ database: handle }), watch, {
    async add(some, batch) {
      const now = Date.now()
      handle
        .prepare(`insert into job (${columns}) with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
          select printf('${batch}-%032d', i), 'default', 'default', '${kind}', '${payload}', ${now} - i, null, 0, null, ${now} from n`)
        .run(some)
    },
    count: async () => Number((handle.prepare('select count(*) as n from job').all()[0] as { n: number }).n),
    close: async () => void handle.close(),
  })
}

/** PostgreSQL, with statistics as its own housekeeping would have made them. */
export function postgresBed(url: string): Promise<QueueBed> {
  const watch = createWatch()
  const pool = new pg.Pool({ connectionString: url })
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...parameters: unknown[]) => Promise<pg.QueryResult>
    client.query = (async (...parameters: [{ text?: string } | string]) => {
      const since = performance.now()
      const result = await query(...parameters)
      const [config] = parameters
      watch.saw((typeof config === 'string' ? config : config.text) ?? '', result?.rowCount ?? 0, since)
      return result
    }) as never
  })
  return bedOf(postgres(pool as never), watch, {
    async add(some, batch) {
      await pool.query(`insert into job (${columns}) select '${batch}-' || lpad(i::text, 32, '0'), 'default', 'default', '${kind}', '${payload}',
        now() - i * interval '1 millisecond', null, 0, null, now() from generate_series(1, ${some}) as i`)
      await pool.query('vacuum analyze job')
    },
    count: async () => Number((await pool.query('select count(*) from job')).rows[0].count),
    close: () => pool.end(),
  })
}
