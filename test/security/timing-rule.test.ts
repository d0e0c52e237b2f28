import { expect, test } from 'vitest'
import { judge, judgeAtLast, judgeTwice, type Pair, seeded, stopwatch, type TookPair } from './timing-rule.ts'

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
  expect(judge(wild)).toMatchObject({ equal: false, undecided: true })
})

/** How long two ways took by a wall that jitters by up to `jitter`, the second waiting `waits` longer and working `more`. */
function took({
  jitter,
  waits = 0,
  more = 0,
  seed = 7,
}: {
  jitter: number
  waits?: number
  more?: number
  seed?: number
}): TookPair[] {
  const random = seeded(seed)
  const wall = (over: number) => 20 + jitter * random() + over
  return measured(more).map(([a, b]) => [
    { wall: wall(0), cpu: a },
    { wall: wall(waits + more), cpu: b },
  ])
}

test('where the wall decides nothing the processor does, and where it decides it stands', () => {
  expect(judgeAtLast(took({ jitter: 100 }))).toMatchObject({ equal: true, by: 'cpu' })
  expect(judgeAtLast(took({ jitter: 100, more: 10 })).equal).toBe(false)
  expect(judgeAtLast(took({ jitter: 4, waits: 10 }))).toMatchObject({ equal: false, by: 'wall' })
})

test('a wait that the wall cannot decide, but leans to, does not pass', () => {
  const passed = Array.from({ length: 10 }, (_, seed) => judgeAtLast(took({ jitter: 60, waits: 12, seed })).equal)
  expect(passed.filter(Boolean)).toEqual([])
})

test('what passes at first is not measured again, and what does not is judged by the second series alone', async () => {
  let asked = 0
  const again = (pairs: TookPair[]) => async () => {
    asked += 1
    return pairs
  }
  expect((await judgeTwice(took({ jitter: 4 }), again(took({ jitter: 4, waits: 20 })))).equal).toBe(true)
  expect(asked).toBe(0)
  expect((await judgeTwice(took({ jitter: 4, waits: 20 }), again(took({ jitter: 4 })))).equal).toBe(true)
  expect((await judgeTwice(took({ jitter: 4, waits: 20 }), again(took({ jitter: 4, waits: 20 })))).equal).toBe(false)
  expect(asked).toBe(2)
})

test('a stopwatch tells working from waiting', async () => {
  const waiting = stopwatch()
  await new Promise((resolve) => setTimeout(resolve, 100))
  const waited = waiting()
  expect(waited.wall).toBeGreaterThan(95)
  expect(waited.cpu).toBeLessThan(waited.wall / 2)
  const working = stopwatch()
  while (working().wall < 100);
  expect(working().cpu).toBeGreaterThan(0)
})

test('the tolerance is 3 ms, and 5 % of what takes long', () => {
  expect(judge(measured(0)).tolerance).toBe(3)
  expect(judge(measured(0).map(([a, b]): Pair => [a * 10, b * 10])).tolerance).toBeGreaterThan(15)
})
