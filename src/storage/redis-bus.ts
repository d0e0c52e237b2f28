/**
 * Redis pub/sub as a session bus.
 *
 * What gets lost, because Redis is away or was flushed, the change feed reads from the database (ADR 0005).
 *
 * @module
 */
import type { SessionBus } from './changes.ts'
import { asking, type RedisClient, type RedisOptions, type RedisSubscriber, redisName, within } from './redis-client.ts'

/** A boot does not wait longer than this for Redis. */
const bootMs = 1_000
/** A connection that broke mends itself; one that never came about is tried again after this. */
const againMs = 5_000

/**
 * Carries changes between nodes by pub/sub. The client is the application's: connected, and with an `error` listener. Hearing takes a second
 * connection like it.
 *
 * Channels are shared by all databases of a Redis. What another deployment says concerns sessions nobody knows here and is passed over; a
 * `prefix` keeps it from arriving at all.
 *
 * @example
 * ```ts
 * import { createClient } from '@redis/client'
 *
 * const client = await createClient({ url: 'redis://127.0.0.1:6379' }).on('error', console.error).connect()
 * const auth = createAuth({ ...options, infra: { bus: redisBus(client) } })
 * ```
 */
export function redisBus(client: RedisClient, options: RedisOptions = {}): SessionBus {
  const ask = asking(client)
  const channel = redisName(options, 'changes')
  return {
    publish: async (line) => void (await ask('PUBLISH', channel, line)),
    async subscribe(hear) {
      let subscriber: RedisSubscriber | undefined
      let timer: NodeJS.Timeout | undefined
      let closed = false

      async function listen(): Promise<void> {
        const fresh = client.duplicate()
        subscriber = fresh
        fresh.on('error', ignore)
        try {
          await fresh.connect()
          await fresh.subscribe(channel, hear)
        } catch {
          drop(fresh)
          if (!closed) timer = setTimeout(listen, againMs).unref()
        }
      }

      await within(bootMs, listen()).catch(ignore) // it goes on by itself, and until then changes are read
      return async () => {
        closed = true
        clearTimeout(timer)
        if (subscriber) drop(subscriber)
      }
    },
  }
}

function drop(subscriber: RedisSubscriber): void {
  try {
    subscriber.destroy()
  } catch {
    // some versions mind that it has been closed already
  }
}

/** For errors of a connection that mends itself. */
const ignore = (): void => {}
