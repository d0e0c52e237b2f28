/**
 * Redis beside the database: nodes hear of each other's changes sooner, and count rate limits together without asking SQL.
 *
 * Invariant: Redis is never asked whether a session holds. When it is away, changes are heard by reading the database and limits are counted in
 * each process (ADR 0005).
 *
 * @module
 */
import { product } from './kernel/product.ts'
import type { SessionBus } from './storage/changes.ts'

export type { SessionBus } from './storage/changes.ts'

/** The part of a `@redis/client` we use. */
export interface RedisClient {
  readonly isReady: boolean
  publish(channel: string, message: string): Promise<unknown>
  duplicate(): RedisSubscriber
}

/** A connection of its own for hearing; it connects again by itself. */
export interface RedisSubscriber {
  connect(): Promise<unknown>
  subscribe(channel: string, hear: (message: string) => void): Promise<unknown>
  destroy(): void
  on(event: 'error', listener: (error: Error) => void): unknown
}

const channel = `${product.name}:changes`

/**
 * Pub/sub as a session bus. The client is the application's: connected, and with an `error` listener.
 *
 * @example
 * ```ts
 * const redis = await createRedis({ url: 'redis://127.0.0.1:6379' }).connect()
 * const auth = createAuth({ ...options, infra: { bus: redisBus(redis) } })
 * ```
 */
export function redisBus(client: RedisClient): SessionBus {
  return {
    async publish(line) {
      // A client without a connection keeps commands for later; a line that arrives late has been read from the database meanwhile.
      if (!client.isReady) throw new Error('Redis is not connected')
      await client.publish(channel, line)
    },
    async subscribe(hear) {
      const subscriber = client.duplicate()
      subscriber.on('error', () => {}) // it connects again by itself, and until then changes are read
      const listening = subscriber.connect().then(() => subscriber.subscribe(channel, hear))
      listening.catch(() => {}) // destroyed before it ever connected
      await Promise.race([listening, new Promise((resolve) => setTimeout(resolve, patienceMs).unref())])
      return async () => subscriber.destroy()
    },
  }
}

/** A boot does not wait longer than this for Redis. */
const patienceMs = 1_000
