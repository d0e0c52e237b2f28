/**
 * Redis beside the database: nodes hear of each other's changes sooner, and count rate limits together without asking SQL.
 *
 * Invariant: Redis is never asked whether a session holds, and never needed. When it is away, changes are heard by reading the database and
 * limits are counted in each process; when it is back, it is used again (ADR 0005).
 *
 * @module
 */
import { BootError } from './kernel/config/boot-error.ts'
import type { LimitStore } from './kernel/http/limits.ts'
import type { SessionBus } from './storage/changes.ts'
import { redisBus } from './storage/redis-bus.ts'
import { type Ask, asking, type RedisClient, type RedisOptions, within } from './storage/redis-client.ts'
import { redisLimits } from './storage/redis-limits.ts'

export type { LimitStore, LimitVerdict } from './kernel/http/limits.ts'
export type { SessionBus } from './storage/changes.ts'
export type { IKvStore } from './storage/kv.ts'
export { redisBus } from './storage/redis-bus.ts'
export type { RedisClient, RedisOptions, RedisSubscriber } from './storage/redis-client.ts'
export { redisKv } from './storage/redis-kv.ts'
export { redisLimits } from './storage/redis-limits.ts'

/** What a Redis says of itself. A field is absent where it may not tell us: a user of Redis need not have the right to `INFO`. */
export interface RedisLook {
  readonly version?: string
  /** What it does when its memory is full. */
  readonly evictionPolicy?: string
  /** How many bytes it may use; 0 for all there are. */
  readonly maxMemory?: number
  /** Whether it runs a script for us, as counting limits does. */
  readonly scripts: boolean
}

/** A Redis that is connected to on first use and let go of with `close()`. */
export interface RedisConnection {
  /** Where it is, without credentials. */
  readonly location: string
  readonly bus: SessionBus
  readonly limits: LimitStore
  /** @throws unavailable when it does not answer */
  ping(): Promise<void>
  /** What it says of itself, and whether it runs scripts. @throws unavailable when it does not answer */
  look(): Promise<RedisLook>
  /** Lets what was published leave, and goes. */
  close(): Promise<void>
}

/** The first use waits this long; after that the connection comes about, or mends itself, while nobody waits. */
const connectMs = 1_000
/** A connection that is idle and silent for this long is made anew; a question every {@link pingMs} keeps a good one busy. */
const silentMs = 15_000
const pingMs = 5_000
/** So is one on which commands go out and nothing has come back for this long: the driver takes what is sent for a sign of life. */
const deafMs = 5_000
const reconnectMs = 500

/**
 * Bus and limits at a URL, for processes that have no Redis client of their own.
 *
 * @throws BootError at first use, when the package `@redis/client` is not installed
 * @example
 * ```ts
 * const { bus, limits, close } = redis('redis://127.0.0.1:6379')
 * const auth = createAuth({ ...options, infra: { bus, limits } })
 * await auth.close()
 * await close()
 * ```
 */
export function redis(url: string, options: RedisOptions = {}): RedisConnection {
  const underWay = new Set<Promise<unknown>>()
  let made: Promise<Opened> | undefined
  const opened = (): Promise<Opened> => {
    made ??= open(url)
    return made
  }
  let over: Promise<{ bus: SessionBus; limits: LimitStore }> | undefined
  const parts = () => {
    over ??= opened().then((client) => ({ bus: redisBus(client, options), limits: redisLimits(client, options) }))
    return over
  }

  return {
    location: placeOf(url),
    bus: {
      publish(line) {
        const sent = parts().then(({ bus }) => bus.publish(line))
        const settled = sent.catch(ignore).finally(() => underWay.delete(settled))
        underWay.add(settled)
        return sent
      },
      subscribe: async (hear) => (await parts()).bus.subscribe(hear),
    },
    limits: { take: async (key, limit, now) => (await parts()).limits.take(key, limit, now) },
    ping: async () => void (await asking(await opened())('PING')),
    look: async () => lookAt(asking(await opened())),
    async close() {
      await Promise.all(underWay)
      const client = await made?.catch(() => undefined) // it could not be made, and whoever used it was told
      made = undefined
      over = undefined
      client?.destroy()
    },
  }
}

async function lookAt(ask: Ask): Promise<RedisLook> {
  await ask('PING')
  const scripts = await ask('EVAL', 'return 1', '0').then(yes, no)
  const [server, memory] = [await infoOf(ask, 'server'), await infoOf(ask, 'memory')]
  const [version, evictionPolicy, maxMemory] = [server.redis_version, memory.maxmemory_policy, memory.maxmemory]
  return {
    scripts,
    ...(version !== undefined && { version }),
    ...(evictionPolicy !== undefined && { evictionPolicy }),
    ...(maxMemory !== undefined && { maxMemory: Number(maxMemory) }),
  }
}

/** Empty where we may not ask (NOPERM). */
async function infoOf(ask: Ask, section: string): Promise<Readonly<Record<string, string>>> {
  const text = await ask('INFO', section).catch(ignore)
  return Object.fromEntries(
    `${text ?? ''}`.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':')
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : []
    }),
  )
}

const yes = () => true
const no = () => false

interface Opened extends RedisClient {
  destroy(): void
}

async function open(url: string): Promise<Opened> {
  const { createClient } = await driver()
  const client = createClient({
    url,
    pingInterval: pingMs,
    socket: { connectTimeout: 2 * connectMs, socketTimeout: silentMs, reconnectStrategy: reconnectMs },
  })
  client.on('error', ignore) // it mends itself; the limiter says when it cannot count, and whoever pings is told
  const connect = () => within(connectMs, client.connect()).catch(ignore)
  await connect()
  let unansweredSinceMs: number | undefined
  return {
    get isReady() {
      return client.isReady
    },
    async sendCommand(args) {
      unansweredSinceMs ??= performance.now()
      if (performance.now() - unansweredSinceMs > deafMs) {
        unansweredSinceMs = undefined
        client.destroy()
        void connect()
      }
      try {
        return await client.sendCommand(args)
      } finally {
        unansweredSinceMs = undefined
      }
    },
    duplicate: () => client.duplicate(),
    destroy: () => client.destroy(),
  }
}

async function driver() {
  try {
    return await import('@redis/client')
  } catch (cause) {
    throw new BootError('the package @redis/client is not installed', 'Run: npm install @redis/client', cause)
  }
}

/** Host and database of a URL, without its credentials. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'redis'
  const { host, pathname } = new URL(url)
  return `redis: ${host}${pathname}`
}

/** For errors another path reports. */
const ignore = (): void => {}
