import { expect, test } from 'vitest'
import { isAuthError } from '../contract/errors.ts'
import { createHashPool, type HashCaller } from './hash-pool.ts'

/** A clock that stands still until it is moved, timers that ring when it passes them, and work that ends when it is told to. */
function bench(options: { slots: number; depth?: number; maxWaitMs?: number }) {
  let nowMs = 0
  const started: number[] = []
  const finish: (() => void)[] = []
  const timers = new Map<() => void, number>()
  const pool = createHashPool({
    ...options,
    clock: { monotonicMs: () => nowMs },
    startTimer(everyMs, ring) {
      timers.set(ring, nowMs + everyMs)
      return () => void timers.delete(ring)
    },
  })
  const run = (id: number, caller?: HashCaller) =>
    pool.run(() => {
      started.push(id)
      return new Promise<number>((resolve) => finish.push(() => resolve(id)))
    }, caller)
  const pass = (ms: number) => {
    nowMs += ms
    for (const [ring, at] of [...timers]) if (at <= nowMs) ring()
  }
  /** Ends what runs, one after another, until nobody is left. */
  async function drain(): Promise<void> {
    for (let done = 0; done < finish.length; done += 1) {
      finish[done]?.()
      await settle()
    }
  }
  return { pool, run, started, finish, pass, drain, timers }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

test('at most as many hashes run as there are slots, the others in the order of arrival', async () => {
  const { run, started, finish } = bench({ slots: 2 })
  const all = Promise.all([1, 2, 3, 4, 5].map((id) => run(id)))
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
  const waiting = [1, 2, 3, 4].map((id) => run(id)) // one runs, three wait: 2.7 s at the measured mean
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

test('of one client two hashes wait and the third is refused, while another client is let in', async () => {
  const { run, started, drain } = bench({ slots: 1 })
  const crowd = { client: '192.0.2.1/32' }
  const accepted = [run(1, crowd), run(2, crowd), run(3, crowd)] // the first runs, so two wait
  await expect(run(4, crowd)).rejects.toMatchObject({ code: 'unavailable', status: 503 })
  accepted.push(run(5, { client: '192.0.2.2/32' }))
  await settle()
  await drain()
  expect(await Promise.all(accepted)).toEqual([1, 2, 3, 5])
  expect(started).toEqual([1, 2, 3, 5])
})

test('of one account one hash waits, from wherever it is tried, and its place is free again once it runs', async () => {
  const { run, started, finish, drain } = bench({ slots: 1 })
  const ada = (client: string) => ({ client, account: 'ada' })
  const accepted = [run(1, ada('a')), run(2, ada('b'))]
  await expect(run(3, ada('c'))).rejects.toMatchObject({ code: 'unavailable' })
  await settle()
  finish[0]?.()
  await settle()
  accepted.push(run(4, ada('c')))
  await settle()
  await drain()
  expect(await Promise.all(accepted)).toEqual([1, 2, 4])
  expect(started).toEqual([1, 2, 4])
})

test('callers without an address or an account wait up to the depth of the queue', async () => {
  const { run, drain } = bench({ slots: 1, depth: 8 })
  const accepted = Array.from({ length: 9 }, (_, id) => run(id))
  await expect(run(9)).rejects.toMatchObject({ code: 'unavailable' })
  await settle()
  await drain()
  expect(await Promise.all(accepted)).toHaveLength(9)
})

test('a caller who leaves while waiting frees the place at once, and the work is never begun', async () => {
  const { run, started, drain, timers } = bench({ slots: 1 })
  const [first, patient, gone] = [new AbortController(), new AbortController(), new AbortController()]
  const of = ({ signal }: AbortController) => ({ client: 'c', signal })
  const running = run(1, of(first))
  const refused = expect(run(2, of(gone))).rejects.toMatchObject({ code: 'unavailable' })
  const second = run(3, of(patient))
  await expect(run(4, of(patient))).rejects.toMatchObject({ code: 'unavailable' })
  gone.abort()
  await refused
  const third = run(5, of(patient))
  first.abort() // a hash that runs is not taken back
  await settle()
  await drain()
  expect(await Promise.all([running, second, third])).toEqual([1, 3, 5])
  expect(started).toEqual([1, 3, 5])
  expect(timers.size).toBe(0)
})

test('a caller who has left before arriving is refused, even when a slot is free', async () => {
  const { run, started } = bench({ slots: 1 })
  await expect(run(1, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'unavailable' })
  expect(started).toEqual([])
})

test('nobody is kept waiting longer than three seconds', async () => {
  const { run, started, pass, drain, timers } = bench({ slots: 1 })
  const running = run(1)
  const waiting = run(2)
  const refused = expect(waiting).rejects.toMatchObject({ code: 'unavailable', status: 503 })
  await settle()
  pass(2999)
  const later = run(3)
  await settle()
  pass(1)
  await refused
  await drain()
  expect(await Promise.all([running, later])).toEqual([1, 3])
  expect(started).toEqual([1, 3])
  expect(timers.size).toBe(0)
})
