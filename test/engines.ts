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
import { postgres } from '../src/postgres.ts'
import { sqlite } from '../src/sqlite.ts'
import type { Storage } from '../src/storage/types.ts'
import { answeringPostgres, freshDatabase } from './postgres.ts'

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
    const { url, drop } = await freshDatabase(server)
    return { storage: postgres(url), location: url, cleanup: drop }
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
