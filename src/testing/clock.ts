import type { Clock } from '../kernel/ambient/ambient.ts'
import { type Duration, duration } from '../kernel/contract/duration.ts'

/** Time that passes when a test says so. */
export interface VirtualClock extends Clock {
  /** Lets time pass. @returns the new instant */
  advance(by: Duration): Date
  /** Sets the clock of the wall, ahead or back, as an operator or NTP does: no time passes. @returns the new instant */
  set(to: Date): Date
}

/** Stands still at `start`. */
export function virtualClock(start: Date): VirtualClock {
  const length = duration()
  let passed = 0
  let wall = start.getTime()
  return {
    now: () => new Date(wall),
    monotonicMs: () => passed,
    advance(by) {
      const ms = length.parse(by)
      passed += ms
      wall += ms
      return new Date(wall)
    },
    set(to) {
      wall = to.getTime()
      return new Date(wall)
    },
  }
}
