/**
 * The databases tests run on: each `open()` is a fresh one of its own, and `cleanup()` leaves nothing behind.
 *
 * `KEYWRIGHT_ENGINES` (a comma list) says which; by default SQLite, and PostgreSQL when it answers at `DATABASE_URL` or on 127.0.0.1:5432.
 * An engine that was asked for, or any engine when `CI=true`, must answer.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { randomBytes } from '../src/kernel/crypto/random.ts'
import { postgres } from '../src/postgres.ts'
import { sqlite } from '../src/sqlite.ts'
import type { Storage } from '../src/storage/types.ts'

/** A fresh database. `location` is the path or URL another process or storage may open it by; absent for memory. */
export interface OpenedEngine {
  readonly storage: Storage
  readonly location?: string
  /** Close what was opened on it first. */
  cleanup(): Promise<void>
}

/** One engine. */
export interface TestEngine {
  readonly name: 'sqlite-memory' | 'sqlite-file' | 'postgres'
  open(): Promise<OpenedEngine>
}

const known: Record<TestEngine['name'], TestEngine['open']> = {
  'sqlite-memory': async () => ({ storage: sqlite(':memory:'), cleanup: async () => {} }),
  'sqlite-file': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keywright-'))
    const location = join(folder, 'test.db')
    return { storage: sqlite(location), location, cleanup: () => rm(folder, { recursive: true }) }
  },
  postgres: async () => {
    const server = await answeringPostgres()
    if (server === undefined) throw new Error('PostgreSQL does not answer at DATABASE_URL or on 127.0.0.1:5432')
    const name = `keywright_test_${randomBytes(8).toString('hex')}`
    await ask(server, `create database ${name}`)
    const url = new URL(server)
    url.pathname = `/${name}`
    return { storage: postgres(url.href), location: url.href, cleanup: () => ask(server, `drop database ${name} with (force)`) }
  },
}

/** The engines this run is about. */
export const engines: readonly TestEngine[] = (await chosen()).map((name) => ({ name, open: known[name] }))

async function chosen(): Promise<readonly TestEngine['name'][]> {
  const asked = process.env.KEYWRIGHT_ENGINES?.split(',').map((name) => name.trim())
  const names = asked ?? Object.keys(known)
  const unknown = names.find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined) throw new Error(`KEYWRIGHT_ENGINES names an unknown engine: ${unknown}`)
  const picked = Object.keys(known).filter((name): name is TestEngine['name'] => names.includes(name))
  if (!picked.includes('postgres') || (await answeringPostgres()) !== undefined) return picked
  if (asked || process.env.CI === 'true') throw new Error('PostgreSQL does not answer at DATABASE_URL or on 127.0.0.1:5432')
  return picked.filter((name) => name !== 'postgres')
}

async function answeringPostgres(): Promise<string | undefined> {
  const given = process.env.DATABASE_URL
  const urls = given ? [given] : ['root', 'postgres'].map((user) => `postgres://${user}@127.0.0.1:5432/postgres`)
  for (const url of urls) {
    const answered = await ask(url, 'select 1').then(
      () => true,
      () => false,
    )
    if (answered) return url
  }
  return undefined
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
