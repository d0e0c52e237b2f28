/**
 * When two ways through the house count as equally fast: the bootstrap 95 % interval of the difference of their medians lies within
 * max(3 ms, 5 % of the median).
 *
 * Pairs are measured one right after the other and resampled together, so that a machine that is busy for a while is busy for both. What does not
 * pass is measured once more, with more pairs, and that stands. Where the processor is taken away so often that the clock on the wall decides
 * nothing even then, in neither direction, the time the process had of it decides, as long as the wall does not lean to one side (ADR 0015).
 *
 * @module
 */

/** How long each of two ways took, one right after the other, in milliseconds. */
export type Pair = readonly [a: number, b: number]

/** How long something took, in milliseconds. */
export interface Took {
  readonly wall: number
  /** Of the processor, all threads of the process together: what others do on the machine is not in it, nor is waiting. */
  readonly cpu: number
}

/** @returns what says how long it took since */
export function stopwatch(): () => Took {
  const [since, used] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(used)
    return { wall: performance.now() - since, cpu: (user + system) / 1_000 }
  }
}

/** What the rule says of a series of pairs. */
export interface Verdict {
  readonly equal: boolean
  /** Neither within the tolerance nor beyond it: the interval is too wide to say. */
  readonly undecided: boolean
  /** median(b) - median(a), in milliseconds. */
  readonly difference: number
  /** Of the difference. */
  readonly interval: readonly [low: number, high: number]
  /** What the interval has to lie within, on both sides of zero. */
  readonly tolerance: number
}

const resamples = 1000

/** Judges a series. The same pairs always get the same verdict. */
export function judge(pairs: readonly Pair[]): Verdict {
  const random = seeded(pairs.length)
  const differences = Array.from({ length: resamples }, () => {
    const drawn = pairs.map(() => pairs[Math.floor(random() * pairs.length)] as Pair)
    return medianOf(drawn, 1) - medianOf(drawn, 0)
  }).sort((x, y) => x - y)
  const interval = [at(differences, 0.025), at(differences, 0.975)] as const
  const tolerance = Math.max(3, 0.05 * medianOf(pairs, 0))
  const equal = -tolerance <= interval[0] && interval[1] <= tolerance
  const different = interval[0] > tolerance || interval[1] < -tolerance
  const difference = medianOf(pairs, 1) - medianOf(pairs, 0)
  return { equal, undecided: !equal && !different, difference, interval, tolerance }
}

/** What took how long, twice. */
export type TookPair = readonly [a: Took, b: Took]

const byWall = (pairs: readonly TookPair[]): Verdict => judge(pairs.map(([a, b]): Pair => [a.wall, b.wall]))

/** Judges a last series. A wait of any length leans; only what the wall cannot see at all is left to the processor. */
export function judgeAtLast(pairs: readonly TookPair[]): Verdict & { readonly by: 'wall' | 'cpu' } {
  const wall = byWall(pairs)
  const leans = Math.abs(wall.difference) > wall.tolerance
  if (!wall.undecided || leans) return { ...wall, by: 'wall' }
  return { ...judge(pairs.map(([a, b]): Pair => [a.cpu, b.cpu])), by: 'cpu' }
}

/** Judges a first series by the wall; what does not pass is measured once more. */
export async function judgeTwice(first: readonly TookPair[], again: () => Promise<readonly TookPair[]>): Promise<Verdict> {
  const found = byWall(first)
  return found.equal ? found : judgeAtLast(await again())
}

const medianOf = (pairs: readonly Pair[], side: 0 | 1): number =>
  at(
    pairs.map((pair) => pair[side]).sort((x, y) => x - y),
    0.5,
  )

/** A quantile of sorted numbers. */
const at = (sorted: readonly number[], quantile: number): number =>
  sorted[Math.floor(quantile * (sorted.length - 1))] ?? Number.NaN

/** Numbers from 0 to 1 that only depend on the seed (mulberry32): statistics, never secrets. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
