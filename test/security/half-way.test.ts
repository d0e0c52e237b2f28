/**
 * What a power cut leaves of the work an operator has begun, and what somebody has who took the files of a living database.
 *
 * The processes that die are the built command line and servers of their own. Where they are is seen from outside, in what they have written.
 *
 * @module
 */
import { randomInt } from 'node:crypto'
import { copyFileSync, statSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { createKeyRing } from '../../src/kernel/crypto/key-ring.ts'
import { engines, type OpenedEngine, type TestEngine } from '../engines.ts'
import { violationsInFile } from '../faults/invariants.ts'
import { runLoad } from '../faults/people.ts'
import { ask } from '../faults/postgres.ts'
import { checkPromises } from '../faults/promises.ts'
import { device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { startServer } from '../second-process.ts'
import { openSockets, rounds } from './sockets.ts'

const kills = rounds.length > 3 ? rounds.length : 2
const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const [older, newer] = ['o'.repeat(40), 'n'.repeat(40)] as const

const desk = createDesk()
afterEach(desk.clear)

interface Row {
  readonly [column: string]: unknown
}

/** Everything that makes a schema what it is, its rows of what was applied included. */
const schemaStatements = {
  'sqlite-file': ['select type, name, tbl_name, sql from sqlite_master order by type, name'],
  postgres: [
    `select table_name, ordinal_position, column_name, data_type, is_nullable, column_default, collation_name
      from information_schema.columns where table_schema = 'public' order by 1, 2`,
    `select tablename, indexdef from pg_indexes where schemaname = 'public' order by 1, 2`,
    `select conrelid::regclass::text as of, pg_get_constraintdef(oid) as def from pg_constraint
      where connamespace = 'public'::regnamespace order by 1, 2`,
    `select sequencename, start_value, increment_by from pg_sequences where schemaname = 'public' order by 1`,
  ],
} as const
const historyStatement = 'select name, checksum, position from keywright_migration order by position'

async function rowsAt(location: string, statement: string): Promise<readonly Row[]> {
  const house = houseOn(storageAt(location), { infra: { runJobs: false } })
  const { rows } = await sql.raw<Row>(statement).execute(house.database.everything())
  await house.auth.close()
  return rows
}

async function schemaAt({ location = '' }: OpenedEngine, name: keyof typeof schemaStatements): Promise<unknown> {
  const found = []
  for (const statement of [...schemaStatements[name], historyStatement]) found.push(await rowsAt(location, statement))
  return found
}

const envOf = ({ location = '' }: OpenedEngine, secrets: readonly string[] = [older]) => ({
  KEYWRIGHT_DATABASE_URL: location.startsWith('postgres') ? location : `sqlite:${location}`,
  ...(secrets.length > 1 ? { KEYWRIGHT_SECRETS: secrets.join(',') } : { KEYWRIGHT_SECRET: secrets[0] ?? '' }),
})

async function json(args: readonly string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await desk.run([...args, '--json', '--data-dir', desk.folder()], env)
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

/** How much a process has written so far: nobody opens the file for that, so that the next one finds it as the dead left it. */
const written =
  ({ location = '' }: OpenedEngine, count: string) =>
  async (): Promise<number> => {
    if (location.startsWith('postgres'))
      return Number((await ask<{ count: number }>(location, count).catch(() => []))[0]?.count ?? 0)
    return statSync(`${location}-wal`, { throwIfNoEntry: false })?.size ?? 0 // whoever closes last removes it
  }

/** Starts a command, and kills it once it has written so much. @returns how much it had written at most */
async function runUntil(args: readonly string[], env: Record<string, string>, progress: () => Promise<number>, enough: number) {
  const running = desk.start([...args, '--data-dir', desk.folder()], { env })
  let [most, hasEnded] = [0, false]
  const closed = running.closed.then(() => {
    hasEnded = true
  })
  while (!hasEnded) {
    most = Math.max(most, await progress())
    if (most >= enough) running.kill('SIGKILL')
    await nextTurn()
  }
  await closed
  return most
}

const outliving = engines.filter((engine): engine is TestEngine & { name: keyof typeof schemaStatements } =>
  Object.hasOwn(schemaStatements, engine.name),
)

describe.each(outliving)('kill -9 half-way on $name', ({ name, open }) => {
  test('KX-04: a migration that is killed goes on where it was, and ends with the schema of one that was not', async () => {
    const clean = await open()
    const count = 'select count(*)::int as count from keywright_migration'
    const up = ['migrate', 'up']
    const all = await runUntil(up, envOf(clean), written(clean, count), Number.POSITIVE_INFINITY)
    const wanted = await schemaAt(clean, name)
    await clean.cleanup()
    let halfWay = 0
    for (let tries = 0; halfWay < kills; tries += 1) {
      expect(tries, 'kills that came too early or too late').toBeLessThan(10 * kills)
      const engine = await open()
      await runUntil(up, envOf(engine), written(engine, count), randomInt(1, Math.ceil(all * 0.9) + 1))
      const { migrations } = await json(['migrate', 'status'], envOf(engine))
      const states: string[] = migrations.map(({ state }: { state: string }) => state)
      const applied = states.filter((state) => state === 'applied').length
      expect(states).toEqual(states.map((_, index) => (index < applied ? 'applied' : 'pending')))
      if (applied > 0 && applied < states.length) halfWay += 1
      const resumed = await json(up, envOf(engine))
      expect(resumed.applied).toEqual(migrations.slice(applied).map((step: { name: string }) => step.name))
      expect(await schemaAt(engine, name)).toEqual(wanted)
      expect((await json(up, envOf(engine))).applied).toEqual([])
      await engine.cleanup()
    }
  }, 600_000)

  test('KX-04: keys that were being sealed under a new secret when it died are sealed by the next start, and none is lost', async () => {
    const sealed = 'select kid, sealed_private_jwk as sealed from signing_key'
    const isNewer = ({ sealed }: Row) => String(sealed).startsWith(`${createKeyRing([newer]).newestId}.`)
    const count = `select count(*)::int as count from signing_key where sealed_private_jwk like '${createKeyRing([newer]).newestId}.%'`
    let [halfWay, most] = [0, 0]
    for (let tries = 0; halfWay < kills; tries += 1) {
      expect(tries, 'kills that came too early or too late').toBeLessThan(10 * kills)
      const engine = await open()
      await json(['migrate', 'up'], envOf(engine))
      const [atNow, location] = [new Date().toISOString(), engine.location ?? '']
      const before = houseOn(engine.storage, { secret: older }, {}, atNow)
      const bearer = { 'x-auth-strategy': 'bearer' }
      const { accessToken } = (await device(before).send('POST', '/auth/register', ada, bearer)).body
      for (let made = 1; made < 60; made += 1) await before.auth.asSystem('test').keys.rotate()
      // The log is measured by its length, and would be written from its beginning.
      if (name === 'sqlite-file') await sql`pragma wal_checkpoint(truncate)`.execute(before.database.everything())
      await before.auth.close()
      const enough = most === 0 ? Number.POSITIVE_INFINITY : randomInt(1, most + 1)
      const reached = await runUntil(['keys', 'list'], envOf(engine, [newer, older]), written(engine, count), enough)
      most ||= reached
      const rows = await rowsAt(location, sealed)
      const done = rows.filter(isNewer).length
      if (done > 0 && done < rows.length) halfWay += 1
      expect((await json(['keys', 'list'], envOf(engine, [newer, older]))).keys).toHaveLength(rows.length)
      const [ring, after] = [createKeyRing([newer]), await rowsAt(location, sealed)]
      expect(after.filter(({ kid, sealed }) => !ring.open('signing-key', String(kid), String(sealed)))).toEqual([])
      const house = houseOn(storageAt(location), { secret: newer }, {}, atNow) // without the older one
      const me = await device(house).send('GET', '/auth/me', undefined, { authorization: `Bearer ${accessToken}` })
      expect([me.status, me.body.email]).toEqual([200, ada.email])
      await house.auth.close()
      await engine.cleanup()
    }
  }, 600_000)
})

/** Copies the database and its log at one moment: both as they were before the copy began. */
async function copied(from: string, to: string): Promise<void> {
  const parts = ['', '-wal']
  const marks = () => JSON.stringify(parts.map((part) => [statSync(from + part).size, statSync(from + part).mtimeMs]))
  let before: string
  do {
    await wait(50) // a write that was under way may still end
    before = marks()
    for (const part of parts) copyFileSync(from + part, to + part)
  } while (marks() !== before)
}

describe.each(engines.filter(({ name }) => name === 'sqlite-file'))('a copy of the files on $name', ({ open }) => {
  test('KX-04: a copy of the database and its log, taken at a random moment while two processes write, opens and holds', async () => {
    for (const round of rounds) {
      const engine = await open()
      const location = engine.location ?? ''
      const house = houseOn(engine.storage)
      await house.auth.ready()
      await house.auth.close()
      const options = { http: { trustProxy: ['127.0.0.1'] } }
      const writers = await Promise.all([1, 2].map(() => startServer(location, options)))
      const sockets = await Promise.all(writers.map(({ origin }) => openSockets(origin, 4)))
      const taken = `${location}-taken`
      let left = randomInt(20, 120)
      let isTaken: Promise<void> | undefined
      async function take() {
        for (const writer of writers) writer.freeze()
        await copied(location, taken)
        await Promise.all(writers.map((writer) => writer.kill()))
      }
      const answered = () => {
        left -= 1
        if (left === 0) isTaken = take()
      }
      const loads = await Promise.all(
        sockets.map((open, nr) => runLoad(open, { clients: 4, name: `round-${round}-${nr}`, answered })),
      )
      await isTaken
      for (const open of sockets) open.close()

      const copy = houseOn(storageAt(taken))
      await copy.auth.ready()
      const { rows } = await sql`pragma integrity_check`.execute(copy.database.everything())
      expect(rows).toEqual([{ integrity_check: 'ok' }])
      expect(await violationsInFile(copy.database, ['s'.repeat(40)], new Date('2026-01-01T12:00:00Z'))).toEqual([])
      await copy.auth.close()
      const server = await startServer(taken, options)
      const asking = await openSockets(server.origin, 8)
      const checked = await checkPromises(
        asking,
        loads.flatMap(({ people }) => people),
      )
      expect([...loads.flatMap(({ broken }) => broken), ...checked.broken]).toEqual([])
      expect(checked.users).toBeGreaterThan(0)
      asking.close()
      await server.stop()
      await engine.cleanup()
    }
  }, 600_000)
})
