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

/** What was asked of a row: of its value, or of its ratio to every baseline it has. */
export interface Target {
  readonly of: 'value' | 'ratio'
  readonly atLeast?: number
  readonly atMost?: number
}

/** As long in all, in shorter turns: rows whose ratio is near one have to be measured close together. */
export const finer = ({ rounds, roundMs }: Pace): Pace => ({ rounds: rounds * 4, roundMs: roundMs / 4 })

/** One kind of number a benchmark measures. */
export interface Row {
  readonly name: string
  /** A core second is a second of processor time, all threads of the process together: what else the machine does is not in it. */
  readonly unit: 'per second' | 'per core second' | 'ms' | 'kB' | 'MiB' | 'times'
  /** The rows of the same benchmark it is compared with. */
  readonly against?: readonly string[]
  readonly target?: Target
}

/** A row with what was measured. */
export interface Figure extends Row {
  /** The median of the rounds, where the row does not say otherwise. */
  readonly value: number
  readonly least: number
  readonly most: number
  /** By the row it is compared with: the median over the rounds of what each round says. */
  readonly ratios: Readonly<Record<string, number>>
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
  return toFigures([...samples].map(([{ round: _, ...row }, values]) => [row, values]))
}

/**
 * Sums samples up, a sample a round.
 *
 * @throws Error for a row that is compared with one nobody measured
 */
export function toFigures(measured: readonly (readonly [Row, readonly number[]])[]): readonly Figure[] {
  const samplesOf = new Map(measured.map(([{ name }, samples]) => [name, samples]))
  const ratio = (samples: readonly number[], base: string): number => {
    const bases = samplesOf.get(base)
    if (!bases) throw new Error(`there is no figure called ${base}`)
    return quantile(
      samples.map((sample, round) => sample / (bases[round] ?? Number.NaN)),
      0.5,
    )
  }
  return measured.map(([row, samples]) => ({
    ...row,
    value: quantile(samples, 0.5),
    least: Math.min(...samples),
    most: Math.max(...samples),
    ratios: Object.fromEntries((row.against ?? []).map((base) => [base, ratio(samples, base)])),
  }))
}

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

/** How many calls are made before timers and sockets get their turn, which a server never withholds from them. */
const callsPerTurn = 64

/** How often `work` ends per second of this process's processor time when `atOnce` callers do nothing else for a while. */
export async function perCoreSecond(ms: number, atOnce: number, work: () => Promise<unknown>): Promise<number> {
  let done = 0
  const caller = async () => {
    for (const since = performance.now(); performance.now() - since < ms; done += callsPerTurn) {
      for (let call = 0; call < callsPerTurn; call++) await work()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const { coreSeconds } = await metered(() => Promise.all(Array.from({ length: atOnce }, caller)))
  return done / coreSeconds
}

/** Runs `work` and tells the processor time this process used meanwhile. */
export async function metered<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly coreSeconds: number }> {
  const before = process.cpuUsage()
  const value = await work()
  const { user, system } = process.cpuUsage(before)
  return { value, coreSeconds: (user + system) / 1_000_000 }
}
