import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../test/engines.ts'
import { openNotes } from '../../test/notes.ts'
import { virtualClock } from '../testing/clock.ts'
import { kvStoreCases } from '../testing/conformance/kv.ts'
import { kvMigrations, kvTables, sqlKv } from './sql-kv.ts'

describe.each(engines)('values in SQL, on $name', ({ open }) => {
  let engine: OpenedEngine
  let notes: ReturnType<typeof openNotes>
  beforeAll(async () => {
    engine = await open()
    notes = openNotes(engine.storage, { tables: kvTables, migrations: kvMigrations })
    await notes.database.schema.up()
  })
  afterAll(async () => {
    await notes.database.close()
    await engine.cleanup()
  })

  async function fresh() {
    const clock = virtualClock(new Date('2026-01-01T12:00:00Z'))
    await notes.database.everything<{ kv: object }>().deleteFrom('kv').execute()
    return { store: sqlKv(notes.database, clock), clock, pass: async (ms: number) => void clock.advance(`${ms}ms`) }
  }

  for (const { name, run } of kvStoreCases(fresh)) test(name, run)

  test('of 16 who count where a count has run out, each gets another number, from one on', async () => {
    const { store, pass } = await fresh()
    for (let count = 0; count < 5; count += 1) await store.incr('k', 50)
    await pass(60)
    const counts = await Promise.all(Array.from({ length: 16 }, () => store.incr('k', 50)))
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, index) => index + 1))
  })

  test('the sweep deletes what has run out and nothing else', async () => {
    const { store, pass } = await fresh()
    for (const key of ['a', 'b']) await store.set(key, 'short', 50)
    await store.set('c', 'long', 60_000)
    await pass(60)
    expect(await store.sweep()).toBe(2)
    expect([await store.get('c'), await store.sweep()]).toEqual(['long', 0])
  })

  test('the table comes and goes with its step', async () => {
    expect(await notes.database.schema.down()).toEqual([expect.stringContaining('002_kv')])
    expect(await notes.database.schema.up()).toEqual([expect.stringContaining('002_kv')])
  })
})
