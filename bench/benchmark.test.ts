import { expect, test } from 'vitest'
import { type Contender, compare, metered, perCoreSecond, perSecond, quantile, toFigures } from './benchmark.ts'

const counting = (name: string, seen: string[], values: number[], against?: readonly string[]): Contender => ({
  name,
  unit: 'ms',
  ...(against !== undefined && { against }),
  round: async () => {
    seen.push(name)
    return values.shift() ?? Number.NaN
  },
})

test('contenders take turns, and the turn that warms up is not counted', async () => {
  const seen: string[] = []
  const contenders = [counting('a', seen, [900, 3, 1, 2]), counting('b', seen, [900, 6, 5, 4], ['a'])]

  expect(await compare({ rounds: 3, roundMs: 1 }, contenders)).toEqual([
    { name: 'a', unit: 'ms', value: 2, least: 1, most: 3, ratios: {} },
    { name: 'b', unit: 'ms', against: ['a'], value: 5, least: 4, most: 6, ratios: { a: 2 } },
  ])
  expect(seen.join('')).toBe('abababab')
})

test('the 99th percentile of a hundred samples is the ninety-ninth, in whatever order they came', () => {
  const samples = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(quantile(samples, 0.99)).toBe(99)
  expect(quantile(samples, 0.5)).toBe(50)
  expect(() => quantile([], 0.5)).toThrow('nothing was measured')
})

test('every caller has one call under way, and a call that fails ends the round', async () => {
  let underWay = 0
  let most = 0
  const work = async () => {
    underWay += 1
    most = Math.max(most, underWay)
    await new Promise((resolve) => setImmediate(resolve))
    underWay -= 1
  }
  expect(await perSecond(100, 3, work)).toBeGreaterThan(0)
  expect(most).toBe(3)
  await expect(perSecond(100, 3, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
})

test('a ratio is that of rounds measured side by side, not of two medians', () => {
  const rows = [
    [{ name: 'a', unit: 'ms' }, [1, 10, 100]],
    [{ name: 'b', unit: 'ms', against: ['a'] }, [3, 20, 200]],
  ] as const
  expect(toFigures(rows).map(({ ratios }) => ratios)).toEqual([{}, { a: 2 }])
})

test('a row that is compared with one nobody measured is a mistake, not a blank', () => {
  expect(() => toFigures([[{ name: 'b', unit: 'ms', against: ['a'] }, [1]]])).toThrow('there is no figure called a')
})

test('a rate by processor time leaves timers their turn and does not count what others use', async () => {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  const rate = await perCoreSecond(60, 1, async () => {})
  clearInterval(timer)
  expect(turns).toBeGreaterThan(0)
  expect(rate).toBeGreaterThan(0)

  const { coreSeconds } = await metered(() => new Promise((resolve) => setTimeout(resolve, 200)))
  expect(coreSeconds).toBeLessThan(0.1)
  await expect(perCoreSecond(60, 1, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
})
