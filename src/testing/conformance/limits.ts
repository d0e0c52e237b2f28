import type { Limit } from '../../kernel/contract/limits.ts'
import type { LimitStore, LimitVerdict } from '../../kernel/http/limits.ts'
import { assertEqual, type ConformanceCase, casesOf, type OpenStore } from './case.ts'

const noon = new Date('2026-01-01T12:00:00.000Z')
const after = (ms: number): Date => new Date(noon.getTime() + ms)
const tenAMinute: Limit = { limit: 10, per: 60_000 }
const passed = (verdicts: readonly LimitVerdict[]): number => verdicts.filter(({ allowed }) => allowed).length

const takes = (store: LimitStore, count: number, key = 'k', limit = tenAMinute, at = noon) =>
  Promise.all(Array.from({ length: count }, () => store.take(key, limit, at)))

/**
 * What {@link LimitStore} promises, against your store.
 *
 * @example
 * ```ts
 * import { type LimitStore } from 'keywright/stores'
 * import { limitStoreCases } from 'keywright/testing'
 *
 * async function verify(open: () => LimitStore) {
 *   for (const { run } of limitStoreCases(open)) await run() // or, with a runner: test(name, run)
 * }
 * ```
 */
export const limitStoreCases = (open: OpenStore<LimitStore>): ConformanceCase[] =>
  casesOf(open, {
    async 'of 200 who take at once at a limit of 10, exactly 10 pass'(store) {
      assertEqual(passed(await takes(store, 200)), 10, 'take is atomic')
    },
    async 'a limit that does not divide its window lets exactly as many through'(store) {
      assertEqual(passed(await takes(store, 50, 'seven', { limit: 7, per: 60_000 })), 7, 'exactly the limit passes')
      assertEqual(passed(await takes(store, 50, 'one', { limit: 1, per: 61_003 })), 1, 'also where it is one')
    },
    async 'what is left is counted down, and a refusal says how long to wait'(store) {
      const left: number[] = []
      for (let count = 0; count < 10; count += 1) left.push((await store.take('k', tenAMinute, noon)).remaining)
      assertEqual(left, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], '`remaining` is what would still pass')
      const { allowed, remaining, retryAfterMs, resetMs } = await store.take('k', tenAMinute, noon)
      assertEqual([allowed, remaining, retryAfterMs, resetMs], [false, 0, 6_000, 60_000], 'the verdict of a refusal')
    },
    async 'who waits as long as was said passes, and who comes sooner does not, however often'(store) {
      await takes(store, 10)
      assertEqual(passed(await takes(store, 50, 'k', tenAMinute, after(5_999))), 0, 'a refusal is a refusal')
      assertEqual(passed(await takes(store, 50, 'k', tenAMinute, after(6_000))), 1, 'refusals lengthen nothing')
    },
    async 'after a whole window the whole limit is free again'(store) {
      await takes(store, 10)
      assertEqual(passed(await takes(store, 50, 'k', tenAMinute, after(60_000))), 10, 'nothing is remembered for longer')
    },
    async 'a caller whose clock is behind gains nothing'(store) {
      await takes(store, 10)
      assertEqual(passed(await takes(store, 5, 'k', tenAMinute, after(-30_000))), 0, 'time does not run backwards')
    },
    async 'keys do not share a limit'(store) {
      await takes(store, 10, 'a')
      assertEqual([passed(await takes(store, 20, 'b')), passed(await takes(store, 1, 'a'))], [10, 0], 'each key has its own')
    },
  })
