/**
 * Pools of an application that stand for what people put between a process and PostgreSQL. Every statement runs on the real one.
 *
 * @module
 */
import pg from 'pg'
import type { PgClient, PgPool } from '../../src/postgres.ts'
import { poolOf } from '../postgres.ts'

/**
 * A pooler in transaction mode: a statement runs on whichever connection was used last, a transaction keeps one until it ends, and what a
 * connection hears while nobody uses it is lost.
 */
export function transactionPooler(url: string): PgPool {
  const pool = poolOf(url)
  const free: pg.PoolClient[] = []

  async function connect(): Promise<PgClient> {
    let held: pg.PoolClient | undefined
    return {
      async query({ text, values, types }) {
        const server = held ?? free.pop() ?? (await pool.connect())
        if (/^begin/i.test(text)) held = server
        if (/^(commit|rollback)$/i.test(text)) held = undefined
        try {
          return await server.query({ text, values, ...(types && { types: types as never }) })
        } finally {
          if (held !== server) free.push(server)
        }
      },
      getTypeParser: (oid, format) => pg.types.getTypeParser(oid, format as 'text'),
      release() {},
      on() {},
      removeListener() {},
    }
  }

  return {
    connect,
    on: (event, listener) => pool.on(event, listener),
    async end() {
      for (const server of free.splice(0)) server.release()
      await pool.end()
    },
  }
}

/** A server whose clock shows another time: `now` is what it answers in place of `current_timestamp`. */
export function serverWithClock(url: string, now: string): PgPool {
  const pool = poolOf(url)
  const ask = (client: pg.PoolClient): PgClient => ({
    query: ({ text, values, types }) =>
      client.query({ text: text.replace('current_timestamp', now), values, ...(types && { types: types as never }) }),
    getTypeParser: (oid, format) => pg.types.getTypeParser(oid, format as 'text'),
    release: (broken) => client.release(broken),
    on: (event: 'error' | 'notification', listener: never) => client.on(event as 'error', listener),
    removeListener: (event, listener) => client.removeListener(event, listener),
  })
  return {
    connect: async () => ask(await pool.connect()),
    on: (event, listener) => pool.on(event, listener),
    end: () => pool.end(),
  }
}
