/**
 * PostgreSQL: the shared database of one or more processes.
 *
 * @module
 */
import { PostgresDialect } from 'kysely'
import type { Watch } from './storage/changes.ts'
import { openDatabase } from './storage/database.ts'
import { engines } from './storage/engines.ts'
import { createOutages } from './storage/outages.ts'
import { postgresBus } from './storage/postgres-bus.ts'
import { connectMs, guardedPool, ignore, type PgPool, serverLimits } from './storage/postgres-pool.ts'
import type { Storage } from './storage/types.ts'

export type { PgClient, PgPool, PgResult } from './storage/postgres-pool.ts'

/**
 * Keeps everything in PostgreSQL. Given a URL, the pool is made on first use and ended with `close()`; a pool of the application stays the
 * application's to end.
 *
 * @example
 * ```ts
 * const storage = postgres('postgres://app@db.internal/identity')
 * ```
 */
export function postgres(poolOrUrl: PgPool | string): Storage {
  const owned = typeof poolOrUrl === 'string'
  const location = owned ? placeOf(poolOrUrl) : 'postgres: a pool of the application'
  return {
    engine: 'postgres',
    location,
    migrates: 'by-operator',
    open(setup) {
      const pool = once(() => (owned ? poolAt(poolOrUrl) : keptAlive(poolOrUrl)))
      const end = once(async () => {
        if (owned) await (await pool()).end()
      })
      const outages = createOutages(setup.logger, location)
      const dialect = new PostgresDialect({ pool: async () => guardedPool(await pool(), { end, outages }) })
      const schemaDialect = new PostgresDialect({ pool: async () => guardedPool(await pool(), { end, outages, patient: true }) })
      const watch: Watch = { everyMs: 1_000, bus: (startTimer) => postgresBus(pool, outages, startTimer) }
      return openDatabase({ engine: engines.postgres, location, dialect, schemaDialect, watch }, setup)
    },
  }
}

async function poolAt(connectionString: string): Promise<PgPool> {
  const { default: pg } = await import('pg')
  // Bounded: a connection that dies before it is answered would keep its place in the pool, and the pool from ending.
  const begin = { text: serverLimits, query_timeout: connectMs }
  return keptAlive(
    new pg.Pool({
      connectionString,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      // Not as parameters of the connection's start: PgBouncer refuses those it does not know.
      onConnect: async (client) => void (await client.query(begin)),
    }),
  )
}

/** An idle connection that is cut is replaced by the pool; without a listener its error would end the process. */
async function keptAlive(pool: PgPool): Promise<PgPool> {
  pool.on('error', ignore)
  return pool
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Host and database of a URL, without its credentials. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'postgres'
  const { host, pathname } = new URL(url)
  return `postgres: ${host}${pathname}`
}
