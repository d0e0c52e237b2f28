/**
 * When two ways through the house count as equally fast: the bootstrap 95 % interval of the difference of their medians lies within
 * max(3 ms, 5 % of the median).
 *
 * Pairs are measured one right after the other and resampled together, so that a machine that is busy for a while is busy for both.
 *
 * @module
 */

/** How long each of two ways took, one right after the other, in milliseconds. */
export type Pair = readonly [a: number, b: number]

/** What the rule says of a series of pairs. */
export interface Verdict {
  readonly equal: boolean
  /** Of median(b) - median(a), in milliseconds. */
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
  return { equal: -tolerance <= interval[0] && interval[1] <= tolerance, interval, tolerance }
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
