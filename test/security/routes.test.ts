import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { features } from '../../src/app/features.ts'
import { engines, type OpenedEngine } from '../engines.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { ada, bodyOf, everythingOn, guarded, type MountedRoute, mutating, routes, words } from './routes.ts'

type House = ReturnType<typeof houseOn>
const csrfOf = ({ jar }: Device) => ({ 'x-csrf-token': jar.get('__Host-keywright-csrf') ?? '' })
const call = (from: Device, route: MountedRoute, headers: Record<string, string> = {}, params = {}) =>
  from.send(route.endpoint.method, route.path(params), bodyOf(route), headers)

/** Every row of every table, so that "nothing was written" can be said. */
async function everything({ database, background }: House): Promise<string> {
  await background.settled()
  const tables = Object.values(features).flatMap(({ tables }) => Object.keys(tables ?? {}))
  const db = database.everything<Record<string, object>>()
  const rowsOf = async (table: string) =>
    (await db.selectFrom(table).selectAll().execute()).map((row) => JSON.stringify(row)).sort()
  return JSON.stringify(await Promise.all(tables.map(rowsOf)))
}

test('every mounted route is known to the tests below, and no other is documented', async () => {
  const house = houseOn(storageAt(':memory:'), { ...everythingOn, http: { docs: true } })
  const { paths } = (await (await house.auth.handle(new Request('https://app.example.com/auth/openapi.json'))).json()) as {
    paths: Record<string, Record<string, unknown>>
  }
  const documented = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
  const known = routes.map(({ endpoint: { method, path, root } }) => {
    const shown = path.replace(/:(\w+)/g, '{$1}')
    return `${method.toLowerCase()} ${root ? '' : '/auth'}${shown}`
  })
  expect([...documented].sort()).toEqual([...known].sort())
  for (const route of routes) expect(() => bodyOf(route)).not.toThrow()
  await house.auth.close()
})

describe.each(engines)('every route, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: House
  let laptop: Device
  let people = 0

  beforeAll(async () => {
    engine = await open()
    // Nothing is dispatched by the clock: it would change rows between two looks.
    house = houseOn(engine.storage, { ...everythingOn, infra: { runJobs: false } })
    await device(house).send('POST', '/auth/register', ada)
  })
  beforeEach(async () => {
    people += 1
    laptop = await somebody(`somebody-${people}@example.com`)
  })
  afterAll(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  async function somebody(email: string): Promise<Device> {
    const browser = device(house)
    expect((await browser.send('POST', '/auth/register', { ...ada, email })).status).toBe(201)
    return browser
  }

  test.each(mutating)('CS-01: $id, sent by another site with our cookies, is refused before its handler', async (route) => {
    const before = await everything(house)
    for (const site of ['cross-site', 'same-site', 'nonsense']) {
      const cookies = new Map(laptop.jar)
      const answer = await call(laptop, route, { ...csrfOf(laptop), 'sec-fetch-site': site, origin: 'https://evil.example' })
      expect(answer).toMatchObject({ status: 403, body: { code: 'csrf_rejected' } })
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(laptop.jar).toEqual(cookies)
    }
    expect(await everything(house)).toBe(before)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
  })

  test.each(mutating)('CS-02: $id, sent without fetch metadata, needs an own origin or the signed token', async (route) => {
    const before = await everything(house)
    const bare = (headers: Record<string, string>) => {
      const cookie = [...laptop.jar].map(([name, value]) => `${name}=${value}`).join('; ')
      return device(house).send(route.endpoint.method, route.path(), bodyOf(route), { 'sec-fetch-site': '', cookie, ...headers })
    }
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://app.example.com.evil.example' },
      { referer: 'https://app.example.com/' },
      {},
      { 'x-csrf-token': 'made up' },
    ]) {
      expect(await stripped(bare(headers)), JSON.stringify(headers)).toEqual([403, 'csrf_rejected'])
    }
    expect(await everything(house)).toBe(before)
    expect((await stripped(bare({ ...csrfOf(laptop) })))[1]).not.toBe('csrf_rejected')
  })

  test.each(mutating)('CS-07: $id is reached by no other method, header or field', async (route) => {
    const before = await everything(house)
    for (const method of ['GET', 'HEAD']) {
      const answer = await laptop.send(method, route.path(), undefined, { 'x-http-method-override': route.endpoint.method })
      const isAnotherRoute = routes.some(({ endpoint }) => endpoint.method === 'GET' && endpoint.path === route.endpoint.path)
      // What a link leads to, which changes nothing, or leads on.
      const isPage = answer.status === 303 || answer.headers.get('content-type')?.startsWith('text/html')
      expect(isAnotherRoute || isPage ? [200, 303, 400] : [405]).toContain(answer.status)
    }
    const override = { 'x-http-method-override': route.endpoint.method, 'x-method-override': route.endpoint.method }
    const query = await laptop.send('GET', `/auth/me?_method=${route.endpoint.method}`, undefined, override)
    expect(query).toMatchObject({ status: 200, body: { email: expect.any(String) } })
    expect(await everything(house)).toBe(before)
  })

  test('HT-10, CS-10: no answer of any route may be stored, sniffed, framed or embedded', async () => {
    for (const route of routes) {
      for (const from of [device(house), laptop]) {
        const { headers, status } = await call(from, route, csrfOf(from))
        const said = Object.fromEntries(headers)
        const about = `${route.id} ${status}`
        if (route.endpoint.cacheSeconds === undefined) expect(said['cache-control'], about).toBe('no-store')
        expect(said['content-security-policy'], about).toMatch(/frame-ancestors 'none'/)
        expect(said['content-security-policy'], about).not.toMatch(/unsafe-inline/)
        expect(said, about).toMatchObject({
          'x-content-type-options': 'nosniff',
          'cross-origin-resource-policy': 'same-origin',
          'cross-origin-opener-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'strict-transport-security': expect.stringMatching(/^max-age=(3153[6-9]|31[6-9]|3[2-9]|[4-9])\d+/),
        })
      }
      laptop = await somebody(`${route.id.toLowerCase()}@example.com`)
    }
  })

  test('CS-10: a cross-site page that embeds an answer as a sub-resource gets nothing', async () => {
    for (const site of ['cross-site', 'same-site']) {
      for (const destination of ['script', 'image', 'style', 'object']) {
        const embed = { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': destination }
        expect((await laptop.send('GET', '/auth/me', undefined, embed)).status).toBe(403)
      }
    }
    const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    expect((await laptop.send('GET', '/auth/me', undefined, followed)).status).toBe(200)
  })

  const idsOf = (path: string) => (path.match(/:\w+/g) ?? []).map((name) => name.slice(1)).filter((name) => !(name in words))
  test.each(routes.filter(({ endpoint }) => idsOf(endpoint.path).length > 0))(
    "AZ-01: $id with an id of another user's is answered as if there were none, and other verbs are no way in",
    async (route) => {
      const mallory = await somebody('mallory@example.com')
      const owned: Record<string, string | undefined> = {
        sessionHandle: laptop.jar.get('__Host-keywright-session')?.split('.')[0],
      }
      for (const name of idsOf(route.endpoint.path)) expect(owned[name], `an id of another for ${name}`).toBeDefined()
      const masked = async (params: object) => {
        const { status, body, headers } = await call(mallory, route, csrfOf(mallory), params)
        return { status, body: { ...body, instance: '' }, headers: [...headers].filter(([name]) => name !== 'x-correlation-id') }
      }
      const foreign = await masked(owned)
      expect(foreign.status).toBe(404)
      expect(foreign).toEqual(await masked({}))
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((verb) => verb !== route.endpoint.method)) {
        expect((await mallory.send(method, route.path(owned as Record<string, string>))).status).toBe(405)
      }
      expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
    },
  )
})

/** Whether any of these credentials still opens a door. */
async function isIn(house: ReturnType<typeof houseOn>, ...credentials: Record<string, string>[]): Promise<boolean> {
  const answers = await Promise.all(credentials.map((headers) => device(house).send('GET', '/auth/me', undefined, headers)))
  return answers.some(({ status }) => status === 200)
}

describe.each(engines.filter(({ name }) => name !== 'sqlite-memory'))('two houses on one $name', ({ open }) => {
  test.each(guarded)(
    'SES-04: $id refuses a revoked session: on the next request where it was ended, elsewhere as soon as it is heard',
    async (route) => {
      const engine = await open()
      const houses = [houseOn(engine.storage, everythingOn), houseOn(storageAt(engine.location ?? ''), everythingOn)] as const
      const [here, there] = houses
      const browser = device(here)
      const owner = (await browser.send('POST', '/auth/register', ada)).body
      const bearer = { 'x-auth-strategy': 'bearer' }
      const { accessToken } = (await device(here).send('POST', '/auth/login', ada, bearer)).body
      const authorization = `Bearer ${accessToken}`
      const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const csrf = csrfOf(browser)
      for (const house of houses) {
        expect((await device(house).send('GET', '/auth/me', undefined, { cookie })).status).toBe(200)
        expect((await device(house).send('GET', '/auth/me', undefined, { authorization })).status).toBe(200)
      }
      const { sessions } = await there.auth.asSystem('test').sessions.list({ userId: owner.user.id })
      expect(sessions).toHaveLength(2)
      for (const { sessionHandle } of sessions) await there.auth.asSystem('test').sessions.revoke({ sessionHandle })
      for (const house of [there, here]) {
        // Where it was ended the next request is refused; another house has to hear of it.
        if (house === here) await expect.poll(() => isIn(here, { cookie }, { authorization })).toBe(false)
        for (const credential of [{ cookie, ...csrf }, { authorization }]) {
          const answer = await call(device(house), route, credential as Record<string, string>)
          expect(answer).toMatchObject({ status: 401, body: { code: 'session_revoked' } })
        }
      }
      await Promise.all(houses.map((house) => house.auth.close()))
      await engine.cleanup()
    },
  )
})

async function stripped(answer: ReturnType<Device['send']>): Promise<[number, string]> {
  const { status, body } = await answer
  return [status, body.code]
}
