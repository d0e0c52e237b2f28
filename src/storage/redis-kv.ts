/**
 * Short-lived values in Redis, which forgets them by its own clock.
 *
 * Invariant: each method is one command or one script, so nothing comes between its reading and its writing.
 *
 * @module
 */
import type { IKvStore } from './kv.ts'
import { asking, type RedisClient, type RedisOptions, redisName } from './redis-client.ts'

const incrScript = `
local count = redis.call('incr', KEYS[1])
if count == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
return count
`

/**
 * Keeps short-lived values in Redis 6.2 or newer.
 *
 * @example
 * ```ts
 * import { createClient } from '@redis/client'
 *
 * const client = await createClient({ url: 'redis://127.0.0.1:6379' }).on('error', console.error).connect()
 * const kv = redisKv(client)
 * await kv.set('greeting', 'hello', 60_000)
 * ```
 */
export function redisKv(client: RedisClient, options: RedisOptions = {}): IKvStore {
  const ask = asking(client)
  const named = (key: string) => redisName(options, 'kv', key)
  return {
    get: async (key) => textOf(await ask('GET', named(key))),
    set: async (key, value, ttlMs) => void (await ask('SET', named(key), value, 'PX', wholeMs(ttlMs))),
    setIfAbsent: async (key, value, ttlMs) => (await ask('SET', named(key), value, 'PX', wholeMs(ttlMs), 'NX')) !== null,
    take: async (key) => textOf(await ask('GETDEL', named(key))),
    incr: async (key, ttlMs) => Number(await ask('EVAL', incrScript, '1', named(key), wholeMs(ttlMs))),
    delete: async (key) => void (await ask('DEL', named(key))),
  }
}

const textOf = (reply: unknown): string | undefined => (reply === null || reply === undefined ? undefined : String(reply))

/** Redis refuses a time to live of less than a millisecond, and parts of one. */
const wholeMs = (ms: number): string => `${Math.max(1, Math.ceil(ms))}`
