import type { Clock } from '../kernel/ambient/ambient.ts'
import { type Duration, duration } from '../kernel/contract/duration.ts'

/** Time that passes when a test says so. */
export interface VirtualClock extends Clock {
  /** Lets time pass. @returns the new instant */
  advance(by: Duration): Date
}

/** Stands still at `start`. */
export function virtualClock(start: Date): VirtualClock {
  const length = duration()
  let at = start.getTime()
  return {
    now: () => new Date(at),
    monotonicMs: () => at - start.getTime(),
    advance(by) {
      at += length.parse(by)
      return new Date(at)
    },
  }
}
