import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import Libsql from 'libsql'
import { afterEach, beforeEach, expect, test } from 'vitest'
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

test('a handle of the application is used and left open, and reads wait for its open transaction', async () => {
  const handle = new Libsql(':memory:')
  const { database, of } = openNotes(sqlite({ database: handle }))
  await database.schema.up()
  const writing = database.transaction(callerOf('a'), (tx) => of(tx).insertInto('note').values(note('n')).execute())
  const reading = of(callerOf('a')).selectFrom('note').select('id').execute()
  await writing

  expect(await reading).toEqual([{ id: 'n' }])
  await database.close()
  expect(handle.prepare('select id from note').all([])).toEqual([{ id: 'n' }])
})

test('a file that cannot be made is a boot error with a remedy', async () => {
  await writeFile(join(folder, 'file'), '')
  const { database } = openNotes(sqlite(join(folder, 'file', 'identity.db')))

  await expect(database.ping()).rejects.toMatchObject({ name: 'BootError', remedy: expect.stringContaining('may write to') })
})
