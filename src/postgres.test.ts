import { createServer, type Server } from 'node:net'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../test/engines.ts'
import { callerOf, note, openNotes } from '../test/notes.ts'
import { postgres } from './postgres.ts'

describe('without a server', () => {
  test('a refused connection is unavailable, for a read, a transaction and a ping', async () => {
    const { database, of } = openNotes(postgres('postgres://nobody@127.0.0.1:1/none'))
    const refusal = { code: 'unavailable', status: 503, cause: { code: 'ECONNREFUSED' } }

    await expect(database.ping()).rejects.toMatchObject(refusal)
    await expect(of(callerOf('a')).selectFrom('note').selectAll().execute()).rejects.toMatchObject(refusal)
    await expect(database.transaction(callerOf('a'), async () => {})).rejects.toMatchObject(refusal)
    await database.close()
  })

  test('a server that hangs up is unavailable', async () => {
    const server: Server = createServer((socket) => socket.destroy())
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
    const { database } = openNotes(postgres(`postgres://nobody@127.0.0.1:${port}/none`))

    await expect(database.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await database.close()
    server.close()
  })

  test('its location shows no credentials', () => {
    expect(postgres('postgres://app:secret@db.internal:5433/identity?password=secret').location).toBe(
      'postgres: db.internal:5433/identity',
    )
  })
})

describe.each(engines.filter(({ name }) => name === 'postgres'))('with a server', ({ open }) => {
  let opened: OpenedEngine
  let url: string
  beforeAll(async () => {
    opened = await open()
    url = opened.location ?? ''
    const { database } = openNotes(opened.storage)
    await database.schema.up()
    await database.close()
  })
  afterAll(() => opened.cleanup())

  test('connections that the server kills, idle or in a transaction, are unavailable once and then replaced', async () => {
    const { database, of } = openNotes(postgres(url))
    const killer = new pg.Client(url)
    await killer.connect()
    const killAll = () =>
      killer.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )

    const cut = database.transaction(callerOf('a'), async (tx) => {
      await of(tx).insertInto('note').values(note('cut')).execute()
      await killAll()
      await of(tx).insertInto('note').values(note('after')).execute()
    })
    await expect(cut).rejects.toMatchObject({ code: 'unavailable' })
    expect(await of(callerOf('a')).selectFrom('note').select('id').execute()).toEqual([])
    await killAll()
    await database.ping().catch(() => {}) // the pool may not have heard of the cut yet
    await expect(database.ping()).resolves.toBeUndefined()

    await killer.end()
    await database.close()
  })

  test('a pool of one connection: nested work is refused in time, 200 parallel transactions pass, and the pool is not ended', async () => {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    const { database, of } = openNotes(postgres(pool))
    const nested = database.transaction(callerOf('outer'), () => of(callerOf('inner')).selectFrom('note').selectAll().execute())
    await expect(nested).rejects.toMatchObject({ code: 'unavailable' })

    const numbers = Array.from({ length: 200 }, (_, index) => `${index}`)
    await Promise.all(
      numbers.map((id) => database.transaction(callerOf('pool'), (tx) => of(tx).insertInto('note').values(note(id)).execute())),
    )
    expect(await of(callerOf('pool')).selectFrom('note').select('id').execute()).toHaveLength(200)

    await database.close()
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await pool.end()
  })

  test("bigints are numbers, and the application's own type parsers are left alone", async () => {
    const { database } = openNotes(postgres(url))
    const db = database.everything()
    const { rows } = await sql`select 42::bigint as small, 9007199254740993::bigint as large, true as yes`.execute(db)

    expect(rows).toEqual([{ small: 42, large: '9007199254740993', yes: true }])
    expect(pg.types.getTypeParser(20)('42')).toBe('42')
    await database.close()
  })
})
