/**
 * LISTEN/NOTIFY as a session bus.
 *
 * A line is sent after the commit it speaks of, in a statement of its own: a NOTIFY inside the transaction would put every commit of the
 * database in one queue. What gets lost in between, the change feed reads a second later. Behind a pooler that shares connections nothing
 * is heard, with the same effect.
 *
 * @module
 */
import type { StartTimer } from '../kernel/ambient/ambient.ts'
import { product } from '../kernel/product.ts'
import type { SessionBus } from './changes.ts'
import type { Outages } from './outages.ts'
import { connect, ignore, type PgClient, type PgPool } from './postgres-pool.ts'

const channel = `${product.name}_changes`
const tendMs = 1_000

/** Builds the bus over a pool; listening keeps one of its connections, unless the pool is too small to spare one. */
export function postgresBus(pool: () => Promise<PgPool>, outages: Outages, startTimer: StartTimer): SessionBus {
  return {
    async publish(line) {
      const client = await connect(await pool(), outages)
      client.on('error', ignore) // a connection cut between two statements would end the process; the query below says so too
      let broken = true
      try {
        await client.query({ text: 'select pg_notify($1, $2)', values: [channel, line], query_timeout: tendMs })
        broken = false
      } finally {
        client.removeListener('error', ignore)
        client.release(broken)
      }
    },
    async subscribe(hear) {
      const listener = createListener(await pool(), outages, hear)
      await listener.tend()
      const stop = startTimer(tendMs, () => void listener.tend())
      return async () => {
        stop()
        listener.drop()
      }
    },
  }
}

/** One connection that listens; `tend` makes it anew when it is gone or does not answer. */
function createListener(pool: PgPool, outages: Outages, hear: (line: string) => void) {
  let client: PgClient | undefined
  let tending = false
  let closed = false

  function drop(): void {
    client?.release(true)
    client = undefined
  }

  async function listen(): Promise<void> {
    const fresh = await connect(pool, outages)
    if (closed) return fresh.release()
    client = fresh
    fresh.on('error', () => {
      if (client === fresh) drop()
    })
    fresh.on('notification', (told) => {
      if (told.channel === channel) hear(told.payload ?? '') // a connection of the application's pool may listen elsewhere too
    })
    await fresh.query({ text: `listen ${channel}`, values: [], query_timeout: tendMs })
  }

  return {
    drop() {
      closed = true
      drop()
    },
    async tend(): Promise<void> {
      if (tending || (pool.options?.max ?? 10) < sparesFrom) return
      tending = true
      try {
        if (client) await client.query({ text: 'select 1', values: [], query_timeout: tendMs })
        else await listen()
      } catch {
        drop() // half-open or refused: the next round connects again, and meanwhile the feed reads
      } finally {
        tending = false
      }
    },
  }
}

/** A pool smaller than this cannot give a connection away for good. */
const sparesFrom = 3
