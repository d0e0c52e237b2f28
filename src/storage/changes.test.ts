import { sql } from 'kysely'
import Libsql from 'libsql'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../test/engines.ts'
import { callerOf, openNotes } from '../../test/notes.ts'
import { silentLogger } from '../kernel/ambient/ambient.ts'
import { sqlite } from '../sqlite.ts'
import { type Change, type SessionBus, silenceMs } from './changes.ts'
import { createInvalidate, type Subject } from './invalidate.ts'
import type { Database, StorageSetup } from './types.ts'

/** A bus that loses everything. */
const losing: SessionBus = { publish: async () => {}, subscribe: async () => async () => {} }

/** Time and timers that move when the test says so, and the lines of the log as they come. */
function byHand() {
  const runs = new Set<() => void>()
  const waiting = new Map<string, () => void>()
  const time = { ms: 0 }
  const setup: Partial<StorageSetup> = {
    clock: { now: () => new Date('2030-01-01T12:00:00Z'), monotonicMs: () => time.ms },
    startTimer(_everyMs, run) {
      runs.add(run)
      return () => void runs.delete(run)
    },
    logger: {
      ...silentLogger,
      warn(_details, message) {
        for (const [part, go] of waiting) if (message.includes(part)) go()
      },
    },
  }
  return {
    setup,
    pass: (ms: number) => {
      time.ms += ms
    },
    tick: () => {
      for (const run of runs) run()
    },
    logged: (part: string) => new Promise<void>((resolve) => waiting.set(part, resolve)),
  }
}

const user = (id: string): Subject => ({ kind: 'user', id })

/** The next change of this subject that a database hears of. */
const heard = (database: Database, { id }: Subject): Promise<Change> =>
  new Promise((resolve) => database.changes.hear((changes) => changes.filter((change) => change.id === id).forEach(resolve)))

const change = (database: Database, ...subjects: Subject[]): Promise<void> =>
  database.transaction(callerOf('a'), (tx) => createInvalidate(database)(tx, subjects))

describe.each(engines)('changes of this process on $name', ({ open }) => {
  test('are announced after the commit, one version a subject, and thousands at once', async () => {
    const opened = await open()
    const { database } = openNotes(opened.storage)
    await database.schema.up()
    const announced: Change[] = []
    database.changes.hear((changes) => void announced.push(...changes))
    const subjects = Array.from({ length: 1_200 }, (_, index) => user(`u${index}`))
    await database.transaction(callerOf('a'), async (tx) => {
      await createInvalidate(database)(tx, [...subjects, user('u7')])
      expect(announced).toEqual([])
    })
    const first = announced.splice(0)
    await change(database, user('u7'))

    expect(first.map(({ id }) => id).toSorted()).toEqual(subjects.map(({ id }) => id).toSorted())
    expect(announced[0]?.seq).toBeGreaterThan(Math.max(...first.map(({ seq }) => seq)))
    await database.close()
    await opened.cleanup()
  })
})

describe.each(engines.filter(({ name }) => name !== 'sqlite-memory'))('changes of another node on $name', ({ open, name }) => {
  let opened: OpenedEngine
  let writer: Database
  const others: Database[] = []
  beforeEach(async () => {
    opened = await open()
    writer = openNotes(opened.storage).database
    await writer.schema.up()
  })
  afterEach(async () => {
    for (const database of [...others.splice(0), writer]) await database.close()
    await opened.cleanup()
  })

  async function node(setup: Partial<StorageSetup> = {}): Promise<Database> {
    const { database } = openNotes(opened.storage, setup)
    others.push(database)
    await database.changes.start()
    return database
  }

  test('are heard', async () => {
    const reader = await node()
    const hearing = heard(reader, user('ada'))
    await change(writer, user('ada'))

    expect(await hearing).toEqual({ kind: 'user', id: 'ada', seq: expect.any(Number) })
  })

  test('are heard by reading when the bus loses everything, each with its latest number', async () => {
    const { setup, tick } = byHand()
    const reader = await node({ ...setup, bus: losing })
    const [ada, bob] = [heard(reader, user('ada')), heard(reader, user('bob'))]
    await change(writer, user('ada'))
    await change(writer, user('bob'), user('ada'))
    tick()
    const numbers = [(await ada).seq, (await bob).seq]
    const next = heard(reader, user('ada'))
    await change(writer, user('ada'))
    tick()

    expect((await next).seq).toBeGreaterThan(Math.max(...numbers))
  })

  test('before the start are not told: nothing had been remembered yet', async () => {
    await change(writer, user('before'))
    const { setup, tick } = byHand()
    const told: string[] = []
    const { database: reader } = openNotes(opened.storage, { ...setup, bus: losing })
    others.push(reader)
    reader.changes.hear((changes) => void told.push(...changes.map(({ id }) => id)))
    await reader.changes.start()
    const hearing = heard(reader, user('after'))
    await change(writer, user('after'))
    tick()
    await hearing

    expect(told.filter((id) => id === 'after')).toHaveLength(1)
    if (name === 'sqlite-file') expect(told).toEqual(['after'])
  })

  test('are not certain while they cannot be read, and are again once they can', async () => {
    const { setup, tick, pass, logged } = byHand()
    const reader = await node({ ...setup, bus: losing })
    expect(reader.changes.isCurrent()).toBe(true)
    await sql`alter table change rename to away`.execute(writer.everything())
    const failing = logged('changes cannot be read')
    pass(silenceMs)
    tick()
    await failing
    expect(reader.changes.isCurrent()).toBe(true)
    pass(1)
    expect(reader.changes.isCurrent()).toBe(false)

    await sql`alter table away rename to change`.execute(writer.everything())
    const back = logged('answers again')
    tick()
    await back
    expect(reader.changes.isCurrent()).toBe(true)
  })
})

describe.each(engines.filter(({ name }) => name === 'sqlite-file'))(
  'a reader that is stuck on an old snapshot on $name',
  ({ open }) => {
    test('is replaced: what others commit is heard, and seen', async () => {
      const { location = '', cleanup } = await open()
      const made: Libsql.Database[] = []
      class Noted extends Libsql {
        constructor(path: string) {
          super(path)
          made.push(this)
        }
      }
      const { setup, tick } = byHand()
      const { database: writer } = openNotes(sqlite(location))
      await writer.schema.up()
      const { database: reader } = openNotes(sqlite({ database: new Noted(location) }), setup)
      await reader.changes.start()
      tick()
      const stuck = made.at(-1)
      stuck?.prepare('begin').run()
      stuck?.prepare('select * from change').all()
      const hearing = heard(reader, user('ada'))
      await change(writer, user('ada'))
      tick()

      expect((await hearing).id).toBe('ada')
      const seen = () => reader.everything<{ change: { id: string } }>().selectFrom('change').select('id').execute()
      expect(await seen()).toEqual([{ id: 'ada' }])
      await change(writer, user('bob'))
      expect(await seen()).toHaveLength(2)
      for (const { close } of [reader, writer]) await close()
      await cleanup()
    })
  },
)

describe.each(engines.filter(({ name }) => name === 'postgres'))('LISTEN and NOTIFY on $name', ({ open }) => {
  let opened: OpenedEngine
  let writer: Database
  let reader: Database
  let eye: pg.Client
  const { setup, tick } = byHand()
  beforeEach(async () => {
    opened = await open()
    writer = openNotes(opened.storage).database
    await writer.schema.up()
    reader = openNotes(opened.storage, setup).database
    await reader.changes.start()
    eye = new pg.Client(opened.location)
    await eye.connect()
  })
  afterEach(async () => {
    await eye.end()
    for (const database of [reader, writer]) await database.close()
    await opened.cleanup()
  })

  /** The backend that listens, while its LISTEN is the last thing it was told. */
  async function listener(): Promise<number | undefined> {
    const { rows } = await eye.query<{ pid: number }>(
      "select pid from pg_stat_activity where datname = current_database() and state = 'idle' and query like 'listen %'",
    )
    return rows[0]?.pid
  }

  test('a change is heard without any reading', async () => {
    const hearing = heard(reader, user('ada'))
    await change(writer, user('ada'))

    expect((await hearing).id).toBe('ada')
  })

  test('a connection that is cut is made anew, and what comes then is heard without any reading', async () => {
    const cut = await listener()
    await eye.query('select pg_terminate_backend($1)', [cut])
    let fresh = await listener()
    while (fresh === undefined || fresh === cut) {
      tick()
      fresh = await listener()
    }
    let told: string | undefined
    const hearing = heard(reader, user('ada')).then(({ id }) => {
      told = id
    })
    // Of many ticks the last may still be at work, and replace the connection that was just seen: what comes after that is heard.
    while (told === undefined) await Promise.race([hearing, change(writer, user('ada'))])

    expect(told).toBe('ada')
  })
})

describe.each(engines.filter(({ name }) => name === 'postgres'))(
  'a dump of a database with higher marks on $name',
  ({ open }) => {
    test('what it brought is not told again at every reading, and what changes from now on is heard', async () => {
      const opened = await open()
      const { setup, tick } = byHand()
      const { database: writer } = openNotes(opened.storage)
      const { database: reader } = openNotes(opened.storage, { ...setup, bus: losing })
      await writer.schema.up()
      await change(writer, user('old'), user('ada'))
      await sql`update change set mark = mark + 1000000000`.execute(writer.everything())
      await reader.changes.start()
      const told: string[] = []
      reader.changes.hear((changes) => void told.push(...changes.map(({ id }) => id)))
      for (const id of ['bob', 'ada']) {
        const hearing = heard(reader, user(id))
        await change(writer, user(id))
        tick()
        await hearing
      }

      expect(told).not.toContain('old')
      expect(told.filter((id) => id === 'ada')).toHaveLength(1)
      for (const database of [reader, writer]) await database.close()
      await opened.cleanup()
    })
  },
)

describe.each(engines.filter(({ name }) => name === 'postgres'))('commits out of order on $name', ({ open }) => {
  test('the lower number that commits later is heard too', async () => {
    const opened = await open()
    const { setup, tick } = byHand()
    const [slow, fast, reader] = [
      openNotes(opened.storage),
      openNotes(opened.storage),
      openNotes(opened.storage, { ...setup, bus: losing }),
    ]
    await slow.database.schema.up()
    await reader.database.changes.start()
    const [early, late] = [heard(reader.database, user('early')), heard(reader.database, user('late'))]

    await slow.database.transaction(callerOf('slow'), async (tx) => {
      await createInvalidate(slow.database)(tx, [user('early')])
      await change(fast.database, user('late'))
      tick()
      await late
    })
    tick()

    expect((await early).seq).toBeLessThan((await late).seq)
    for (const { database } of [reader, fast, slow]) await database.close()
    await opened.cleanup()
  })
})
