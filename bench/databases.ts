/**
 * Databases of a benchmark's own: files on the disk of the checkout, and PostgreSQL at `DATABASE_URL` or on 127.0.0.1:5432.
 *
 * Invariant: nothing is left behind, also when a run is interrupted.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

/** Where a benchmark may write. */
export interface Places {
  /** On the disk of the checkout: a temporary folder may be memory, where a commit costs nothing. */
  readonly folder: string
  /** A fresh PostgreSQL database; `undefined` when no server answers. */
  postgres(): Promise<string | undefined>
}

/** Runs `work` with places of its own and removes them afterwards. */
export async function withPlaces<T>(work: (places: Places) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(process.cwd(), 'tmp', 'bench-data-'))
  const drops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
  const clear = async () => {
    for (const drop of drops.splice(0)) await drop()
  }
  const interrupted = () => void clear().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  const postgres = async () => {
    const server = await findServer()
    if (server === undefined) {
      console.error('PostgreSQL does not answer: its figures are left out')
      return undefined
    }
    const name = `keywright_bench_${process.pid}_${drops.length}`
    await ask(server, `create database ${name}`)
    drops.push(() => ask(server, `drop database ${name} with (force)`))
    const url = new URL(server)
    url.pathname = `/${name}`
    return url.href
  }
  try {
    return await work({ folder, postgres })
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await clear()
  }
}

async function findServer(): Promise<string | undefined> {
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
