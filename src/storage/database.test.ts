import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../test/engines.ts'
import { callerOf, noon, note, openNotes } from '../../test/notes.ts'
import type { Tx } from '../kernel/ctx.ts'

const rotated = (tx: Tx, id: string) => tx.emit('identity.key.rotated', { data: { kid: id, alg: 'EdDSA' } })

describe.each(engines)('the database on $name', ({ open }) => {
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

  test('dates, JSON, booleans and bytes come back alike on every engine', async () => {
    const db = notes.of(callerOf('values'))
    const tags = { list: ['a', 1, null, { deep: true }], text: 'ünï 🗝' }
    await db
      .insertInto('note')
      .values(note('all', { tags, written_at: noon, done: true }))
      .execute()
    await db
      .insertInto('note')
      .values([note('array', { tags: ['x', 'y'] }), note('text', { tags: 'plain' }), note('none')])
      .execute()

    const rows = await db.selectFrom('note').selectAll().orderBy('id').execute()

    expect(rows.map(({ id, tags }) => [id, tags])).toEqual([
      ['all', tags],
      ['array', ['x', 'y']],
      ['none', null],
      ['text', 'plain'],
    ])
    expect(rows[0]).toMatchObject({ written_at: noon, done: 1, person_id: null })
    expect(
      await db.selectFrom('note').select(['tags as labels', 'written_at as written']).where('id', '=', 'all').execute(),
    ).toEqual([{ labels: tags, written: noon }])
    const updated = db
      .updateTable('note')
      .set({ tags: [1, 2], done: false })
      .where('id', '=', 'all')
      .returning(['tags', 'done'])
    expect(await updated.execute()).toEqual([{ tags: [1, 2], done: 0 }])
    const { count } = await db
      .selectFrom('note')
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    expect(count).toBe(4)
  })

  test('an instant is compared as an instant', async () => {
    const db = notes.of(callerOf('instants'))
    const later = new Date(noon.getTime() + 1)
    await db
      .insertInto('note')
      .values([note('noon', { written_at: noon }), note('later', { written_at: later })])
      .execute()

    expect(await db.selectFrom('note').select('id').where('written_at', '>', noon).execute()).toEqual([{ id: 'later' }])
    expect(
      await db
        .selectFrom('note')
        .select(({ fn }) => fn.max('written_at').as('last_at'))
        .execute(),
    ).toEqual([{ last_at: later }])
  })

  test.each([
    ['NUL in a text', { title: 'alice\0@evil.example' }],
    ['half a surrogate pair in a text', { title: 'a\ud800b' }],
    ['NUL inside a JSON value', { tags: { deep: ['a\0b'] } }],
    ['half a surrogate pair in a JSON key', { tags: { '\udc00': 1 } }],
  ])('%s is refused before it is stored', async (_attack, values) => {
    const db = notes.of(callerOf('nul'))

    await expect(db.insertInto('note').values(note('nul', values)).execute()).rejects.toMatchObject({ code: 'validation_failed' })
    expect(await db.selectFrom('note').select('id').execute()).toEqual([])
  })

  test('a JSON text that only looks like an escaped NUL is stored', async () => {
    const db = notes.of(callerOf('backslash'))
    await db
      .insertInto('note')
      .values(note('n', { tags: ['\\u0000'] }))
      .execute()

    expect(await db.selectFrom('note').select('tags').execute()).toEqual([{ tags: ['\\u0000'] }])
  })

  test('a throw rolls everything back, and no event is recorded or delivered', async () => {
    const ctx = callerOf('rollback')
    const work = notes.database.transaction(ctx, async (tx) => {
      await notes.of(tx).insertInto('note').values(note('lost')).execute()
      rotated(tx, 'lost')
      throw new Error('no')
    })

    await expect(work).rejects.toThrow('no')
    expect(await notes.of(ctx).selectFrom('note').selectAll().execute()).toEqual([])
    expect(notes.recorded.map(({ body }) => body.data)).not.toContainEqual({ kid: 'lost', alg: 'EdDSA' })
  })

  test('events are recorded inside the transaction and delivered after it', async () => {
    const ctx = callerOf('events')
    const seen: string[] = []
    const { database } = openNotes(opened.storage, {
      tables: {},
      migrations: [],
      sink: {
        record: async (tx, events) => {
          const [answer] = await tx.query<{ one: number }>`select 1 as one`
          seen.push(`recorded ${events.length} of ${tx.tenantId} in a transaction that answers ${Number(answer?.one)}`)
        },
        committed: (events) => void seen.push(`delivered ${events.map(({ ctx: { tenantId } }) => tenantId)}`),
      },
    })

    await database.transaction(ctx, async (tx) => {
      rotated(tx, 'a')
      await database.transaction({ ...tx, tenantId: 'other' }, async (joined) => rotated(joined, 'b'))
      seen.push('worked')
    })

    expect(seen).toEqual([
      'worked',
      'recorded 1 of events in a transaction that answers 1',
      'recorded 1 of other in a transaction that answers 1',
      'delivered events,other',
    ])
    await database.close()
  })

  test('a sink that cannot record rolls the change back', async () => {
    const failing = openNotes(opened.storage, { sink: { record: () => Promise.reject(new Error('full')), committed: () => {} } })
    if (opened.location === undefined) await failing.database.schema.up()
    const ctx = callerOf('sink')
    const work = failing.database.transaction(ctx, async (tx) => {
      await failing.of(tx).insertInto('note').values(note('lost')).execute()
      rotated(tx, 'lost')
    })

    await expect(work).rejects.toThrow('full')
    expect(await failing.of(ctx).selectFrom('note').selectAll().execute()).toEqual([])
    await failing.database.close()
  })

  test('while a ctx has a transaction open, only its tx reaches the tables', async () => {
    const ctx = callerOf('open')
    await notes.database.transaction(ctx, async (tx) => {
      await notes.of(tx).insertInto('note').values(note('inside')).execute()
      expect(() => notes.of(ctx)).toThrow('pass its tx')
      expect(() => notes.database.transaction(ctx, async () => {})).toThrow('pass its tx')
      expect(
        await notes
          .of({ ...tx, at: noon })
          .selectFrom('note')
          .select('id')
          .execute(),
      ).toEqual([{ id: 'inside' }])
      await notes.database.transaction(tx, (joined) => notes.of(joined).insertInto('note').values(note('joined')).execute())
    })

    expect(await notes.of(ctx).selectFrom('note').select('id').orderBy('id').execute()).toEqual([
      { id: 'inside' },
      { id: 'joined' },
    ])
  })

  test('after a transaction has ended its tx is of no use', async () => {
    const tx = await notes.database.transaction(callerOf('ended'), async (tx) => tx)

    expect(() => notes.of(tx)).toThrow('has ended')
    expect(() => rotated(tx, 'late')).toThrow('has ended')
    await expect(tx.query`select 1`).rejects.toThrow('has ended')
  })

  test('joined work that throws takes the whole transaction with it, even when somebody catches it', async () => {
    const ctx = callerOf('joined')
    const work = notes.database.transaction(ctx, async (tx) => {
      await notes.of(tx).insertInto('note').values(note('outer')).execute()
      await notes.database.transaction(tx, () => Promise.reject(new Error('inner'))).catch(() => {})
    })

    await expect(work).rejects.toThrow('inner')
    expect(await notes.of(ctx).selectFrom('note').selectAll().execute()).toEqual([])
  })

  test('a statement that failed and was caught never ends in a commit that is reported as one', async () => {
    const ctx = callerOf('caught')
    await notes.of(ctx).insertInto('note').values(note('there')).execute()
    const work = notes.database.transaction(ctx, async (tx) => {
      await notes.of(tx).insertInto('note').values(note('new')).execute()
      const again = notes.of(tx).insertInto('note').values(note('there')).execute()
      await expect(again).rejects.toThrow(/unique/i)
    })

    await expect(work).rejects.toMatchObject({ message: expect.stringContaining('rolled back'), cause: expect.any(Error) })
    expect(await notes.of(ctx).selectFrom('note').select('id').execute()).toEqual([{ id: 'there' }])
  })

  test('after a caught failure nothing of the transaction goes on by itself', async () => {
    const ctx = callerOf('doomed')
    const work = notes.database.transaction(ctx, async (tx) => {
      await tx.query`select * from nowhere`.catch(() => {})
      await notes.of(tx).insertInto('note').values(note('alone')).execute()
    })

    await expect(work).rejects.toThrow()
    expect(await notes.of(ctx).selectFrom('note').select('id').execute()).toEqual([])
  })

  test('going back to a savepoint heals a transaction', async () => {
    const ctx = callerOf('savepoint')
    await notes.database.transaction(ctx, async (tx) => {
      await notes.of(tx).insertInto('note').values(note('before')).execute()
      await tx.query`savepoint careful`
      await tx.query`select * from nowhere`.catch(() => {})
      await tx.query`rollback to savepoint careful`
      await notes.of(tx).insertInto('note').values(note('after')).execute()
    })

    expect(await notes.of(ctx).selectFrom('note').select('id').orderBy('id').execute()).toEqual([
      { id: 'after' },
      { id: 'before' },
    ])
  })

  test('an event emitted through a copy of a tx carries what the copy says', async () => {
    await notes.database.transaction(callerOf('original'), async (tx) => {
      rotated({ ...tx, tenantId: 'copy', actor: { kind: 'user', id: 'ada' } }, 'copied')
      const { emit } = tx
      emit('identity.key.rotated', { data: { kid: 'loose', alg: 'EdDSA' } })
    })

    expect(notes.recorded.slice(-2).map(({ ctx: { tenantId, actor } }) => [tenantId, actor.id])).toEqual([
      ['copy', 'ada'],
      ['original', 'test'],
    ])
    expect(Object.keys(notes.recorded.at(-2)?.ctx ?? {})).not.toContain('emit')
  })

  test('what is emitted while events are recorded is recorded too, in rounds that end', async () => {
    const rounds: number[] = []
    const depth = { left: 3 }
    const { database } = openNotes(opened.storage, {
      tables: {},
      migrations: [],
      sink: {
        record: async (tx, events) => {
          rounds.push(events.length)
          if (depth.left-- > 0) for (const id of ['a', 'b']) rotated(tx, id)
        },
        committed: (events) => void rounds.push(-events.length),
      },
    })
    await database.transaction(callerOf('rounds'), async (tx) => rotated(tx, 'first'))
    expect(rounds.splice(0)).toEqual([1, 2, 2, 2, -7])

    depth.left = Number.POSITIVE_INFINITY
    const endless = database.transaction(callerOf('rounds'), async (tx) => rotated(tx, 'first'))
    await expect(endless).rejects.toThrow('without end: 8 rounds, and still identity.key.rotated')
    expect(rounds).toHaveLength(8)
    await database.close()
  })

  test('values of tx.query are bound, never spliced', async () => {
    const rows = await notes.database.transaction(callerOf('bound'), (tx) => tx.query`select ${"'; drop table note; --"} as text`)

    expect(rows).toEqual([{ text: "'; drop table note; --" }])
  })

  test('200 transactions at once all commit', async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index)
    await Promise.all(
      numbers.map((index) =>
        notes.database.transaction(callerOf('parallel'), async (tx) => {
          await notes.of(tx).selectFrom('note').selectAll().where('id', '=', `${index}`).execute()
          await notes
            .of(tx)
            .insertInto('note')
            .values(note(`${index}`))
            .execute()
        }),
      ),
    )

    expect(await notes.of(callerOf('parallel')).selectFrom('note').select('id').execute()).toHaveLength(200)
  })
})
