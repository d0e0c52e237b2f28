import { expect, test } from 'vitest'
import { isAuthError } from '../contract/errors.ts'
import { createHashPool } from './hash-pool.ts'

/** A clock that stands still until it is moved, and work that ends when it is told to. */
function bench(options: { slots: number; depth?: number; maxWaitMs?: number }) {
  let nowMs = 0
  const started: number[] = []
  const finish: (() => void)[] = []
  const pool = createHashPool({ ...options, clock: { monotonicMs: () => nowMs } })
  const run = (id: number) =>
    pool.run(() => {
      started.push(id)
      return new Promise<number>((resolve) => finish.push(() => resolve(id)))
    })
  return { pool, run, started, finish, pass: (ms: number) => (nowMs += ms) }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

test('at most as many hashes run as there are slots, the others in the order of arrival', async () => {
  const { run, started, finish } = bench({ slots: 2 })
  const all = Promise.all([1, 2, 3, 4, 5].map(run))
  await settle()
  expect(started).toEqual([1, 2])
  for (let done = 0; done < 5; done += 1) {
    finish[done]?.()
    await settle()
    expect(started.length).toBe(Math.min(5, done + 3))
  }
  expect(await all).toEqual([1, 2, 3, 4, 5])
  expect(started).toEqual([1, 2, 3, 4, 5])
})

test('a full queue answers unavailable with a jittered Retry-After, and the work is never begun', async () => {
  const { run, started, finish } = bench({ slots: 1, depth: 64 })
  const accepted = Array.from({ length: 65 }, (_, id) => run(id))
  await settle()
  const refusals = await Promise.all(Array.from({ length: 60 }, () => run(99).catch((error: unknown) => error)))
  const waits = refusals.map((error) => (isAuthError(error, 'unavailable') ? error.retryAfterSeconds : undefined))
  expect(waits.every((seconds) => seconds !== undefined && seconds >= 1 && seconds <= 5)).toBe(true)
  expect(new Set(waits).size).toBeGreaterThan(1)
  for (let done = 0; done < 65; done += 1) {
    finish[done]?.()
    await settle()
  }
  expect(await Promise.all(accepted)).toHaveLength(65)
  expect(started).not.toContain(99)
})

test('nobody is let into a queue whose expected wait is over the bound', async () => {
  const { run, finish, pass } = bench({ slots: 1, maxWaitMs: 2000 })
  const first = run(0)
  await settle()
  pass(900)
  finish[0]?.()
  await first
  const waiting = [1, 2, 3, 4].map(run) // one runs, three wait: 2.7 s at the measured mean
  await settle()
  await expect(run(5)).rejects.toMatchObject({ code: 'unavailable', status: 503 })
  for (let done = 1; done <= 4; done += 1) {
    finish[done]?.()
    await settle()
  }
  expect(await Promise.all(waiting)).toEqual([1, 2, 3, 4])
})

test('a hash that fails gives its slot back', async () => {
  const { pool } = bench({ slots: 1 })
  await expect(pool.run(() => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory')
  expect(await pool.run(async () => 'next')).toBe('next')
})
