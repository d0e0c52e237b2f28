import { createServer, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toNode } from '../../src/node.ts'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { ada } from './routes.ts'
import { openSockets, type Sockets } from './sockets.ts'
import { stopwatch } from './timing-rule.ts'

type House = ReturnType<typeof houseOn>
const listed = 'https://spa.example.net'

describe('hostile HTTP over a socket', () => {
  let house: House
  let origin: string
  let sockets: Sockets
  let close: () => Promise<unknown>
  const prototypes = () => [...Object.getOwnPropertyNames(Object.prototype), ...Object.getOwnPropertyNames(Array.prototype)]
  const before = prototypes()

  beforeAll(async () => {
    house = houseOn(storageAt(':memory:'), { http: { origins: [listed] } })
    await device(house).send('POST', '/auth/register', ada)
    const server = createServer(toNode(house.auth).routes)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`
    sockets = await openSockets(origin, 1)
    close = () => new Promise((resolve) => server.close(resolve))
  })
  afterAll(async () => {
    // After all of the below: alive, and no prototype has grown a key.
    expect((await sockets.send('POST', '/auth/login', ada)).status).toBe(200)
    expect(prototypes()).toEqual(before)
    sockets.close()
    await close()
    await house.auth.close()
  })

  /** Sends bytes as they are. */
  function raw(
    path: string,
    bytes: Buffer,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; connection: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, origin), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        response.resume()
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection ?? '' })
      })
      sent.end(bytes)
    })
  }
  const login = (text: string, headers?: Record<string, string>) => raw('/auth/login', Buffer.from(text), headers)

  test('HT-01: over 64 KiB is 413 and closes the connection, by its length and in chunks; a compressed body is not opened', async () => {
    const large = JSON.stringify({ ...ada, password: 'x'.repeat(65 * 1024) })
    expect(await login(large, { 'content-length': String(large.length) })).toEqual({ status: 413, connection: 'close' })
    expect(await login(large, { 'transfer-encoding': 'chunked' })).toEqual({ status: 413, connection: 'close' })
    for (const coding of ['gzip', 'deflate', 'br', 'gzip, identity']) {
      expect((await login('compressed', { 'content-encoding': coding })).status).toBe(415)
    }
  })

  test('HT-02: depth, number of keys and huge numbers are 400 within a moment', async () => {
    const bombs = [
      `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
      `{${Array.from({ length: 3_000 }, (_, nr) => `"k${nr}":1`).join(',')}}`,
      `{"email":"ada@example.com","password":${'9'.repeat(60_000)}}`,
      '{"email":"ada@example.com","password":1e999999}',
    ]
    for (const bomb of bombs) {
      const took: number[] = []
      for (let time = 0; time < 3; time += 1) {
        const since = stopwatch()
        expect((await login(bomb)).status).toBe(400)
        took.push(since().cpu)
      }
      // The least: garbage of those before us may be collected in any of them, but not in each.
      expect(Math.min(...took)).toBeLessThan(100)
    }
  })

  test('HT-04: keys that reach a prototype are refused in JSON and query, and mean nothing in a cookie', async () => {
    for (const key of ['"__proto__":{"role":"admin"}', '"constructor":{"prototype":{"role":"admin"}}', '"\\u005f_proto__":1']) {
      expect((await login(`{"email":"ada@example.com","password":"x",${key}}`)).status).toBe(400)
    }
    expect((await sockets.send('GET', '/auth/sessions?__proto__[role]=admin')).status).toBe(401)
    expect((await sockets.send('GET', '/auth/me', undefined, { cookie: '__proto__=1; constructor=2' })).status).toBe(401)
    expect(({} as { role?: string }).role).toBeUndefined()
  })

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'bearer \t',
    'Bearer a b',
    'Basic !!!',
    'Bearer %00',
    `Bearer ${'A'.repeat(9_000)}`,
    'Digest x',
  ])('HT-08: Authorization %j is 401, never a crash', async (authorization) => {
    expect([401, 431]).toContain((await sockets.send('GET', '/auth/me', undefined, { authorization })).status)
  })

  test.each([
    '=',
    ';;;',
    'a',
    '=;=',
    '__Host-keywright-session',
    '__Host-keywright-session="',
    '__Host-keywright-session=%',
    '\u00ff=\u00fe',
  ])('HT-08: Cookie %j is 401, never a crash', async (cookie) => {
    expect((await sockets.send('GET', '/auth/me', undefined, { cookie })).status).toBe(401)
  })

  test('CS-08: only a listed origin reads answers, to the letter, and there is never a star', async () => {
    const hostile = [
      'null',
      `${listed}.evil.example`,
      'https://evilspa.example.net',
      'http://spa.example.net',
      `${listed}:8443`,
      '*',
    ]
    for (const from of hostile) {
      for (const method of ['GET', 'OPTIONS']) {
        const { headers } = await sockets.send(method, '/auth/me', undefined, {
          origin: from,
          'access-control-request-method': 'GET',
        })
        expect(headers['access-control-allow-origin'], from).toBeUndefined()
        expect(headers['access-control-allow-credentials'], from).toBeUndefined()
        expect(headers.vary ?? '', from).toMatch(/origin/i)
      }
    }
    const { headers } = await sockets.send('GET', '/auth/me', undefined, { origin: listed })
    expect(headers).toMatchObject({ 'access-control-allow-origin': listed, 'access-control-allow-credentials': 'true' })
    expect(headers.vary).toMatch(/origin/i)
  })
})

describe.each(engines)('HT-05: characters no identifier may have, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: House
  beforeAll(async () => {
    engine = await open()
    house = houseOn(engine.storage)
  })
  afterAll(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  test.each(['\u0000', '\u0007', '\u001b', '\u0085', '\u202e', '\u2066', '\ud800', '\udfff'])(
    '%j is 400 everywhere',
    async (char) => {
      const browser = device(house)
      const email = `a${char}da@example.com`
      expect((await browser.send('POST', '/auth/register', { ...ada, email })).status).toBe(400)
      expect((await browser.send('POST', '/auth/login', { ...ada, email })).status).toBe(400)
      expect((await browser.send('POST', '/auth/register', { ...ada, firstName: `A${char}da` })).status).toBe(400)
      expect((await house.auth.asSystem('test').users.list()).users).toEqual([])
    },
  )

  test('overlong and broken UTF-8 is 400', async () => {
    for (const bytes of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0xe0, 0x80, 0xaf]]) {
      const body = Buffer.concat([
        Buffer.from('{"email":"a'),
        Buffer.from(bytes),
        Buffer.from('@example.com","password":"correct horse"}'),
      ])
      const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
      const url = 'https://app.example.com/auth/register'
      expect((await house.auth.handle(new Request(url, { method: 'POST', headers, body }))).status).toBe(400)
    }
  })
})
