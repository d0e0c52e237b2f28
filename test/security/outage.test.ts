import { createServer } from 'node:http'
import Libsql from 'libsql'
import { afterEach, describe, expect, test } from 'vitest'
import { toNode } from '../../src/node.ts'
import { engines } from '../engines.ts'
import { layWire } from '../faults/wire.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { clientPasswords } from '../stores/passwords.ts'
import { failingStorage, leak } from './failing.ts'
import { ada, bodyOf, everythingOn, routes } from './routes.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** These answer from what a process holds in memory. */
const needNoDatabase = ['sessions.csrf', 'signing.jwks', 'password.advice']
const bearer = { 'x-auth-strategy': 'bearer' }
const csrfOf = ({ jar }: Device) => ({ 'x-csrf-token': jar.get('__Host-keywright-csrf') ?? '' })

/** A house with somebody at a browser and somebody with tokens; every route that needs the database is asked. */
async function inhabited(storage: Parameters<typeof houseOn>[0], http: Parameters<typeof houseOn>[1] = {}) {
  const house = houseOn(storage, { ...everythingOn, ...http })
  closers.push(() => house.auth.close())
  const browser = device(house)
  expect((await browser.send('POST', '/auth/register', ada)).status).toBe(201)
  const { body: tokens } = await device(house).send('POST', '/auth/login', ada, bearer)
  const askAll = async () => {
    const answers = []
    for (const route of routes.filter(({ id }) => !needNoDatabase.includes(id))) {
      const body = route.id === 'sessions.refresh' || route.id === 'sessions.logout' ? {} : bodyOf(route)
      const answer = await browser.send(route.endpoint.method, route.path(), body, csrfOf(browser))
      answers.push({ id: route.id, ...answer })
    }
    return answers
  }
  return { house, browser, tokens, askAll }
}

describe.each(['outage', 'bug'] as const)('a database that fails like a %s', (how) => {
  test('LG-02: under every route the answer is a generic problem with an id, and nobody is logged out', async () => {
    const { storage, fail } = failingStorage()
    const { browser, askAll } = await inhabited(storage)
    const cookies = new Map(browser.jar)
    fail(how)
    const answers = await askAll()
    fail(undefined)
    expect(answers).toHaveLength(routes.length - needNoDatabase.length)
    for (const { id, status, body, headers } of answers) {
      expect(how === 'outage' ? [503] : [500, 503], id).toContain(status)
      expect(body, id).toMatchObject({ code: status === 503 ? 'unavailable' : 'internal_error', status })
      expect(body, id).toHaveProperty('instance', expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/))
      expect(JSON.stringify([body, [...headers]]), id).not.toMatch(/select|password|srv|identity\.db|TypeError|SQLITE|node:|\.ts/)
      expect(headers.get('retry-after'), id).toBe(status === 503 ? '1' : null)
      expect(headers.getSetCookie(), id).toEqual([])
    }
    expect(browser.jar).toEqual(cookies)
    expect((await browser.send('GET', '/auth/me')).status).toBe(200)
  })

  test('LG-04: a guard lets nobody in, and authenticate() says that it cannot know', async () => {
    const { storage, fail } = failingStorage()
    const { house, tokens } = await inhabited(storage)
    let reached = 0
    const { guard } = toNode(house.auth)
    const server = createServer(
      guard((_req, res) => {
        reached += 1
        res.end()
      }),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    const address = server.address()
    const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`
    const headers = { authorization: `Bearer ${tokens.accessToken}` }
    fail(how)
    const answer = await fetch(origin, { headers })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await answer.text()).not.toContain(leak)
    expect(await house.auth.authenticate({ headers })).toMatchObject({ status: 'unavailable', error: { code: 'unavailable' } })
    await expect(house.auth.require({ headers })).rejects.toMatchObject({ code: 'unavailable' })
    fail(undefined)
    expect(reached).toBe(0)
    expect((await house.auth.require({ headers })).userId).toBe(tokens.user.id)
  })

  test('LG-04: what a node knows for certain it goes on to know; a strict guard asks, and lets nobody in', async () => {
    const { storage, fail } = failingStorage()
    const { house, tokens } = await inhabited(storage)
    const headers = { authorization: `Bearer ${tokens.accessToken}` }
    await house.auth.require({ headers })
    fail(how)
    expect((await house.auth.require({ headers })).userId).toBe(tokens.user.id)
    await expect(house.auth.require({ headers }, { strict: true })).rejects.toMatchObject({ code: 'unavailable' })
  })
})

const boom = () => {
  throw new Error(leak)
}
test('PW-01: whoever logs in while the store of passwords is away is not told which accounts there are', async () => {
  const passwords = clientPasswords()
  const { find } = passwords
  const house = houseOn(storageAt(':memory:'), { stores: { passwords } })
  closers.push(() => house.auth.close())
  await device(house).send('POST', '/auth/register', ada)
  const login = async (email: string) => {
    const { status, body } = await device(house).send('POST', '/auth/login', { email, password: 'not this one' })
    return [status, body.code]
  }
  const both = () => Promise.all([login(ada.email), login('nobody@example.com')])
  expect(await both()).toEqual(Array(2).fill([401, 'invalid_credentials']))
  passwords.find = async () => boom()
  expect(await both()).toEqual(Array(2).fill([503, 'unavailable']))
  passwords.find = find
  expect(await both()).toEqual(Array(2).fill([401, 'invalid_credentials']))
})

const broken = [
  { what: 'beforeRegister', path: '/auth/register', options: { hooks: { beforeRegister: boom } } },
  { what: 'beforeLogin', path: '/auth/login', options: { hooks: { beforeLogin: boom } } },
  { what: 'buildTokenPayload', path: '/auth/register', options: { sessions: { buildTokenPayload: boom } } },
]

test.each(broken)(
  'LG-02: $what of the application throws: a generic problem, and no session begins',
  async ({ path, options }) => {
    const house = houseOn(storageAt(':memory:'), options)
    closers.push(() => house.auth.close())
    await house.auth.ready()
    const enrol = await house.service('password').provision(ada.password, false)
    const ctx = house.systemCtx('test')
    const users = house.service('users')
    if (path === '/auth/login') {
      const user = users.draft(ctx, { identifier: users.read(ada.email) })
      await users.create(ctx, user, enrol)
    }
    const { status, body, headers } = await device(house).send('POST', path, ada)
    expect([status, body.code]).toEqual([500, 'internal_error'])
    expect(JSON.stringify(body)).not.toContain('select')
    expect(headers.getSetCookie()).toEqual([])
    expect(await house.database.everything<{ session: object }>().selectFrom('session').selectAll().execute()).toEqual([])
  },
)

describe.each(engines.filter(({ name }) => name === 'postgres'))('KX-05: $name away', ({ open }) => {
  test('every answer is 503 and touches no cookie; with its return the same cookie and tokens work, within 5 s', async () => {
    const engine = await open()
    closers.push(engine.cleanup)
    const wire = await layWire(engine.location ?? '')
    closers.push(() => wire.close())
    // With limits: the shared ones are counted in this process meanwhile, and never open.
    const login = { address: { limit: 12, per: 300_000 }, shared: true }
    const { house, browser, tokens, askAll } = await inhabited(storageAt(wire.url), { http: { limits: { login } } })
    const cookies = new Map(browser.jar)
    const headers = { authorization: `Bearer ${tokens.accessToken}` }

    wire.cut()
    for (const { id, status, body, headers } of await askAll()) {
      expect([status, body.code], id).toEqual([503, 'unavailable'])
      expect(Number(headers.get('retry-after')), id).toBeGreaterThan(0)
      expect(headers.getSetCookie(), id).toEqual([])
    }
    expect(browser.jar).toEqual(cookies)
    expect((await house.auth.authenticate({ headers })).status).toBe('unavailable')
    const guesses = []
    for (let i = 0; i < 14; i += 1) guesses.push((await device(house, '203.0.113.7').send('POST', '/auth/login', ada)).status)
    expect(guesses).toEqual([...Array(12).fill(503), 429, 429])

    wire.restore()
    const since = performance.now()
    expect((await browser.send('GET', '/auth/me')).status).toBe(200)
    expect(performance.now() - since).toBeLessThan(5_000)
    expect((await browser.send('POST', '/auth/refresh', {})).status).toBe(200)
    expect((await device(house).send('GET', '/auth/me', undefined, headers)).status).toBe(200)
    const refreshed = await device(house).send('POST', '/auth/refresh', { refreshToken: tokens.refreshToken }, bearer)
    expect(refreshed.status).toBe(200)
  })
})

describe.each(engines.filter(({ name }) => name === 'sqlite-file'))('KX-05: $name held by another writer', ({ open }) => {
  test('what writes is 503 and not 500, what reads goes on, and nobody is logged out', async () => {
    const engine = await open()
    closers.push(engine.cleanup)
    const { house, browser } = await inhabited(engine.storage)
    const cookies = new Map(browser.jar)
    await house.background.settled() // what is done after an answer writes, too
    const other = new Libsql(engine.location ?? '')
    other.exec('begin exclusive')
    const answers = await Promise.all([
      browser.send('POST', '/auth/refresh', {}),
      device(house).send('POST', '/auth/login', ada),
      browser.send('PATCH', '/auth/me', { firstName: 'Ada' }),
      browser.send('POST', '/auth/logout', {}),
    ])
    for (const { status, body, headers } of answers) {
      expect([status, body.code]).toEqual([503, 'unavailable'])
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      expect(headers.getSetCookie()).toEqual([])
    }
    expect((await browser.send('GET', '/auth/me')).status).toBe(200)
    other.exec('rollback')
    other.close()
    expect(browser.jar).toEqual(cookies)
    expect((await browser.send('POST', '/auth/refresh', {})).status).toBe(200)
  })
})
