import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cookieOf, req, testCore } from './test-core.ts'

const { core } = testCore({ limits: false })
const login = (body: unknown, headers = {}) => core.handle(req('POST', '/auth/login', headers, body))
const outcome = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code]
const nest = (depth: number, leaf: unknown): unknown => (depth === 0 ? leaf : [nest(depth - 1, leaf)])

function chunks(total: number): { body: ReadableStream<Uint8Array>; sent: () => number } {
  let sent = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent >= total) return controller.close()
        controller.enqueue(new Uint8Array(8192).fill(32))
        sent += 8192
      },
    },
    { highWaterMark: 0 },
  )
  return { body, sent: () => sent }
}

describe('bodies that are too much', () => {
  test('over 64 KiB by its length is 413 and closes the connection', async () => {
    const answer = await login({ name: 'a'.repeat(70_000) })
    expect(await outcome(answer)).toEqual([413, 'payload_too_large'])
    const announced = await login({ name: 'a' }, { 'content-length': '70000' })
    expect([announced.status, announced.headers.get('connection')]).toEqual([413, 'close'])
  })

  test('over 64 KiB in chunks is 413, and no more than the limit is read', async () => {
    const { body, sent } = chunks(100 * 1024 * 1024)
    expect(await outcome(await login(body))).toEqual([413, 'payload_too_large'])
    expect(sent()).toBeLessThanOrEqual(72 * 1024)
  })

  test('a compressed body is refused unread', async () => {
    for (const encoding of ['gzip', 'br', 'deflate', 'gzip, identity']) {
      expect(await outcome(await login({ name: 'a' }, { 'content-encoding': encoding }))).toEqual([415, 'unsupported_media_type'])
    }
    expect((await login({ name: 'a' }, { 'content-encoding': 'identity' })).status).toBe(200)
  })

  test('JSON nested deeper than 32, or with thousands of keys, is refused before a parser sees it', async () => {
    expect((await login({ name: 'a', nested: nest(31, 1) })).status).toBe(200)
    expect(await outcome(await login({ name: 'a', nested: nest(32, 1) }))).toEqual([400, 'validation_failed'])
    expect(await outcome(await login('['.repeat(60_000)))).toEqual([400, 'validation_failed'])
    const keys = Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`k${index}`, 1]))
    expect(await outcome(await login({ name: 'a', nested: keys }))).toEqual([400, 'validation_failed'])
  })

  test('brackets inside strings are text', async () => {
    expect((await login({ name: '[{'.repeat(100), nested: '\\"[[[' })).status).toBe(200)
  })
})

describe('bodies that reach for a prototype', () => {
  test('__proto__, and constructor over prototype, are refused at any depth and spelling', async () => {
    const bodies = [
      '{"name":"a","__proto__":{"admin":true}}',
      '{"name":"a","nested":[{"x":{"__proto__":1}}]}',
      '{"name":"a","\\u005f_proto__":{}}',
      '{"name":"a","nested":{"constructor":{"prototype":{"admin":true}}}}',
    ]
    for (const body of bodies)
      expect(await outcome(await login(body, { 'content-type': 'application/json' }))).toEqual([400, 'validation_failed'])
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('a query that reaches for a prototype is refused', async () => {
    expect((await core.handle(req('GET', '/auth/items/1?__proto__=1'))).status).toBe(400)
  })
})

describe('bodies that are not JSON', () => {
  test('bad UTF-8 and bad JSON are 400 and quote nothing', async () => {
    const bytes = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array([0x22, 0xc0, 0xaf, 0x22]))
        controller.close()
      },
    })
    expect(await outcome(await login(bytes))).toEqual([400, 'validation_failed'])
    const answer = await login('{"name": canary', { 'content-type': 'application/json' })
    expect([answer.status, await answer.text()]).toEqual([400, expect.not.stringContaining('canary')])
  })

  test('a body without a content type is 415', async () => {
    const bytes = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"name":"a"}'))
        controller.close()
      },
    })
    expect((await login(bytes, { 'content-type': undefined })).status).toBe(415)
  })

  test('a stream that breaks is a refusal, not a crash', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error('ECONNRESET')) })
    expect(await outcome(await login(broken))).toEqual([400, 'validation_failed'])
  })

  test('the body of a GET is ignored', async () => {
    expect((await core.handle(req('GET', '/auth/health', { 'content-type': 'text/plain' }))).status).toBe(200)
  })
})

describe('whatever is sent', () => {
  const canary = 'cAnArY7f3e9'
  const headerText = fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 200,
  })
  const noisy = fc.tuple(headerText, headerText).map(([before, after]) => `${before}${canary}${after}`)

  async function assertQuiet(answer: Response): Promise<void> {
    const said = `${await answer.text()} ${JSON.stringify([...answer.headers])}`
    expect(answer.status).toBeLessThan(500)
    expect(said).not.toContain(canary)
  }

  test('in Authorization and Cookie: never a 500, never an echo', async () => {
    await fc.assert(
      fc.asyncProperty(noisy, noisy, fc.constantFrom('', 'Bearer ', 'Basic '), async (authorization, cookie, scheme) => {
        await assertQuiet(await core.handle(req('GET', '/auth/me', { authorization: scheme + authorization })))
        await assertQuiet(await core.handle(req('GET', '/auth/me', { cookie })))
        await assertQuiet(await core.handle(req('PATCH', '/auth/me', cookieOf(encodeURIComponent(cookie)), { name: 'Ada' })))
      }),
      { numRuns: 150 },
    )
  })

  test('as bytes of a body: never a 500, never an echo', async () => {
    const bytes = fc
      .uint8Array({ maxLength: 300 })
      .map((noise) => Buffer.concat([noise, Buffer.from(canary), noise]).toString('latin1'))
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => assertQuiet(await login(body, { 'content-type': 'application/json' }))),
      { numRuns: 150 },
    )
  })

  test('as JSON of any shape, with the canary in keys and values: never a 500, never an echo', async () => {
    const leaf = fc.oneof(fc.constant(canary), fc.double(), fc.boolean(), fc.constant(null))
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('name', 'tags', 'nested', canary), tie('value')),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(value, async (body) => assertQuiet(await login(body))),
      { numRuns: 200 },
    )
  })

  test('as a path or a query: never a 500', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.webPath(),
        fc.webQueryParameters(),
        fc.constantFrom('', '/auth', '/auth/items'),
        async (path, query, base) => {
          const answer = await core.handle(req('GET', `${base}${path}?${query}`))
          expect(answer.status).toBeLessThan(500)
        },
      ),
      { numRuns: 150 },
    )
  })
})
