/**
 * The limiter: GCRA, one timestamp a key (ITU-T I.371), over a shared store or over memory.
 *
 * Invariant: it never opens. When the shared store fails, the same limit is counted in this process instead, and what was counted here goes
 * on to count when the store is back, until its time has passed. Keys are keyed digests, so a store of limits never names an address or a
 * person.
 * Not here: the figures. They stand in the one table, `kernel/contract/limits.ts`.
 *
 * @module
 */
import { LRUCache } from 'lru-cache'
import type { Clock, Logger } from '../ambient/ambient.ts'
import { AuthError, kernelErrors } from '../contract/errors.ts'
import { type Limit, type LimitClass, type LimitRow, limitTable } from '../contract/limits.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import type { Ctx } from '../ctx.ts'
import { assertInTime } from '../deadline.ts'

/** What became of one request under one limit. */
export interface LimitVerdict {
  readonly allowed: boolean
  /** How many more requests would pass right now. */
  readonly remaining: number
  /** How long until the next request passes; 0 when one would pass now. */
  readonly retryAfterMs: number
  /** How long until the whole limit is free again. */
  readonly resetMs: number
}

/** Where requests are counted. */
export interface LimitStore {
  /**
   * Counts one request, unless it is over the limit.
   *
   * Must be atomic: of 200 concurrent calls with one key and a limit of 10, exactly 10 are allowed. A store that reads and then writes
   * lets a burst of guesses through.
   *
   * @throws unavailable when it cannot count; the limiter then counts in memory
   */
  take(key: string, limit: Limit, now: Date): Promise<LimitVerdict>
}

/**
 * The arithmetic of GCRA, for every store.
 *
 * @param arrival the key's theoretical arrival time in epoch milliseconds, as stored; `undefined` for a new key
 * @returns the verdict and the arrival time to store, which is unchanged when the request is refused
 */
export function gcra(arrival: number | undefined, limit: Limit, now: number): { verdict: LimitVerdict; arrival: number } {
  const interval = limit.per / limit.limit
  const current = Math.max(arrival ?? now, now)
  const next = current + interval
  const retryAfterMs = Math.max(0, Math.ceil(next - limit.per - now))
  if (retryAfterMs > 0)
    return { verdict: { allowed: false, remaining: 0, retryAfterMs, resetMs: current - now }, arrival: current }
  const remaining = Math.floor((limit.per - (next - now)) / interval + 1e-9)
  const untilNext = remaining > 0 ? 0 : Math.ceil(next + interval - limit.per - now)
  return { verdict: { allowed: true, remaining, retryAfterMs: untilNext, resetMs: next - now }, arrival: next }
}

/**
 * A limit for stores that keep whole milliseconds: the interval is rounded up, and the window with it, so that still exactly `limit` requests
 * pass at once.
 */
export function inWholeMs(asked: Limit): { limit: Limit; interval: number } {
  const interval = Math.ceil(asked.per / asked.limit)
  return { limit: { limit: asked.limit, per: interval * asked.limit }, interval }
}

/** A {@link LimitStore} in this process. */
export interface MemoryLimitStore extends LimitStore {
  /** Counts one request of a key that has requests counted here whose time has not passed. @returns `undefined` for any other key */
  takeKnown(key: string, limit: Limit, now: Date): LimitVerdict | undefined
}

/** Counts in this process, for at most `size` keys; the least recently used key is forgotten first. */
export function memoryLimitStore(size = 100_000): MemoryLimitStore {
  const arrivals = new LRUCache<string, number>({ max: size })
  function count(key: string, limit: Limit, now: Date): LimitVerdict {
    const { verdict, arrival } = gcra(arrivals.get(key), limit, now.getTime())
    arrivals.set(key, arrival)
    return verdict
  }
  return {
    take: async (key, limit, now) => count(key, limit, now),
    takeKnown: (key, limit, now) => ((arrivals.peek(key) ?? 0) > now.getTime() ? count(key, limit, now) : undefined),
  }
}

/** What the `RateLimit-*` headers say: the tightest of the limits that were counted. */
export interface LimitReport {
  readonly limit: number
  readonly verdict: LimitVerdict
}

/** Whose request is counted: when it came, and how long it may wait for the shared store. */
export type Counted = Pick<Ctx, 'at' | 'deadlineMs'>

/** A store that counts in this process while the given one is away. */
export const unfailingLimitStore = ({ store, clock, logger }: Pick<LimiterSetup, 'store' | 'clock' | 'logger'>): LimitStore =>
  withFallback(store, steady(memoryLimitStore(), clock), logger)

/** Applies rows of the table. `undefined` means that nothing is limited there. */
export interface Limiter {
  /** Counts against the row's `address` limit, where there is an address, and, if that passes, its `overall` limit. */
  byAddress(row: LimitClass, prefix: string | undefined, of: Counted): Promise<LimitReport | undefined>
  /** Counts against the row's `subject` limit. */
  bySubject(row: LimitClass, subject: string, of: Counted): Promise<LimitReport | undefined>
}

/** What a {@link Limiter} is made of. */
export interface LimiterSetup {
  /** Rows that replace those of the table; `false` switches every limit off. */
  readonly rows: Partial<Record<LimitClass, LimitRow>> | false
  /** Where rows marked `shared` are counted. */
  readonly store: LimitStore
  readonly keys: KeyRing
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly logger: Logger
}

/** Builds the limiter. */
export function createLimiter({ rows, store, keys, clock, logger }: LimiterSetup): Limiter {
  if (rows === false) return { byAddress: async () => undefined, bySubject: async () => undefined }
  const table: Record<LimitClass, LimitRow> = { ...limitTable, ...rows }
  const local = steady(memoryLimitStore(), clock)
  const shared = withFallback(store, local, logger)

  async function take(name: LimitClass, kind: 'address' | 'subject' | 'overall', value: string, of: Counted) {
    const limit = table[name][kind]
    if (!limit) return undefined
    const key = keys.tag('limit', name, kind, value)
    if (table[name].shared) assertInTime(of, clock)
    const verdict = await (table[name].shared ? shared : local).take(key, limit, of.at)
    return { limit: limit.limit, verdict }
  }

  return {
    async byAddress(name, prefix, of) {
      const address = prefix === undefined ? undefined : await take(name, 'address', prefix, of)
      if (address && !address.verdict.allowed) return address // an address over its limit must not eat everybody's
      return tighter(address, await take(name, 'overall', '', of))
    },
    bySubject: (name, subject, of) => take(name, 'subject', subject, of),
  }
}

/** @throws rate_limited when the report says so */
export function assertAllowed(report: LimitReport | undefined): void {
  if (!report || report.verdict.allowed) return
  throw new AuthError(kernelErrors.rate_limited, { retryAfterSeconds: report.verdict.retryAfterMs / 1000 })
}

/** The report that will refuse first. */
export function tighter(a: LimitReport | undefined, b: LimitReport | undefined): LimitReport | undefined {
  if (!a || !b) return a ?? b
  if (a.verdict.allowed !== b.verdict.allowed) return a.verdict.allowed ? b : a
  return b.verdict.remaining < a.verdict.remaining ? b : a
}

/** Counts by the clock that never jumps: nobody is kept out because the other one was set back. */
const steady = (store: MemoryLimitStore, clock: Pick<Clock, 'monotonicMs'>): MemoryLimitStore => ({
  take: (key, limit) => store.take(key, limit, new Date(clock.monotonicMs())),
  takeKnown: (key, limit) => store.takeKnown(key, limit, new Date(clock.monotonicMs())),
})

/** Of two counts of one key the one that lets fewer through. */
function stricter(a: LimitVerdict, b: LimitVerdict): LimitVerdict {
  if (a.allowed !== b.allowed) return a.allowed ? b : a
  if (a.allowed) return b.remaining < a.remaining ? b : a
  return b.retryAfterMs > a.retryAfterMs ? b : a
}

/** One warning when the shared store goes away and one when it is back, however many requests come in between. */
function withFallback(store: LimitStore, local: MemoryLimitStore, logger: Logger): LimitStore {
  let down = false
  return {
    async take(key, limit, now) {
      try {
        const verdict = await store.take(key, limit, now)
        if (down) logger.warn({}, 'rate limits are shared again')
        down = false
        // Longer than the whole limit lasts: it was counted by a clock that is ahead of this one, or that has been set back since.
        if (verdict.retryAfterMs > limit.per) return local.take(key, limit, now)
        const own = local.takeKnown(key, limit, now)
        return own ? stricter(verdict, own) : verdict
      } catch (error) {
        if (!down) logger.warn({ err: error }, 'the store of rate limits does not answer; counting in this process')
        down = true
        return local.take(key, limit, now)
      }
    },
  }
}
