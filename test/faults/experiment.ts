/**
 * What an experiment is, and what it answers.
 *
 * @module
 */
import type { PrivatePostgres } from './postgres.ts'

/** One row of the report. */
export interface Experiment {
  /** As in the fault plan: `F-01`. */
  readonly id: string
  readonly title: string
  run(lab: Lab): Promise<Outcome>
}

/** What an experiment is given. */
export interface Lab {
  readonly postgres: PrivatePostgres
  /** How far it goes. */
  readonly size: Size
  /** Tells the terminal how far it is. */
  say(line: string): void
}

/** How far experiments go; each may be set by its name in the environment: `FAULTS_KILLS=50`. */
export interface Size {
  /** F-01: kills at each failpoint that is taken. */
  readonly failpointRounds: number
  /** F-01: every n-th failpoint is taken, beginning anywhere; of those around a commit, an announcement or an answer three times as many. */
  readonly failpointSample: number
  /** F-02: kills under load. */
  readonly kills: number
  /** F-04, F-05, F-07, F-10, F-13: how long each lasts. */
  readonly seconds: number
  /** F-08: kills at each failpoint between a change and the mail it owes. */
  readonly mailRounds: number
  /** F-14: rotations with a kill in them. */
  readonly rotations: number
  /** What every bound of time is multiplied by. The long form measures; the short one judges on whatever machine, beside whatever else runs on it. */
  readonly slack: number
}

/** What was seen. */
export interface Outcome {
  /** What the fault was, in numbers: `36 kills`. */
  readonly done: string
  /** What was measured. */
  readonly figures: readonly string[]
  /** What must not be. */
  readonly violations: readonly string[]
}

/** What CI runs, in four minutes of a machine with two cores. */
export const shortForm: Size = {
  failpointRounds: 1,
  failpointSample: 15,
  kills: 4,
  seconds: 8,
  mailRounds: 3,
  rotations: 2,
  slack: 3,
}

/** What `npm run test:faults` runs. */
export const longForm: Size = {
  failpointRounds: 20,
  failpointSample: 1,
  kills: 500,
  seconds: 300,
  mailRounds: 20,
  rotations: 50,
  slack: 1,
}

/** The value below which `share` of all lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** `ms` in the unit people read. */
export const inWords = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)
