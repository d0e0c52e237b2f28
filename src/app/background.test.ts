import { expect, test } from 'vitest'
import { type Logger, silentLogger } from '../kernel/ambient/ambient.ts'
import { createBackground } from './background.ts'

/** Background work with timers that fire when the test says so, and a log that is kept. */
function background() {
  const lines: [level: string, details: object, message: string][] = []
  const logger: Logger = {
    ...silentLogger,
    warn: (details, message) => void lines.push(['warn', details, message]),
    error: (details, message) => void lines.push(['error', details, message]),
  }
  const ticks = new Set<() => void>()
  const startTimer = (_everyMs: number, run: () => void) => {
    ticks.add(run)
    return () => void ticks.delete(run)
  }
  const tick = () => {
    for (const run of ticks) run()
  }
  return { ...createBackground({ startTimer }, logger), lines, tick, ticks }
}

const broken = new Error('the disk is full')

test('work after an answer that fails is an error in the log, in the words of whoever asked for it', async () => {
  const { later, settled, lines } = background()
  later(async () => {
    throw broken
  }, 'the cup stays dirty')
  await settled()
  expect(lines).toEqual([['error', { err: broken }, 'the cup stays dirty']])
})

test('a job that fails says its name and runs again when it is next due, also when it fails before it begins', async () => {
  const { start, settled, lines, tick } = background()
  let runs = 0
  const run = () => {
    runs += 1
    throw broken
  }
  start([{ name: 'sweep', everyMs: 1000, run }])
  tick()
  await settled()
  tick()
  await settled()
  expect(runs).toBe(2)
  expect(lines[0]).toEqual(['warn', { err: broken, routine: 'sweep' }, 'a routine failed; it runs again when it is next due'])
})

test('a job that is still at work is not started beside itself', async () => {
  const { start, settled, tick } = background()
  let finish = () => {}
  const gate = new Promise<void>((resolve) => {
    finish = resolve
  })
  let runs = 0
  start([
    {
      name: 'sweep',
      everyMs: 1000,
      run() {
        runs += 1
        return gate
      },
    },
  ])
  tick()
  await new Promise((resolve) => setImmediate(resolve))
  tick()
  finish()
  await settled()
  expect(runs).toBe(1)
})

test('closing stops the timers and waits for what is under way', async () => {
  const { start, later, close, ticks } = background()
  start([{ name: 'sweep', everyMs: 1000, run: async () => {} }])
  let done = false
  later(async () => {
    await new Promise((resolve) => setImmediate(resolve))
    done = true
  }, 'not done')
  await close()
  expect([done, ticks.size]).toEqual([true, 0])
})

function patient(patienceMs: number) {
  const logged: [object, string][] = []
  const log: Logger['warn'] = (details, message) => void logged.push([details, message])
  const background = createBackground(
    { startTimer: () => () => {} },
    { debug: log, info: log, warn: log, error: log },
    patienceMs,
  )
  return { background, logged }
}

test('work that never ends cannot hang the shutdown', async () => {
  const { background, logged } = patient(1)
  background.later(() => new Promise(() => {}), 'not done')
  await background.close()
  expect(logged).toEqual([[{ left: 1 }, 'background work did not end in time; closing without it']])
})

test('work that ends is waited for, and what it begins too; a failure is logged', async () => {
  const { background, logged } = patient(60_000)
  const done: string[] = []
  const bug = new Error('no')
  background.later(async () => {
    background.later(async () => void done.push('second'), 'not done')
    done.push('first')
  }, 'not done')
  background.later(() => Promise.reject(bug), 'the bug shows')
  await background.close()
  expect(done).toEqual(['first', 'second'])
  expect(logged).toEqual([[{ err: bug }, 'the bug shows']])
})
