/**
 * What `doctor` says of stores, of the bus and of proxies. What it says of PostgreSQL and Redis is tried in `test/services`.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import { afterEach, describe, expect, test } from 'vitest'
import type { AuthOptions } from '../index.ts'
import { openHouse } from '../server.ts'
import { sqlite } from '../sqlite.ts'
import type { IPasswordStore, ISessionStore, IUserStore } from '../stores.ts'
import { examine } from './checks.ts'
import type { Finding } from './finding.ts'
import { readSettings } from './settings.ts'
import { createDesk, freePort, secret } from './test-desk.ts'

const desk = createDesk()
const folders: string[] = []
afterEach(async () => {
  await desk.clear()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'))
  folders.push(folder)
  return folder
}

/** Has these options looked at as if they stood in the config file. */
async function look(options: Partial<AuthOptions>, env: Record<string, string> = {}): Promise<Record<string, Finding>> {
  const dataDir = join(emptyFolder(), 'data')
  const settings = await readSettings({ dataDir, port: await freePort() }, { KEYWRIGHT_SECRET: secret, ...env })
  const { location } = options.storage ?? {}
  const databaseUrl = location === undefined ? settings.of.databaseUrl : { value: location, source: 'config' as const }
  const findings = await examine({ ...settings, config: options, of: { ...settings.of, databaseUrl } }, true)
  return Object.fromEntries(findings.map((found) => [found.check, found]))
}

const nobody = async () => undefined
const unasked = () => Promise.reject(new Error('nobody asks this'))
const users: IUserStore = {
  findById: nobody,
  findByIdentifier: nobody,
  create: unasked,
  update: unasked,
  delete: unasked,
  list: async () => ({ users: [] }),
}
const sessions: ISessionStore = {
  createSession: unasked,
  getSession: nobody,
  getSessionsForUser: async () => [],
  updateSessionLastActive: unasked,
  revokeSession: unasked,
  revokeAllSessionsForUser: unasked,
  getAllSessions: async () => [],
  deleteExpiredSessions: unasked,
}
const passwords: IPasswordStore = { find: nobody, set: unasked }

describe('stores of the application', () => {
  test('each is asked for somebody who does not exist, and only read', async () => {
    expect(await look({ stores: { users, sessions, passwords } })).toMatchObject({
      'store of users': { level: 'ok', detail: 'answers' },
      'store of sessions': { level: 'ok', detail: 'answers' },
      'store of passwords': { level: 'ok', detail: 'answers' },
    })
  })

  test('an application without stores of its own hears nothing of them', async () => {
    expect(Object.keys(await look({})).filter((check) => check.startsWith('store'))).toEqual([])
  })

  test('a store that throws is a fault, with what it threw and what to do', async () => {
    const down = () => Promise.reject(new Error('relation "customer" does not exist'))
    const found = await look({ stores: { users: { ...users, findByIdentifier: down }, passwords: { ...passwords, find: down } } })
    for (const check of ['store of users', 'store of passwords'])
      expect(found[check]).toMatchObject({
        level: 'fault',
        ok: false,
        detail: expect.stringContaining('relation "customer" does not exist'),
        remedy: expect.stringContaining('keywright/testing'),
      })
  })

  test('a method that has to be there and is not is a fault', async () => {
    const { update: _, ...without } = users
    expect((await look({ stores: { users: without as IUserStore } }))['store of users']).toMatchObject({
      level: 'fault',
      detail: expect.stringContaining('it has no update'),
    })
  })

  test('a method that need not be there is named with what there is not without it', async () => {
    const { list: _, ...listless } = users
    const { deleteExpiredSessions: __, ...kept } = sessions
    const found = await look({ stores: { users: listless, sessions: kept } })
    expect(found['store of users']).toMatchObject({ level: 'advice', ok: true, detail: expect.stringContaining('list(): ') })
    expect(found['store of sessions']).toMatchObject({
      level: 'advice',
      detail: expect.stringContaining('deleteExpiredSessions(): there is no POST /sessions/cleanup'),
    })
  })

  test('a store that has an answer for everybody, or rows that cannot be read, is a fault', async () => {
    const row = { id: 'u1', poolId: 'default', identifiers: [], role: 'user', createdAt: new Date(0) } as never
    const anybody = await look({
      stores: { users: { ...users, findById: async () => row }, passwords: { ...passwords, find: async () => '' } },
    })
    expect(anybody['store of users']).toMatchObject({ level: 'fault', detail: expect.stringContaining('where there is none') })
    expect(anybody['store of passwords']).toMatchObject({ level: 'fault' })
    const unreadable = await look({ stores: { users: { ...users, list: async () => ({ users: [{ id: 7 } as never] }) } } })
    expect(unreadable['store of users']).toMatchObject({ level: 'fault', detail: expect.stringContaining('id') })
  })

  test('through the command, from the config file; a fault makes the exit code one of a boot', async () => {
    const { cwd, dir } = desk.configured(`
      const broken = () => Promise.reject(new Error('the pool is closed'))
      export default { stores: { passwords: { find: broken, set: broken } } }
    `)
    const args = ['doctor', '--dev', '--json', '--port', String(await freePort()), '--data-dir', dir]
    const { code, stdout } = await desk.run(args, {}, cwd)
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    expect(code).toBe(3)
    expect(findings.find(({ check }) => check === 'store of passwords')).toMatchObject({
      level: 'fault',
      detail: 'stores.passwords cannot be read: the pool is closed',
    })
    const said = await desk.run(
      args.filter((word) => word !== '--json'),
      {},
      cwd,
    )
    expect(said.stdout).toContain('FAULT  store of passwords')
    expect(said.stdout).toContain('Run its suite of keywright/testing')
  })
})

describe('the bus', () => {
  test('what another process commits to a file is seen, and the file is as it was', async () => {
    const path = join(emptyFolder(), 'identity.db')
    const storage = sqlite(path)
    const house = openHouse({ options: { baseUrl: 'http://127.0.0.1', secret, storage } })
    await house.schema.up()
    await house.close()
    const file = new Libsql(path)
    file.exec('pragma user_version = 7')
    expect((await look({ storage })).bus).toMatchObject({
      level: 'ok',
      detail: expect.stringMatching(/^heard after \d+ ms in the file, where a node looks every 25 ms$/),
    })
    expect(file.prepare('pragma user_version').all()).toEqual([{ user_version: 7 }])
    file.close()
  })

  test('nobody has to hear of a database in memory', async () => {
    expect((await look({ storage: sqlite(':memory:') })).bus).toMatchObject({
      level: 'ok',
      detail: expect.stringContaining('not needed'),
    })
  })
})

describe('proxies', () => {
  const proxy = async (trusted: string, host: string) =>
    (
      await look(
        {},
        {
          KEYWRIGHT_BASE_URL: 'https://id.example.com',
          KEYWRIGHT_HOST: host,
          ...(trusted && { KEYWRIGHT_TRUST_PROXY: trusted }),
        },
      )
    ).proxy

  test('everybody may not speak for everybody', async () => {
    expect(await proxy('0.0.0.0/0', '0.0.0.0')).toMatchObject({
      level: 'advice',
      detail: expect.stringContaining('every address'),
    })
    expect(await proxy('10.0.0.1, ::/0', '0.0.0.0')).toMatchObject({ level: 'advice' })
  })

  test('a proxy elsewhere does not reach a server that listens on loopback', async () => {
    expect(await proxy('10.0.0.0/8', '127.0.0.1')).toMatchObject({
      level: 'advice',
      remedy: expect.stringContaining('Add 127.0.0.1'),
    })
    expect(await proxy('10.0.0.0/8', '0.0.0.0')).toMatchObject({ level: 'ok' })
    expect(await proxy('127.0.0.1', '127.0.0.1')).toMatchObject({ level: 'ok' })
    expect(await proxy('::1', '127.0.0.1')).toMatchObject({ level: 'ok' })
  })

  test('https with no proxy named makes one person of all', async () => {
    expect(await proxy('', '0.0.0.0')).toMatchObject({
      level: 'advice',
      remedy: expect.stringContaining('KEYWRIGHT_TRUST_PROXY'),
    })
  })
})
