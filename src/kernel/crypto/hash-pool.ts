/**
 * A bounded, first-in-first-out pool for slow hashes, so that a flood of logins ends in 503s and not in memory or latency.
 *
 * Invariant: at most `slots` run, at most `depth` wait, and nobody is let into a queue whose expected wait is over `maxWaitMs`.
 * A hash of 19 MiB without a bound is a denial of service by anybody who can reach the login (OWASP ASVS 5.0 V15.1.3).
 *
 * @module
 */
import { randomInt } from 'node:crypto'
import { AuthError, kernelErrors } from '../contract/errors.ts'

/** How many at once, how many may wait, and how long. */
export interface HashPoolOptions {
  readonly slots: number
  readonly depth?: number
  readonly maxWaitMs?: number
  readonly clock: { monotonicMs(): number }
}

/** Where slow hashes run. */
export interface HashPool {
  /**
   * Runs `work` when a slot is free, in the order of arrival.
   *
   * @throws unavailable when the queue is full or the expected wait is too long; `work` is then never called
   */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** Weight of the newest measurement: the mean follows a busy machine within some ten hashes. */
const meanWeight = 0.1

/**
 * Builds a pool.
 *
 * @example
 * ```ts
 * const pool = createHashPool({ slots: 1, clock: { monotonicMs: () => performance.now() } })
 * await pool.run(async () => 'hashed')
 * ```
 */
export function createHashPool({ slots, depth = 64, maxWaitMs = 2000, clock }: HashPoolOptions): HashPool {
  const waiting: (() => void)[] = []
  let running = 0
  let meanMs: number | undefined

  const expectedWaitMs = () => (waiting.length * (meanMs ?? 0)) / slots

  /** A slot is handed over from the one who leaves to the one who waits, so nobody who arrives in between can take it. */
  async function enter(): Promise<void> {
    if (running < slots) {
      running += 1
      return
    }
    if (waiting.length >= depth || expectedWaitMs() > maxWaitMs) throw overloaded()
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function leave(startedMs: number): void {
    const tookMs = clock.monotonicMs() - startedMs
    meanMs = meanMs === undefined ? tookMs : meanMs + (tookMs - meanMs) * meanWeight
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }

  return {
    async run(work) {
      await enter()
      const startedMs = clock.monotonicMs()
      try {
        return await work()
      } finally {
        leave(startedMs)
      }
    },
  }
}

/** Jitter spreads the retries of those refused together. */
const overloaded = () => new AuthError(kernelErrors.unavailable, { retryAfterSeconds: randomInt(1, 6) })
