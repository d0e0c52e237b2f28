import { expect, test } from 'vitest'
import { virtualClock } from '../testing/clock.ts'
import { watchProbes } from './probes.ts'

const balancer = '192.0.2.1'
const start = new Date('2026-03-01T09:00:00Z')

/** Asks in the given rhythm, beginning at `offsetMs`, until `untilMs`. */
function rounds(of: Record<string, { everyMs: number; offsetMs?: number }>, untilMs: number): number {
  const clock = virtualClock(start)
  const probes = watchProbes(clock)
  for (let ms = 0; ms < untilMs; ms += 100) {
    for (const [from, { everyMs, offsetMs = 0 }] of Object.entries(of)) if (ms % everyMs === offsetMs) probes.asked(from)
    clock.advance('100ms')
  }
  return probes.roundMs()
}

test('a stop right after a probe waits for the next, up to an interval of 6 s', () => {
  for (const everyMs of [1_000, 2_000, 5_000, 6_000]) expect(rounds({ [balancer]: { everyMs } }, 30_100)).toBeGreaterThan(everyMs)
})

test('of two that ask a moment apart the slower is waited for, a whole round', () => {
  expect(rounds({ a: { everyMs: 5_000 }, b: { everyMs: 5_000, offsetMs: 500 } }, 30_100)).toBe(6_250)
  expect(rounds({ a: { everyMs: 500 }, b: { everyMs: 6_000, offsetMs: 100 } }, 30_100)).toBe(7_500)
})

test('a question asked by hand in between makes the rounds of its address no shorter', () => {
  const clock = virtualClock(start)
  const probes = watchProbes(clock)
  for (const after of ['4s', '4s', '4s', '1s'] as const) {
    clock.advance(after)
    probes.asked(balancer)
  }
  expect(probes.roundMs()).toBe(5_000)
})

test('no stop waits longer than 8 s', () => {
  expect(rounds({ [balancer]: { everyMs: 10_000 } }, 30_100)).toBe(8_000)
})

test('nobody is waited for who asks more rarely than every 15 s, who asked once, or who has ceased', () => {
  expect(rounds({}, 1_000)).toBe(0)
  expect(rounds({ monitor: { everyMs: 30_000 } }, 90_000)).toBe(0)
  expect(rounds({ person: { everyMs: 60_000 } }, 1_000)).toBe(0)
  const clock = virtualClock(start)
  const probes = watchProbes(clock)
  for (let count = 0; count < 3; count++) {
    probes.asked(balancer)
    clock.advance('2s')
  }
  expect(probes.roundMs()).toBe(2_500)
  clock.advance('2s')
  expect(probes.roundMs()).toBe(0)
  probes.asked(balancer)
  expect(probes.roundMs()).toBe(5_000)
})

test('many strangers do not make it forget who asks regularly', () => {
  const clock = virtualClock(start)
  const probes = watchProbes(clock)
  for (let second = 0; second < 10; second++) {
    probes.asked(balancer)
    for (let stranger = 0; stranger < 200; stranger++) probes.asked(`stranger ${second} ${stranger}`)
    clock.advance('1s')
  }
  expect(probes.roundMs()).toBe(1_250)
})
