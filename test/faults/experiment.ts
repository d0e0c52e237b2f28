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
  /** It needs processors more than time; the short form runs those beside the others. */
  readonly isBusy?: true
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
  /** F-01: kills at each failpoint around a commit, an announcement or an answer, and at each other one that is taken. */
  readonly failpointRounds: number
  /** F-01: of the other failpoints, of first boots and of the gentler faults every n-th is taken. */
  readonly failpointSample: number
  /** F-02: kills under load. */
  readonly kills: number
  /** F-04, F-05, F-10, F-13: how long each lasts. */
  readonly seconds: number
  /** F-14: rotations with a kill in them. */
  readonly rotations: number
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

/** What CI runs, in three minutes. */
export const shortForm: Size = { failpointRounds: 1, failpointSample: 12, kills: 10, seconds: 8, rotations: 3 }

/** What `npm run test:faults` runs. */
export const longForm: Size = { failpointRounds: 20, failpointSample: 1, kills: 500, seconds: 300, rotations: 50 }

/** The value below which `share` of all lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** `ms` in the unit people read. */
export const inWords = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)
