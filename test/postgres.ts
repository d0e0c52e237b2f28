/**
 * PostgreSQL for tests and benchmarks: fresh databases on the server at `DATABASE_URL` or on 127.0.0.1:5432.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import pg from 'pg'

/** A database of one's own. */
export interface FreshDatabase {
  readonly url: string
  /** Also ends whoever is still connected to it. */
  drop(): Promise<void>
}

/** The URL of a server that answers, or `undefined`. */
export async function answeringPostgres(): Promise<string | undefined> {
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

/** Makes a database on a server. */
export async function freshDatabase(server: string): Promise<FreshDatabase> {
  const name = `keywright_${randomUUID().replaceAll('-', '')}`
  await ask(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => ask(server, `drop database ${name} with (force)`) }
}

/**
 * A pool of an application. `end()` resolves before the server has let go of its connections, so dropping the database may cut one:
 * without a listener that would end the run.
 */
export function poolOf(url: string | undefined, options: pg.PoolConfig = {}): pg.Pool {
  if (url === undefined) throw new Error('This engine has no URL')
  return new pg.Pool({ connectionString: url, ...options }).on('error', () => {})
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  client.on('error', () => {}) // who waits for an answer is told; a connection that is cut later concerns nobody
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
