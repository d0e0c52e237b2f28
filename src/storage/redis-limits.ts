/**
 * The shared limiter's counters in Redis: GCRA in one script, so that several processes count as one.
 *
 * Invariant: of N racing takes at limit L exactly L pass, and a refused one moves nothing. A script runs alone. A key goes when it no longer
 * says anything.
 *
 * @module
 */
import { gcra, inWholeMs, type LimitStore } from '../kernel/http/limits.ts'
import { asking, type RedisClient, type RedisOptions, redisName } from './redis-client.ts'

/** Answers whether it counted, and the arrival time it found (-1: none). Whole milliseconds: Redis cuts fractions off. */
const script = `
local found = tonumber(redis.call('get', KEYS[1]))
local now, interval, per = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local arrival = math.max(found or now, now) + interval
local counted = arrival - per <= now
if counted then redis.call('set', KEYS[1], string.format('%.0f', arrival), 'px', string.format('%.0f', arrival - now)) end
return { counted and 1 or 0, found or -1 }
`

/**
 * Counts rate limits in Redis instead of the database. While it is away each process counts for itself.
 *
 * @example
 * ```ts
 * import { createClient } from '@redis/client'
 *
 * const client = await createClient({ url: 'redis://127.0.0.1:6379' }).on('error', console.error).connect()
 * const auth = createAuth({ ...options, infra: { limits: redisLimits(client) } })
 * ```
 */
export function redisLimits(client: RedisClient, options: RedisOptions = {}): LimitStore {
  const ask = asking(client)
  return {
    async take(key, asked, now) {
      const { limit, interval } = inWholeMs(asked)
      const at = now.getTime()
      const reply = await ask('EVAL', script, '1', redisName(options, 'limit', key), `${at}`, `${interval}`, `${limit.per}`)
      const [counted, found] = Array.isArray(reply) ? reply.map(Number) : []
      const { verdict } = gcra(found === undefined || found < 0 ? undefined : found, limit, at)
      return counted === 1 ? verdict : { ...verdict, allowed: false, remaining: 0 }
    },
  }
}
