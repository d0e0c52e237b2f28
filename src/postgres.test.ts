import { connect, createServer, type Server } from 'node:net'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../test/engines.ts'
import { layWire } from '../test/faults/wire.ts'
import { callerOf, note, openNotes } from '../test/notes.ts'
import { poolOf } from '../test/postgres.ts'
import { silentLogger } from './kernel/ambient/ambient.ts'
import { type PgClient, postgres } from './postgres.ts'

/** Listens on a free port of this machine. */
const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })

/** An ErrorResponse (PostgreSQL, "Message Formats"). */
function errorResponse(code: string, message: string): Buffer {
  const body = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** What PgBouncer takes in a startup message (pgbouncer.org/config.html, "ignore_startup_parameters"). */
const poolerTakes = [
  'user',
  'database',
  'client_encoding',
  'datestyle',
  'timezone',
  'standard_conforming_strings',
  'application_name',
]

/** Passes everything on to `target` but startup messages a pooler would refuse. */
const poolerBefore = (target: URL): Server =>
  createServer((socket) => {
    socket.once('data', (startup) => {
      const names = startup
        .subarray(8)
        .toString()
        .split('\0')
        .filter((_, index) => index % 2 === 0)
      const refused = names.find((name) => name !== '' && !poolerTakes.includes(name.toLowerCase()))
      if (refused !== undefined) return socket.end(errorResponse('08P01', `unsupported startup parameter: ${refused}`))
      const server = connect(Number(target.port || 5432), target.hostname)
      server.on('error', () => socket.destroy())
      socket.on('error', () => server.destroy())
      server.write(startup)
      socket.pipe(server).pipe(socket)
      return undefined
    })
  })

/** Passes everything on to `target` but the statement a new connection begins with, which nobody ever answers. */
const deafBefore = (target: URL): Server =>
  createServer((socket) => {
    const server = connect(Number(target.port || 5432), target.hostname)
    server.on('error', () => socket.destroy())
    socket.on('error', () => server.destroy())
    socket.on('close', () => server.destroy())
    socket.on('data', (chunk) => !chunk.includes('statement_timeout') && server.write(chunk))
    server.pipe(socket)
  })

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
    const { database } = openNotes(postgres(`postgres://nobody@127.0.0.1:${await listening(server)}/none`))

    await expect(database.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await database.close()
    server.close()
  })

  test('a server that does not speak our protocol is a fault of the set-up, not an outage', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.end(errorResponse('08P01', 'no such thing'))))
    const { database } = openNotes(postgres(`postgres://nobody@127.0.0.1:${await listening(server)}/none`))

    await expect(database.ping()).rejects.toMatchObject({ code: '08P01', message: 'no such thing' })
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

  test('on a connection that hangs nothing more is sent, not even a rollback: it ends, and with it the transaction', async () => {
    const pool = poolOf(url)
    const sent: string[] = []
    // Gives up long before we do, where the server takes its time: a busy machine is no reason.
    const impatient = (client: PgClient): PgClient => {
      const query: PgClient['query'] = (config) => {
        sent.push(config.text)
        return client.query(config.text.includes('pg_sleep') ? { ...config, query_timeout: 1_000 } : config)
      }
      return new Proxy(client, {
        get(target, name) {
          const value: unknown = name === 'query' ? query : Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    }
    const { database, of } = openNotes(
      postgres({
        ...pool,
        on: () => pool,
        end: () => pool.end(),
        connect: async () => impatient((await pool.connect()) as unknown as PgClient),
      }),
    )
    const hanging = database.transaction(callerOf('hangs'), async (tx) => {
      await of(tx).insertInto('note').values(note('lost')).execute()
      await tx.query`select pg_sleep(60)`
    })
    await expect(hanging).rejects.toMatchObject({ code: 'unavailable' })
    expect(sent.at(-1)).toContain('pg_sleep')
    expect(pool.totalCount).toBe(0)
    expect(await of(callerOf('hangs')).selectFrom('note').select('id').execute()).toEqual([])
    await database.close()
    await pool.end()
  })

  test('a pool of one connection: nested work is refused in time, 100 parallel transactions pass, and the pool is not ended', async () => {
    const pool = poolOf(url, { max: 1 })
    const { database, of } = openNotes(postgres(pool))
    const nested = database.transaction(callerOf('outer'), () => of(callerOf('inner')).selectFrom('note').selectAll().execute())
    await expect(nested).rejects.toMatchObject({ code: 'unavailable' })

    const numbers = Array.from({ length: 100 }, (_, index) => `${index}`)
    await Promise.all(
      numbers.map((id) => database.transaction(callerOf('pool'), (tx) => of(tx).insertInto('note').values(note(id)).execute())),
    )
    expect(await of(callerOf('pool')).selectFrom('note').select('id').execute()).toHaveLength(100)

    await database.close()
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await pool.end()
  })

  test('a pooler that refuses unknown startup parameters is passed, and the server still gives up by itself', async () => {
    const pooler = poolerBefore(new URL(url))
    const through = new URL(url)
    through.host = `127.0.0.1:${await listening(pooler)}`
    const { database } = openNotes(postgres(through.href))
    const { rows } = await sql`select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle`.execute(database.everything())

    expect(rows).toEqual([{ statement: '14s', idle: '14s' }])
    await database.close()
    pooler.close()
  })

  test('a connection that dies before its first statement is given up: it keeps neither callers nor close() waiting', async () => {
    const deaf = deafBefore(new URL(url))
    const through = new URL(url)
    through.host = `127.0.0.1:${await listening(deaf)}`
    const { database } = openNotes(postgres(through.href))
    await expect(database.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await database.close()
    deaf.close()
  })

  test('an outage is one line when it begins and one when it ends, however many callers are refused in between', async () => {
    const lines: string[] = []
    const logger = { ...silentLogger, warn: (_details: object, message: string) => void lines.push(message) }
    const wire = await layWire(url)
    const { database } = openNotes(postgres(wire.url), { logger })
    await database.ping()
    wire.cut()
    for (let caller = 0; caller < 3; caller += 1) await expect(database.ping()).rejects.toMatchObject({ code: 'unavailable' })
    expect(lines).toEqual([expect.stringContaining('does not answer')])
    wire.restore()
    for (let caller = 0; caller < 3; caller += 1) await database.ping()

    expect(lines).toEqual([expect.stringContaining('does not answer'), expect.stringContaining('answers again')])
    await database.close()
    await wire.close()
  })

  test('values of our types are read in one way, whatever the application told its pg; other types are its own', async () => {
    const [int8, date, timestamptz, jsonb] = [20, 1082, 1184, 3802]
    const before = [int8, date, timestamptz, jsonb].map((oid) => [oid, pg.types.getTypeParser(oid)] as const)
    for (const [oid] of before) pg.types.setTypeParser(oid, (text: string) => `the host's ${text}`)
    const { database } = openNotes(postgres(url))
    try {
      const { rows } = await sql`select 42::bigint as small, 9007199254740993::bigint as large, true as yes, 7::int as seven,
        '2030-01-01T12:00:00.123456Z'::timestamptz as instant, '{"a": [1, null]}'::jsonb as value, '[2]'::json as list,
        null::timestamptz as never, 'infinity'::timestamptz as forever, '2030-01-01'::date as day`.execute(database.everything())

      expect(rows).toEqual([
        {
          small: 42,
          large: '9007199254740993',
          yes: true,
          seven: 7,
          instant: new Date('2030-01-01T12:00:00.123Z'),
          value: { a: [1, null] },
          list: [2],
          never: null,
          forever: 'infinity',
          day: "the host's 2030-01-01",
        },
      ])
    } finally {
      for (const [oid, parser] of before) pg.types.setTypeParser(oid, parser)
      await database.close()
    }
  })

  test('an instant is read alike in every time zone of the session', async () => {
    const { database } = openNotes(postgres(url))
    await database.transaction(callerOf('a'), async (tx) => {
      for (const zone of ['Asia/Kolkata', 'America/St_Johns', 'UTC']) {
        await tx.query`select set_config('timezone', ${zone}, true)`
        expect(await tx.query`select '2030-01-01T12:00:00Z'::timestamptz as at`).toEqual([
          { at: new Date('2030-01-01T12:00:00Z') },
        ])
      }
    })
    await database.close()
  })
})
