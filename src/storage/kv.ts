/**
 * Short-lived values by key: a port of the application's, and the one in memory.
 *
 * Invariant: what is single-use (`take`, `setIfAbsent`, `incr`) is decided in one step, never by reading first. A value is forgotten when its
 * time has passed and never before: room is not made by dropping what still counts.
 *
 * @module
 */
import { realAmbient } from '../kernel/ambient/ambient.ts'

/**
 * Short-lived values by key. Keys and values are any text; a time to live is more than zero milliseconds.
 *
 * @example
 * ```ts
 * async function redeem(store: IKvStore, code: string) {
 *   const userId = await store.take(`invitation:${code}`)
 *   return userId === undefined ? 'used, or too late' : userId
 * }
 * ```
 */
export interface IKvStore {
  /** @returns `undefined` when there is no such key, or it has expired */
  get(key: string): Promise<string | undefined>
  /** Replaces the value and its time to live. */
  set(key: string, value: string, ttlMs: number): Promise<void>
  /**
   * Sets a value unless there is one.
   *
   * Must be atomic: of two concurrent calls with one key, exactly one answers `true`.
   */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>
  /**
   * Returns the value and removes it.
   *
   * Must be atomic: of two concurrent calls with one key, exactly one gets the value. A store that reads and then deletes lets a
   * single-use token be spent twice.
   *
   * @returns `undefined` when there is no such key, or it has expired
   */
  take(key: string): Promise<string | undefined>
  /**
   * Adds one and returns the sum; the first call sets the time to live, later ones leave it.
   *
   * Must be atomic: of 16 concurrent calls, each gets another number.
   */
  incr(key: string, ttlMs: number): Promise<number>
  delete(key: string): Promise<void>
}

interface Entry {
  readonly value: string
  readonly expiresMs: number
}

/** An {@link IKvStore} in this process. */
export interface MemoryKv extends IKvStore {
  /** How many values are held, those included that have expired and are not swept out yet. */
  readonly size: number
}

/** How many values may gather before those that have expired are swept out for the first time. */
const firstSweep = 1_000

/**
 * Keeps values in this process.
 *
 * @example
 * ```ts
 * const kv = memoryKv()
 * const isFirst = await kv.setIfAbsent('nonce:4711', 'seen', 300_000)
 * ```
 */
export function memoryKv({ clock = realAmbient().clock }: { readonly clock?: { now(): Date } } = {}): MemoryKv {
  const entries = new Map<string, Entry>()
  let sweepAt = firstSweep

  function living(key: string): Entry | undefined {
    const entry = entries.get(key)
    return entry && entry.expiresMs > clock.now().getTime() ? entry : undefined
  }

  /** Sweeps when there are twice as many as the last sweep left: what a write costs stays the same on average. */
  function put(key: string, entry: Entry): void {
    entries.set(key, entry)
    if (entries.size < sweepAt) return
    const now = clock.now().getTime()
    for (const [other, { expiresMs }] of entries) if (expiresMs <= now) entries.delete(other)
    sweepAt = Math.max(firstSweep, 2 * entries.size)
  }

  const fresh = (value: string, ttlMs: number): Entry => ({ value, expiresMs: clock.now().getTime() + ttlMs })

  return {
    get size() {
      return entries.size
    },
    get: async (key) => living(key)?.value,
    async set(key, value, ttlMs) {
      put(key, fresh(value, ttlMs))
    },
    async setIfAbsent(key, value, ttlMs) {
      if (living(key)) return false
      put(key, fresh(value, ttlMs))
      return true
    },
    async take(key) {
      const entry = living(key)
      entries.delete(key)
      return entry?.value
    },
    async incr(key, ttlMs) {
      const entry = living(key)
      const sum = Number(entry?.value ?? 0) + 1
      put(key, entry ? { ...entry, value: `${sum}` } : fresh(`${sum}`, ttlMs))
      return sum
    },
    async delete(key) {
      entries.delete(key)
    },
  }
}
