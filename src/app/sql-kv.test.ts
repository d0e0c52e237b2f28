import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../test/engines.ts'
import { houseOn } from '../../test/flows/house.ts'
import { type Ambient, realAmbient } from '../kernel/ambient/ambient.ts'
import { sqlite } from '../sqlite.ts'
import { sqlKv } from '../stores.ts'
import { kvStoreCases } from '../testing/conformance/kv.ts'
import { buildAuth } from './build.ts'

describe.each(engines)('short-lived values in the database of a house, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  const store = sqlKv()
  const rows = () => house.database.everything<{ kv: { key: string } }>()
  const pass = async (ms: number) => house.advance(ms)
  const fresh = async () => {
    await rows().deleteFrom('kv').execute()
    return { store, pass }
  }

  beforeAll(async () => {
    engine = await open()
    house = houseOn(engine.storage, { features: [store] })
    await house.auth.ready()
  })
  afterAll(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  for (const { name, run } of kvStoreCases(fresh)) test(name, run)

  test('of 16 who count where a count has run out, each gets another number, from one on', async () => {
    await fresh()
    for (let count = 0; count < 5; count += 1) await store.incr('k', 50)
    await pass(60)
    const counts = await Promise.all(Array.from({ length: 16 }, () => store.incr('k', 50)))
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, index) => index + 1))
  })

  test('the table comes and goes with its step, like that of any feature', async () => {
    expect(await house.database.schema.down()).toEqual(['kv/001_kv'])
    expect(await house.database.schema.up()).toEqual(['kv/001_kv'])
  })
})

test('what has run out is swept by the clock, and nothing else', async () => {
  const time = { at: Date.parse('2026-01-01T12:00:00Z') }
  const timers: (() => void)[] = []
  const ambient: Ambient = {
    ...realAmbient(),
    clock: { now: () => new Date(time.at), monotonicMs: () => time.at },
    startTimer: (_everyMs, run) => {
      timers.push(run)
      return () => {}
    },
  }
  const kv = sqlKv()
  const given = { baseUrl: 'https://app.example.com', secret: 's'.repeat(40), storage: sqlite(':memory:'), features: [kv] }
  const house = buildAuth(given, ambient)
  await house.auth.ready()
  for (const key of ['a', 'b']) await kv.set(key, 'short', 50)
  await kv.set('c', 'long', 60_000)
  time.at += 60
  for (const run of timers) run()
  await house.background.settled()
  const left = await house.database.everything<{ kv: { key: string } }>().selectFrom('kv').select('key').execute()
  await house.auth.close()
  expect(left).toEqual([{ key: 'c' }])
})

test('a house that does not name it has no such table', async () => {
  const house = houseOn(sqlite(':memory:'))
  await house.auth.ready()
  const steps = await house.database.schema.status()
  await house.auth.close()
  expect(steps.filter(({ name }) => name.startsWith('kv/'))).toEqual([])
})

test('one that no house has been given says so, and one cannot be given to two', async () => {
  const kv = sqlKv()
  await expect(kv.take('k')).rejects.toThrow('name it in the features of createAuth')
  const house = houseOn(sqlite(':memory:'), { features: [kv] })
  expect(() => houseOn(sqlite(':memory:'), { features: [kv] })).toThrow('two houses')
  await house.auth.close()
})
