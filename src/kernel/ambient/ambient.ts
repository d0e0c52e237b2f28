/**
 * The outside world as one value: the clock, ids, and where lines go. Nothing else in the house reads the time or writes a log.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { v7 } from 'uuid'
import { randomBelow, randomBytes } from '../crypto/random.ts'

/** Where lines for operators go. An application may pass its own (pino's shape). */
export interface Logger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** A clock; `monotonicMs` never jumps, so lengths of time are measured with it. */
export interface Clock {
  now(): Date
  monotonicMs(): number
}

/** Starts a timer that never keeps the process alive. @returns a function that stops it */
export type StartTimer = (everyMs: number, run: () => void) => () => void

/** Everything the house takes from outside. Tests pass their own. */
export interface Ambient {
  readonly clock: Clock
  readonly logger: Logger
  readonly startTimer: StartTimer
  /** How many cores this process may use. */
  readonly cores: number
  /** A fresh id for a row: UUID version 7 (RFC 9562), sorted by time. Never a secret. */
  newId(): string
}

const silent = () => {}

/** Says nothing. */
export const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent }

/** The real world. */
export function realAmbient(logger: Logger = silentLogger): Ambient {
  const clock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() }
  return {
    clock,
    logger,
    startTimer: (everyMs, run) => {
      const timer = setInterval(run, everyMs)
      timer.unref()
      return () => clearInterval(timer)
    },
    cores: availableParallelism(),
    newId: idsAt(clock),
  }
}

/**
 * Makes UUIDs version 7 of a clock's instants, with random bits from the CSPRNG. Those of one millisecond follow each other, so that what a process
 * makes stands in the order it was made in (RFC 9562 §6.2, a dedicated counter that is seeded anew each millisecond).
 */
export function idsAt(clock: Pick<Clock, 'now'>): () => string {
  let last = Number.NaN
  let seq = 0
  return () => {
    const msecs = clock.now().getTime()
    seq = msecs === last ? seq + 1 : randomBelow(2 ** 31)
    last = msecs
    return v7({ msecs, seq, random: randomBytes(16) })
  }
}
