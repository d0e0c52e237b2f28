import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import Libsql from 'libsql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { callerOf, note, openNotes } from '../test/notes.ts'
import { sqlite } from './sqlite.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywright-'))
})
afterEach(() => rm(folder, { recursive: true }))

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

test('a database file and its folder are for the eyes of their owner only', async () => {
  const path = join(folder, 'data', 'identity.db')
  const { database } = openNotes(sqlite(path))
  await database.schema.up()

  expect(await modeOf(join(folder, 'data'))).toBe('700')
  for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(await modeOf(file)).toBe('600')
  await database.close()
})

test('a commit is on the disk before it is answered, unless NORMAL was asked for', async () => {
  const settings = async (storage: ReturnType<typeof sqlite>) => {
    const { database } = openNotes(storage)
    const [answer] = await database.transaction(callerOf('a'), (tx) => tx.query<object>`pragma synchronous`)
    const [mode] = await database.transaction(callerOf('a'), (tx) => tx.query<object>`pragma journal_mode`)
    await database.close()
    return { ...answer, ...mode }
  }

  expect(await settings(sqlite(join(folder, 'full.db')))).toEqual({ synchronous: 2, journal_mode: 'wal' })
  expect(await settings(sqlite({ path: join(folder, 'normal.db'), synchronous: 'NORMAL' }))).toEqual({
    synchronous: 1,
    journal_mode: 'wal',
  })
})

test('a read goes on while a transaction of the same process is open, and sees nothing of it', async () => {
  const { database, of } = openNotes(sqlite(join(folder, 'reader.db')))
  await database.schema.up()

  const seen = await database.transaction(callerOf('a'), async (tx) => {
    await of(tx).insertInto('note').values(note('uncommitted')).execute()
    return of(callerOf('a')).selectFrom('note').select('id').execute()
  })

  expect(seen).toEqual([])
  expect(await of(callerOf('a')).selectFrom('note').select('id').execute()).toEqual([{ id: 'uncommitted' }])
  await database.close()
})

test('foreign keys are enforced', async () => {
  const { database } = openNotes(sqlite(':memory:'))
  const db = database.everything()
  await sql`create table parent (id integer primary key)`.execute(db)
  await sql`create table child (parent_id integer references parent (id))`.execute(db)

  await expect(sql`insert into child (parent_id) values (1)`.execute(db)).rejects.toThrow('FOREIGN KEY')
  await database.close()
})

describe("in the application's own file", () => {
  function appHandle() {
    const handle = new Libsql(join(folder, 'app.db'))
    handle.exec('pragma journal_mode = wal; create table orders (id text)')
    return handle
  }
  const idsOf = (handle: InstanceType<typeof Libsql>, table: string) => handle.prepare(`select id from ${table}`).all([])

  test('what the application writes between two of our awaits is not ours to roll back, and the other way round', async () => {
    const handle = appHandle()
    const { database, of } = openNotes(sqlite({ database: handle }))
    await database.schema.up()
    const work = database.transaction(callerOf('a'), async (tx) => {
      expect(() => handle.exec("insert into orders values ('joins nothing')")).toThrow('locked')
      await of(tx).insertInto('note').values(note('lost')).execute()
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    handle.exec("insert into orders values ('kept')")
    handle.exec("begin immediate; insert into orders values ('taken back')")
    const queued = of(callerOf('a')).insertInto('note').values(note('ours')).execute()
    await new Promise((resolve) => setImmediate(resolve)) // ours has found the file locked
    handle.exec('rollback')
    await queued

    expect([idsOf(handle, 'orders'), idsOf(handle, 'note')]).toEqual([[{ id: 'kept' }], [{ id: 'ours' }]])
    await database.close()
    handle.close()
  })

  test("the application's handle keeps its settings and stays open", async () => {
    const handle = appHandle()
    handle.exec('pragma busy_timeout = 1234; pragma foreign_keys = off')
    const { database } = openNotes(sqlite({ database: handle }))
    await database.schema.up()
    await database.close()

    expect(handle.prepare('pragma busy_timeout').all([])).toEqual([{ timeout: 1234 }])
    expect(handle.prepare('pragma foreign_keys').all([])).toEqual([{ foreign_keys: 0 }])
    expect(idsOf(handle, 'note')).toEqual([])
    handle.close()
  })

  test('a database in memory cannot be shared, and the refusal names the way out', () => {
    const refusal = expect.objectContaining({ name: 'BootError', remedy: expect.stringContaining("sqlite(':memory:')") })

    expect(() => sqlite({ database: new Libsql(':memory:') })).toThrow(refusal)
  })

  test('a file without a write-ahead log is left as it is, and the refusal says what to run', async () => {
    const handle = new Libsql(join(folder, 'plain.db'))
    handle.exec('create table orders (id text)')
    const { database } = openNotes(sqlite({ database: handle }))

    await expect(database.ping()).rejects.toMatchObject({
      name: 'BootError',
      remedy: expect.stringContaining('pragma journal_mode'),
    })
    expect(handle.prepare('pragma journal_mode').all([])).toEqual([{ journal_mode: 'delete' }])
    handle.close()
  })

  /** A driver as an application may have wrapped it. */
  class Wrapped {
    static open: string[] = []
    readonly #inner: InstanceType<typeof Libsql>
    readonly #name: string
    constructor(path: string, name = 'unnamed') {
      this.#inner = new Libsql(name === 'elsewhere' ? path : join(folder, 'app.db'))
      this.#name = name
      Wrapped.open.push(name)
    }
    prepare(text: string) {
      if (text.includes('foreign_keys')) throw new Error('no such pragma')
      return this.#inner.prepare(text)
    }
    close() {
      this.#inner.close()
      Wrapped.open.splice(Wrapped.open.indexOf(this.#name), 1)
    }
  }

  test('a class that opens something else is refused', async () => {
    const { database } = openNotes(sqlite({ database: new Wrapped(join(folder, 'other.db'), 'elsewhere') }))

    await expect(database.ping()).rejects.toMatchObject({ name: 'BootError', remedy: expect.stringContaining('plain handle') })
    expect(Wrapped.open.splice(0)).toEqual(['elsewhere'])
  })

  test('a connection that cannot be prepared is closed again', async () => {
    const { database } = openNotes(sqlite({ database: new Wrapped('', 'given') }))

    await expect(database.ping()).rejects.toThrow('no such pragma')
    expect(Wrapped.open.splice(0)).toEqual(['given'])
  })
})

test('a write that gave up because the file was locked does not stop those that come after it', async () => {
  const path = join(folder, 'locked.db')
  const { database, of } = openNotes(sqlite(path))
  await database.schema.up()
  const other = new Libsql(path)
  other.exec("begin immediate; insert into word values ('w', 'while the lock is held')")
  await expect(of(callerOf('a')).insertInto('note').values(note('refused')).execute()).rejects.toMatchObject({
    code: 'unavailable',
  })
  other.exec('commit')
  await database.changes.start() // looks whether others have committed, over the connection that gave up
  other.exec("insert into word values ('x', 'after that')")

  await database.transaction(callerOf('a'), (tx) => of(tx).insertInto('note').values(note('next')).execute())
  expect(await of(callerOf('a')).selectFrom('note').select('id').execute()).toEqual([{ id: 'next' }])
  await database.close()
  other.close()
})

test('closing ends in time although a transaction hangs, and what it wrote is gone', async () => {
  const path = join(folder, 'hung.db')
  const { database, of } = openNotes(sqlite(path))
  await database.schema.up()
  const gate = { open: () => {} }
  let never: Promise<void> | undefined
  await new Promise<void>((begun) => {
    never = database.transaction(callerOf('a'), async (tx) => {
      await of(tx).insertInto('note').values(note('hung')).execute()
      begun()
      await new Promise<void>((resolve) => Object.assign(gate, { open: resolve }))
      await of(tx).insertInto('note').values(note('late')).execute()
    })
  })
  const ended = expect(never).rejects.toThrow()

  await expect(database.close()).rejects.toMatchObject({ code: 'unavailable' })
  const again = openNotes(sqlite(path))
  expect(await again.of(callerOf('a')).selectFrom('note').select('id').execute()).toEqual([])
  gate.open()
  await ended
  await again.database.close()
})

test('a file that cannot be made is a boot error with a remedy', async () => {
  await writeFile(join(folder, 'file'), '')
  const { database } = openNotes(sqlite(join(folder, 'file', 'identity.db')))

  await expect(database.ping()).rejects.toMatchObject({ name: 'BootError', remedy: expect.stringContaining('may write to') })
})
