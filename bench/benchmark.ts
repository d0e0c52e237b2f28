/**
 * What a benchmark is, and how its samples become figures.
 *
 * Invariant: everything a figure is compared with is measured in the same run, turn by turn with it, so that whatever else the machine does
 * touches both.
 *
 * @module
 */

/** How long a run takes: `rounds` counted rounds, each of `roundMs` where a round has no length of its own. */
export interface Pace {
  readonly rounds: number
  readonly roundMs: number
}

/** One kind of number a benchmark measures. */
export interface Row {
  readonly name: string
  readonly unit: 'per second' | 'ms'
  /** The row of the same benchmark it is compared with. */
  readonly against?: string
}

/** A row with what was measured. */
export interface Figure extends Row {
  /** The median of the rounds. */
  readonly value: number
  readonly least: number
  readonly most: number
}

/** One file in `benchmarks/`. */
export interface Benchmark {
  /** What the figures mean, in words that stand alone. */
  readonly definition: string
  run(pace: Pace): Promise<readonly Figure[]>
}

/** A row and how one round of it is measured. */
export interface Contender extends Row {
  round(): Promise<number>
}

/** Measures contenders turn by turn. The first turn only warms up. */
export async function compare({ rounds }: Pace, contenders: readonly Contender[]): Promise<readonly Figure[]> {
  const samples = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]))
  for (let turn = 0; turn <= rounds; turn++) {
    for (const [contender, values] of samples) {
      const value = await contender.round()
      if (turn > 0) values.push(value)
    }
  }
  return [...samples].map(([{ name, unit, against }, values]) => toFigure({ name, unit, ...(against && { against }) }, values))
}

/** Sums a row's samples up. */
export const toFigure = (row: Row, samples: readonly number[]): Figure => ({
  ...row,
  value: quantile(samples, 0.5),
  least: Math.min(...samples),
  most: Math.max(...samples),
})

/** The sample below which a share of all samples lies (nearest rank). */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  if (found === undefined) throw new Error('nothing was measured')
  return found
}

/** How often per second `work` ends when `atOnce` callers do nothing else for a while. */
export async function perSecond(ms: number, atOnce: number, work: (caller: number) => Promise<unknown>): Promise<number> {
  const since = performance.now()
  let done = 0
  const callers = Array.from({ length: atOnce }, async (_, caller) => {
    while (performance.now() - since < ms) {
      await work(caller)
      done += 1
    }
  })
  await Promise.all(callers)
  return (done * 1000) / (performance.now() - since)
}
