import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../test/engines.ts'
import { callerOf, note, openNotes } from '../../test/notes.ts'
import { inProcesses } from '../../test/second-process.ts'

const shared = engines.filter(({ name }) => name !== 'sqlite-memory')

describe.each(shared)('two processes on $name', ({ open }) => {
  let opened: OpenedEngine
  let notes: ReturnType<typeof openNotes>
  beforeAll(async () => {
    opened = await open()
    notes = openNotes(opened.storage)
    await notes.database.schema.up()
  })
  afterAll(async () => {
    await notes.database.close()
    await opened.cleanup()
  })
  const race = (job: string) => inProcesses(2, opened.location ?? '', job)

  test('of 32 callers that consume one row, exactly one gets it', async () => {
    await notes.of(callerOf('race')).insertInto('note').values(note('once')).execute()

    expect((await race('consume')).toSorted()).toEqual([0, 1])
  })

  test('the shared limiter lets exactly 10 of 32 takes through', async () => {
    const [first, second] = await race('take')

    expect(Number(first) + Number(second)).toBe(10)
  })

  test('no transaction of either is lost or refused, and each sees what was committed before it', async () => {
    expect(await race('write')).toEqual([100, 100])

    const rows = await notes.of(callerOf('write')).selectFrom('note').select('tags').execute()
    expect(rows).toHaveLength(200)
    if (notes.database.engine.name === 'sqlite') expect(new Set(rows.map(({ tags }) => tags))).toHaveProperty('size', 200)
  })
})
