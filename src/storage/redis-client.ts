/**
 * A Redis client of the application, asked under our rules.
 *
 * Invariant: Redis holds nobody up. A command is sent only where there is a connection, and is given up after {@link patienceMs}. After that
 * one a second tries and all others are refused at once, until one is answered.
 *
 * @module
 */
import { AuthError, kernelErrors } from '../kernel/contract/errors.ts'
import { product } from '../kernel/product.ts'

/** The part of a `@redis/client` we use. */
export interface RedisClient {
  readonly isReady: boolean
  sendCommand(args: readonly string[]): Promise<unknown>
  duplicate(): RedisSubscriber
}

/** A connection of its own for hearing. */
export interface RedisSubscriber {
  connect(): Promise<unknown>
  subscribe(channel: string, hear: (message: string) => void): Promise<unknown>
  destroy(): void
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** How deployments that share one Redis stay apart. */
export interface RedisOptions {
  /** What every key and channel begins with; the product's name unless said otherwise. */
  readonly prefix?: string
}

/** The key or channel of this name in a deployment. */
export const redisName = ({ prefix = product.name }: RedisOptions, ...parts: readonly string[]): string =>
  [prefix, ...parts].join(':')

/** How long one command may take. */
const patienceMs = 1_000
const restMs = 1_000

/** Sends one command. @throws unavailable when Redis is away, refuses or takes too long; it may have run all the same */
export type Ask = (...args: readonly string[]) => Promise<unknown>

/** Asks a client under the rules above. */
export function asking(client: Pick<RedisClient, 'isReady' | 'sendCommand'>): Ask {
  let nextTryMs: number | undefined
  return async (...args) => {
    // A client without a connection would keep the command for later, when nobody waits for it any more.
    if (!client.isReady) throw unavailable(new Error('Redis is not connected'))
    if (nextTryMs !== undefined) {
      if (performance.now() < nextTryMs) throw unavailable(new Error('Redis did not answer a moment ago'))
      nextTryMs = performance.now() + patienceMs + restMs
    }
    try {
      const reply = await within(patienceMs, client.sendCommand(args))
      nextTryMs = undefined
      return reply
    } catch (error) {
      if (error instanceof TookTooLong) nextTryMs = performance.now() + restMs
      throw unavailable(error)
    }
  }
}

class TookTooLong extends Error {}

/** @throws when `pending` is not settled in time */
export async function within<T>(ms: number, pending: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(`Redis did not answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([pending, late])
  } finally {
    clearTimeout(timer)
  }
}

const unavailable = (cause: unknown) => new AuthError(kernelErrors.unavailable, { cause, retryAfterSeconds: 1 })
