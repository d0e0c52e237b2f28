import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../test/engines.ts'
import { callerOf, noon, note, openNotes } from '../../test/notes.ts'
import { createInvalidate } from './invalidate.ts'
import { consumeOne, keysetPage } from './ops.ts'
import type { OwnTables } from './own-tables.ts'
import { sqlLimitStore } from './sql-limit-store.ts'

const sixteen = Array.from({ length: 16 }, (_, index) => index)

describe.each(engines)('operations on $name', ({ open }) => {
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

  test('of 16 callers that consume one row at once, exactly one gets it', async () => {
    const db = notes.of(callerOf('consume'))
    await db
      .insertInto('note')
      .values([note('deleted'), note('updated')])
      .execute()

    const deletes = await Promise.all(sixteen.map(() => consumeOne(db.deleteFrom('note').where('id', '=', 'deleted'))))
    const updates = await Promise.all(
      sixteen.map(() =>
        consumeOne(db.updateTable('note').set({ written_at: noon }).where('id', '=', 'updated').where('written_at', 'is', null)),
      ),
    )

    expect(deletes.filter(Boolean)).toHaveLength(1)
    expect(updates.filter(Boolean)).toHaveLength(1)
  })

  test('of 16 transactions that consume one row at once, exactly one gets it', async () => {
    await notes.of(callerOf('spend')).insertInto('note').values(note('once')).execute()
    const spent = await Promise.all(
      sixteen.map(() =>
        notes.database.transaction(callerOf('spend'), (tx) =>
          consumeOne(notes.of(tx).deleteFrom('note').where('id', '=', 'once')),
        ),
      ),
    )

    expect(spent.filter(Boolean)).toHaveLength(1)
  })

  test('a guard that lets two rows through is a bug', async () => {
    const db = notes.of(callerOf('bug'))
    await db
      .insertInto('note')
      .values([note('a'), note('b')])
      .execute()

    await expect(consumeOne(db.deleteFrom('note'))).rejects.toThrow('changed 2 rows')
  })

  describe('pages', () => {
    const list = () => notes.of(callerOf('pages')).selectFrom('note').select(['id', 'written_at', 'title'])
    const instants = [noon, noon, noon, new Date(noon.getTime() + 1), new Date(noon.getTime() + 2)]
    beforeAll(async () => {
      const rows = instants.map((written_at, index) => note(`${index}`, { written_at }))
      await notes.of(callerOf('pages')).insertInto('note').values(rows).execute()
    })

    test.each([
      ['asc', ['0', '1', '2', '3', '4']],
      ['desc', ['4', '3', '2', '1', '0']],
    ] as const)('%s, show every row once, also where instants are equal', async (direction, expected) => {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await keysetPage(list(), { limit: 2, cursor, by: 'note.written_at', id: 'note.id', direction })
        seen.push(...page.rows.map(({ id }) => id))
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)

      expect(seen).toEqual(expected)
    })

    test('do not go on in another order than they began in', async () => {
      const { nextCursor } = await keysetPage(list(), { limit: 2, by: 'written_at', id: 'id', direction: 'asc' })
      const at = (by: 'title' | 'written_at', direction: 'asc' | 'desc') =>
        keysetPage(list(), { limit: 2, cursor: nextCursor ?? '', by, id: 'id', direction })
      expect((await at('written_at', 'asc')).rows).toHaveLength(2)
      for (const other of [at('written_at', 'desc'), at('title', 'asc')])
        await expect(other).rejects.toMatchObject({ issues: [{ pointer: '/cursor', format: 'cursor' }] })
    })

    test('by a unique column need no second one', async () => {
      const first = await keysetPage(list(), { limit: 3, by: 'id', direction: 'desc' })
      const next = await keysetPage(list(), { limit: 3, cursor: first.nextCursor ?? '', by: 'id', direction: 'desc' })

      expect(next).toMatchObject({ rows: [{ id: '1' }, { id: '0' }], nextCursor: null })
    })

    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const order = 'asc written_at,id'
    test.each([
      ['not base64url', '%%%'],
      ['not JSON', 'AAAA'],
      ['not a list', encoded({ by: 1 })],
      ['too short', encoded([order, 1])],
      ['an instant that is a text', encoded([order, '2030-01-01', '1'])],
      ['an instant out of range', encoded([order, -8.64e15, '1'])],
      ['an object where a value belongs', encoded([order, 1, { $ne: null }])],
      ['a text with NUL', encoded([order, 1, 'a\0'])],
      ['a number that JSON reads as infinity', Buffer.from(`["${order}",1,1e400]`).toString('base64url')],
      ['without an order', encoded([1, '1'])],
      ['of the other way round', encoded(['desc written_at,id', 1, '1'])],
      ['of another column', encoded(['asc title,id', 1, '1'])],
    ])('refuse a forged cursor that is %s', async (what, cursor) => {
      const page = keysetPage(list(), { limit: 2, cursor, by: 'written_at', id: 'id', direction: 'asc' })

      if (what === 'an instant out of range' && notes.database.engine.name === 'sqlite') expect((await page).rows).toHaveLength(2)
      else await expect(page).rejects.toMatchObject({ code: 'validation_failed' })
    })
  })

  test('each announced subject gets a version that only grows, and none when the change is rolled back', async () => {
    const { database } = notes
    const invalidate = createInvalidate(database)
    const user = { kind: 'user', id: 'u' } as const
    const session = { kind: 'session', id: 's' } as const
    const versions = async () => {
      const rows = await database.everything<OwnTables>().selectFrom('change').select(['id', 'seq', 'at']).orderBy('id').execute()
      return rows.map(({ id, seq, at }) => ({ id, seq, at }))
    }
    await database.transaction(callerOf('i'), (tx) => invalidate(tx, [user, session]))
    const [s1, u1] = await versions()
    await database.transaction(callerOf('i'), (tx) => invalidate(tx, [user]))
    const undone = database.transaction(callerOf('i'), async (tx) => {
      await invalidate(tx, [session])
      throw new Error('no')
    })
    await expect(undone).rejects.toThrow('no')
    const [s2, u2] = await versions()

    expect([s1, u1]).toMatchObject([
      { id: 's', at: noon },
      { id: 'u', at: noon },
    ])
    expect(s2).toEqual(s1)
    expect(u2?.seq).toBeGreaterThan(Math.max(s1?.seq ?? 0, u1?.seq ?? 0))
  })

  describe('the shared limiter', () => {
    const store = () => sqlLimitStore(notes.database)
    const limit = { limit: 10, per: 60_000 }
    const later = (ms: number) => new Date(noon.getTime() + ms)

    test('lets exactly 10 of 16 parallel takes through', async () => {
      const verdicts = await Promise.all(sixteen.map(() => store().take('parallel', limit, noon)))

      expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(10)
      expect(verdicts.flatMap(({ allowed, remaining }) => (allowed ? [remaining] : [])).toSorted()).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
      ])
    })

    test('a refused take moves nothing: the next one passes when it was promised', async () => {
      const uneven = { limit: 7, per: 60_000 }
      for (const _ of sixteen) await store().take('uneven', uneven, noon)
      const refused = await store().take('uneven', uneven, noon)

      expect(refused).toMatchObject({ allowed: false, remaining: 0 })
      expect(await store().take('uneven', uneven, later(refused.retryAfterMs - 1))).toMatchObject({
        allowed: false,
        retryAfterMs: 1,
      })
      expect(await store().take('uneven', uneven, later(refused.retryAfterMs))).toMatchObject({ allowed: true, remaining: 0 })
      expect(await store().take('another key', uneven, noon)).toMatchObject({ allowed: true, remaining: 6 })
    })

    test('forgets keys whose time has passed, and no others', async () => {
      await store().take('old', limit, later(-120_000))
      await store().take('young', limit, noon)
      await store().sweep(noon)

      const kept = await notes.database.everything<OwnTables>().selectFrom('rate_limit').select('key').execute()
      expect(kept.map(({ key }) => key)).toContain('young')
      expect(kept.map(({ key }) => key)).not.toContain('old')
    })
  })
})
