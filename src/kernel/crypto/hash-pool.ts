/**
 * A bounded, first-in-first-out pool for slow hashes, so that a flood of logins ends in 503s and not in memory or latency.
 *
 * Invariant: at most `slots` run, at most `depth` wait, nobody is let into a queue whose expected wait is over `maxWaitMs`, and nobody is
 * kept in it longer than `deadlineMs`. One client or one account can fill only a few of its places, so a flood refuses itself first.
 * A hash of 19 MiB without a bound is a denial of service by anybody who can reach the login (OWASP ASVS 5.0 V15.1.3).
 *
 * @module
 */
import { randomInt } from 'node:crypto'
import type { StartTimer } from '../ambient/ambient.ts'
import { AuthError, kernelErrors } from '../contract/errors.ts'

/** How many at once, how many may wait, and how long. */
export interface HashPoolOptions {
  readonly slots: number
  readonly depth?: number
  readonly maxWaitMs?: number
  readonly deadlineMs?: number
  readonly clock: { monotonicMs(): number }
  readonly startTimer: StartTimer
}

/** For whom a hash is made. What is absent bounds nobody: commands and trusted code have neither address nor socket. */
export interface HashCaller {
  /** The prefix of the address; at most two hashes of one wait. */
  readonly client?: string | undefined
  /** The account, whether or not it exists; at most one hash of one waits. */
  readonly account?: string | undefined
  /** Aborted when nobody waits for the answer any more; the hash then leaves the queue. */
  readonly signal?: AbortSignal | undefined
}

/** Where slow hashes run. */
export interface HashPool {
  /**
   * Runs `work` when a slot is free, in the order of arrival.
   *
   * @throws unavailable when the queue is full, too much of it is the caller's, the wait is too long or the caller has left; `work` is then
   *   never called
   */
  run<T>(work: () => Promise<T>, caller?: HashCaller): Promise<T>
}

/** One who waits. */
interface Waiting {
  readonly caller: HashCaller
  start(): void
}

/** Weight of the newest measurement: the mean follows a busy machine within some ten hashes. */
const meanWeight = 0.1
const waitingPerClient = 2
const waitingPerAccount = 1

/**
 * Builds a pool.
 *
 * @example
 * ```ts
 * const pool = createHashPool({ slots: 1, clock: { monotonicMs: () => performance.now() }, startTimer: () => () => {} })
 * await pool.run(async () => 'hashed')
 * ```
 */
export function createHashPool(options: HashPoolOptions): HashPool {
  const { slots, depth = 64, maxWaitMs = 2000, deadlineMs = 3000, clock, startTimer } = options
  const waiting: Waiting[] = []
  let running = 0
  let meanMs: number | undefined

  const expectedWaitMs = () => (waiting.length * (meanMs ?? 0)) / slots
  const waitingOf = (key: 'client' | 'account', value: string | undefined): number =>
    value === undefined ? 0 : waiting.filter(({ caller }) => caller[key] === value).length

  /** A slot is handed over from the one who leaves to the one who waits, so nobody who arrives in between can take it. */
  async function enter(caller: HashCaller): Promise<void> {
    if (caller.signal?.aborted) throw overloaded()
    if (running < slots) {
      running += 1
      return
    }
    const isTooLong = waiting.length >= depth || expectedWaitMs() > maxWaitMs
    const isUnfair =
      waitingOf('client', caller.client) >= waitingPerClient || waitingOf('account', caller.account) >= waitingPerAccount
    if (isTooLong || isUnfair) throw overloaded()
    await queued(caller)
  }

  function queued(caller: HashCaller): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = caller
      const turn: Waiting = {
        caller,
        start() {
          forget()
          resolve()
        },
      }
      const sendAway = () => {
        waiting.splice(waiting.indexOf(turn), 1)
        forget()
        reject(overloaded())
      }
      const stopTimer = startTimer(deadlineMs, sendAway)
      const forget = () => {
        stopTimer()
        signal?.removeEventListener('abort', sendAway)
      }
      signal?.addEventListener('abort', sendAway)
      waiting.push(turn)
    })
  }

  function leave(startedMs: number): void {
    const tookMs = clock.monotonicMs() - startedMs
    meanMs = meanMs === undefined ? tookMs : meanMs + (tookMs - meanMs) * meanWeight
    const next = waiting.shift()
    if (next) next.start()
    else running -= 1
  }

  return {
    async run(work, caller = {}) {
      await enter(caller)
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
