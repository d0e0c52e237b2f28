import { expect, test } from 'vitest'
import { judge, type Pair, seeded } from './timing-rule.ts'

/** Pairs of a way that takes some 30 ms, with the long tail of a shared machine, and of one that takes `more` longer. */
function measured(more: number, seed = 1): Pair[] {
  const random = seeded(seed)
  const once = () => 30 + 4 * random() + (random() < 0.1 ? 40 * random() : 0)
  return Array.from({ length: 300 }, () => [once(), once() + more])
}

test('two ways that take equally long are equal, whatever the noise draws', () => {
  for (let seed = 1; seed <= 10; seed += 1) expect(judge(measured(0, seed)).equal).toBe(true)
})

test('a real difference of 10 ms is found, in both directions', () => {
  for (const more of [10, -10]) {
    for (let seed = 1; seed <= 5; seed += 1) {
      const { equal, interval } = judge(measured(more, seed))
      expect(equal).toBe(false)
      expect(Math.abs((interval[0] + interval[1]) / 2)).toBeCloseTo(10, -1)
    }
  }
})

test('a difference of 5 ms is found, and one of 1 ms is none', () => {
  expect(judge(measured(5)).equal).toBe(false)
  expect(judge(measured(1)).equal).toBe(true)
})

test('pairs that were slow together are no difference', () => {
  const busy = measured(0).map(([a, b], index): Pair => (index > 200 ? [a * 3, b * 3] : [a, b]))
  expect(judge(busy).equal).toBe(true)
})

test('too few pairs prove nothing: the interval is too wide to pass', () => {
  const random = seeded(7)
  const wild = Array.from({ length: 5 }, (): Pair => [20 + 80 * random(), 20 + 80 * random()])
  expect(judge(wild).equal).toBe(false)
})

test('the tolerance is 3 ms, and 5 % of what takes long', () => {
  expect(judge(measured(0)).tolerance).toBe(3)
  expect(judge(measured(0).map(([a, b]): Pair => [a * 10, b * 10])).tolerance).toBeGreaterThan(15)
})
