import { describe, expect, test } from 'vitest'
import { cookieOf, req, testCore } from './test-core.ts'

const codeOf = async (response: Response): Promise<unknown> => ((await response.json()) as { code: unknown }).code

describe('routing', () => {
  const { core } = testCore()

  test('a known path answers, below the base path only', async () => {
    expect((await core.handle(req('GET', '/auth/health'))).status).toBe(200)
    expect((await core.handle(req('GET', '/health'))).status).toBe(404)
  })

  test('an unknown path is a problem, and says whether it is ours', async () => {
    const answer = await core.handle(req('GET', '/auth/nothing'))
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await codeOf(answer)).toBe('not_found')
    expect([core.owns('/auth/nothing'), core.owns('/auth'), core.owns('/authors'), core.owns('/orders')]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  test('a known path with another method is 405 with Allow', async () => {
    const answer = await core.handle(req('PUT', '/auth/me'))
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD, PATCH, OPTIONS')
    expect(await codeOf(answer)).toBe('method_not_allowed')
  })

  test('HEAD answers as GET does, without a body, and nowhere else', async () => {
    const answer = await core.handle(req('HEAD', '/auth/health'))
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect((await core.handle(req('HEAD', '/auth/login'))).status).toBe(405)
  })

  test('a method override header changes nothing', async () => {
    const answer = await core.handle(
      req('POST', '/auth/me', { 'x-http-method-override': 'PATCH', ...cookieOf('alice') }, { name: 'Ada' }),
    )
    expect(answer.status).toBe(405)
  })

  test('a static segment wins over a parameter', async () => {
    expect((await core.handle(req('POST', '/auth/items/special'))).status).toBe(204)
    expect((await core.handle(req('GET', '/auth/items/special'))).status).toBe(200)
  })

  test('a root endpoint answers at the root and below the base path, and sets its own cache header', async () => {
    for (const path of ['/.well-known/keys.json', '/auth/.well-known/keys.json']) {
      const answer = await core.handle(req('GET', path))
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=300'])
      expect(core.owns(path)).toBe(true)
    }
  })

  test('an endpoint of the root only is not below the base path', async () => {
    expect((await core.handle(req('GET', '/elsewhere/1'))).status).toBe(200)
    expect((await core.handle(req('GET', '/auth/elsewhere/1'))).status).toBe(404)
    expect([core.owns('/elsewhere/1'), core.owns('/elsewhere')]).toEqual([true, false])
  })

  test('the base path may be the root', async () => {
    const atRoot = testCore({ basePath: '' }).core
    expect((await atRoot.handle(req('GET', '/health'))).status).toBe(200)
    expect([atRoot.owns('/health'), atRoot.owns('/orders')]).toEqual([true, false])
  })

  test('an extra route is answered with the same headers, and its failure is a problem', async () => {
    const handle = (request: Request) => {
      if (request.url.endsWith('?fail')) throw new Error('secret detail')
      return new Response('ok', { headers: { 'cache-control': 'max-age=5' } })
    }
    const { core } = testCore({ extra: [{ method: 'GET', path: '/healthz', root: true, handle }] })
    const answer = await core.handle(req('GET', '/healthz'))
    expect([await answer.text(), answer.headers.get('cache-control'), answer.headers.get('x-content-type-options')]).toEqual([
      'ok',
      'max-age=5',
      'nosniff',
    ])
    const failed = await core.handle(req('GET', '/healthz?fail'))
    expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining('secret detail')])
  })
})

describe('input and output', () => {
  const { core } = testCore()

  test('params and query are parsed, defaults filled, and the answer is stripped to its schema', async () => {
    const answer = await core.handle(req('GET', '/auth/items/caf%C3%A9?unknown=1'))
    expect(await answer.json()).toEqual({ id: 'café', limit: 3, at: '2030-01-01T12:00:00.000Z' })
  })

  test('each refused field has a pointer and a reason, and nothing that was sent comes back', async () => {
    const answer = await core.handle(
      req('POST', '/auth/login', {}, { name: 7, canaryField: 'canary-value', tags: ['ok', { canary: 1 }] }),
    )
    const text = await answer.text()
    expect(answer.status).toBe(400)
    expect(JSON.parse(text).errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/name', '/tags/1', ''])
    expect(text).not.toMatch(/canary/)
  })

  test('a repeated query parameter is refused where one value is meant', async () => {
    expect((await core.handle(req('GET', '/auth/items/1?q=a&q=b'))).status).toBe(400)
  })

  test('a missing body is validation_failed where one is needed', async () => {
    const answer = await core.handle(req('POST', '/auth/login'))
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'validation_failed'])
  })

  test('a wrong content type is 415, with and without a body schema', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await core.handle(req('POST', '/auth/login', form, 'name=a'))).status).toBe(415)
    expect((await core.handle(req('POST', '/auth/logout', { 'content-type': 'text/plain' }, '{}'))).status).toBe(415)
  })

  test('the status of a contract is the status of the answer, and nothing to return is 204', async () => {
    expect((await core.handle(req('DELETE', '/auth/admin', cookieOf('root')))).status).toBe(204)
  })
})

describe('access', () => {
  const { core, logged } = testCore()
  const get = (headers: Record<string, string>) => core.handle(req('GET', '/auth/me', headers))

  test('a session passes by cookie and by bearer; nobody is 401', async () => {
    expect(await (await get(cookieOf('alice'))).json()).toEqual({ userId: 'alice' })
    expect(await (await get({ authorization: 'bearer alice' })).json()).toEqual({ userId: 'alice' })
    const answer = await get({})
    expect([answer.status, await codeOf(answer), answer.headers.get('www-authenticate')]).toEqual([401, 'unauthorized', 'Bearer'])
  })

  test('a refused bearer token never falls back to a good cookie', async () => {
    for (const authorization of ['Bearer nobody', 'Bearer', 'Bearer  ', 'bearer a b c']) {
      expect((await get({ authorization, ...cookieOf('alice') })).status).toBe(401)
    }
  })

  test('not knowing is 503 with Retry-After, never in and never out', async () => {
    const answer = await get(cookieOf('down'))
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.getSetCookie()]).toEqual([503, '1', []])
  })

  test('an exception inside a guard denies, and is logged', async () => {
    expect((await get(cookieOf('bug'))).status).toBe(503)
    expect(logged.at(-1)).toMatchObject([{ err: expect.any(TypeError) }, 'a caller could not be checked'])
  })

  test('a role is asked for by name', async () => {
    const answer = await core.handle(req('DELETE', '/auth/admin', cookieOf('alice')))
    expect([answer.status, await codeOf(answer)]).toEqual([403, 'forbidden'])
  })

  test('two factors lately: one factor or an old proof is step_up_required', async () => {
    const codes = await Promise.all(
      ['alice', 'stale', 'fresh'].map(async (name) => {
        const answer = await core.handle(req('POST', '/auth/sensitive', cookieOf(name)))
        return answer.status === 204 ? 'ok' : codeOf(answer)
      }),
    )
    expect(codes).toEqual(['step_up_required', 'step_up_required', 'ok'])
  })

  test('a pending login passes by the token in the body or by its cookie', async () => {
    const finish = (body: object, cookie?: string) => core.handle(req('POST', '/auth/login/code', { cookie }, body))
    expect((await finish({ loginToken: 'pending', code: '1' })).status).toBe(200)
    expect((await finish({ code: '1' }, '__Host-keywright-login=pending')).status).toBe(200)
    for (const refused of [await finish({ code: '1' }), await finish({ loginToken: 'spent', code: '1' })]) {
      expect([refused.status, await codeOf(refused)]).toEqual([401, 'login_expired'])
    }
  })

  test('who is not let in is not told what is wrong with the input', async () => {
    expect((await core.handle(req('PATCH', '/auth/me', {}, { name: 7 }))).status).toBe(401)
  })
})

describe('refusals', () => {
  const { core, logged } = testCore()
  const broken = (how: string, headers = {}) => core.handle(req('POST', '/auth/broken', headers, { how }))

  test('a declared refusal is a problem document with the id of the request', async () => {
    const id = '018f4e2a-1b2c-7d3e-8f40-123456789abc'
    const answer = await broken('declared', { 'x-correlation-id': id })
    expect(answer.headers.get('x-correlation-id')).toBe(id)
    expect(await answer.json()).toEqual({
      type: 'urn:keywright:error:shop_closed',
      title: 'The shop is closed',
      status: 409,
      detail: 'It opens tomorrow.',
      code: 'shop_closed',
      error: 'The shop is closed',
      help: 'Come back.',
      instance: `urn:uuid:${id}`,
    })
  })

  test('a correlation id that is not a short safe token is replaced', async () => {
    for (const sent of ['short', 'with spaces in it', 'x'.repeat(65), '<script>alert(1)</script>']) {
      const answer = await broken('declared', { 'x-correlation-id': sent })
      expect(answer.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  test('a bug is internal_error with an id and no detail; the log has the cause and not the input', async () => {
    const answer = await broken('throws')
    const text = await answer.text()
    expect(answer.status).toBe(500)
    expect(text).not.toMatch(/select|secret_table/)
    const [details] = logged.at(-1) ?? []
    expect(details).toMatchObject({ err: { message: 'select * from secret_table' }, id: answer.headers.get('x-correlation-id') })
    expect(Object.keys(details ?? {})).toEqual(['err', 'id'])
  })

  test('an answer outside its schema is never sent', async () => {
    expect((await broken('shape')).status).toBe(500)
  })

  test('an undeclared refusal is a bug in development and a refusal in production', async () => {
    expect((await broken('undeclared')).status).toBe(500)
    const production = testCore({ strict: false }).core
    expect((await production.handle(req('POST', '/auth/broken', {}, { how: 'undeclared' }))).status).toBe(418)
  })

  test('unavailable says when to come back', async () => {
    const answer = await broken('away')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  })
})

describe('headers of every answer', () => {
  test('nothing may be stored, sniffed, framed or embedded, and https is remembered', async () => {
    const { core } = testCore()
    for (const path of ['/auth/health', '/auth/me', '/auth/nothing']) {
      const { headers } = await core.handle(req('GET', path))
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'strict-transport-security': 'max-age=31536000',
      })
    }
    const plain = testCore({ baseUrl: 'http://127.0.0.1:3000' }).core
    expect((await plain.handle(req('GET', '/auth/health'))).headers.has('strict-transport-security')).toBe(false)
  })

  test('plain http is for one’s own machine: anywhere else its cookies are open to the wire', () => {
    for (const baseUrl of [
      'http://app.example.org',
      'http://10.0.0.7:3000',
      'http://0.0.0.0:3000',
      'http://localhost.example.org',
    ])
      expect(() => testCore({ baseUrl })).toThrow('baseUrl is plain http on a host others can reach')
    for (const baseUrl of ['http://localhost:3000', 'http://app.localhost', 'http://127.1.2.3', 'http://[::1]:3000'])
      expect(() => testCore({ baseUrl })).not.toThrow()
  })

  test('request headers beyond 16 KiB of credentials are 431', async () => {
    const answer = await testCore().core.handle(req('GET', '/auth/me', { authorization: `Bearer ${'a'.repeat(20_000)}` }))
    expect([answer.status, await codeOf(answer)]).toEqual([431, 'header_too_large'])
  })
})
