/**
 * The outside world as one value: the clock, ids, and where lines go. Nothing else in the house reads the time or writes a log.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { v7 } from 'uuid'
import { randomBytes } from '../crypto/random.ts'

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
    newId: () => newIdAt(clock.now()),
  }
}

/** A UUID version 7 of the given instant, with random bits from the CSPRNG. */
export const newIdAt = (at: Date): string => v7({ msecs: at.getTime(), random: randomBytes(16) })
