import { describe, expect, test } from 'vitest'
import { AuthError, kernelErrors } from '../contract/errors.ts'
import { cookieOf, noon, req, testCore } from './test-core.ts'

describe('a refusal outside of our routes', () => {
  test('is what every refusal is: an id, an instance, https remembered, when to come back', async () => {
    const { core } = testCore()
    const id = '018f4e2a-1b2c-7d3e-8f40-123456789abc'
    const answer = core.refuse({ headers: { 'x-correlation-id': id } }, new AuthError(kernelErrors.unavailable))
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
      503,
      expect.objectContaining({
        'x-correlation-id': id,
        'retry-after': '1',
        'strict-transport-security': 'max-age=31536000',
        'cache-control': 'no-store',
        'content-type': 'application/problem+json',
      }),
    ])
    expect(await answer.json()).toMatchObject({ code: 'unavailable', instance: `urn:uuid:${id}` })
  })

  test('a bug is logged with the id of the answer, and says nothing', async () => {
    const { core, logged } = testCore()
    const bug = new TypeError('x is undefined')
    const answer = core.refuse({ headers: {} }, bug)
    const id = answer.headers.get('x-correlation-id')
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('x is undefined')])
    expect(logged).toEqual([[{ err: bug, id }, 'a request failed']])
  })
})

describe('an outage', () => {
  const cause = new Error('connection refused')
  const access = {
    authenticate: async () => ({ status: 'unavailable' as const, error: new AuthError(kernelErrors.unavailable, { cause }) }),
    pendingLogin: async () => undefined,
  }

  test('is logged with its cause once when it begins and once when it is over', async () => {
    const { core, logged, clock } = testCore({ access, limits: false })
    const refused = () => core.handle(req('GET', '/auth/me', cookieOf('alice')))
    const answered = () => core.handle(req('GET', '/auth/health'))
    expect([(await refused()).status, (await answered()).status, (await refused()).status]).toEqual([503, 200, 503])
    expect(logged).toEqual([[{ err: cause, id: expect.any(String) }, 'requests are refused: something we need is away']])
    clock.at = new Date(noon.getTime() + 10_000)
    await answered()
    await answered()
    expect(logged.slice(1)).toEqual([[{}, 'requests are answered again']])
    await refused()
    expect(logged).toHaveLength(3)
  })

  test('is logged too when only calls and guards meet it', async () => {
    const calls = testCore({ access, limits: false })
    const request = { method: 'GET', headers: cookieOf('alice') }
    await expect(calls.core.call({ contract: 'shop', key: 'me' }, {}, request)).rejects.toMatchObject({ code: 'unavailable' })
    expect(calls.logged).toHaveLength(1)
    const guards = testCore({ access, limits: false })
    guards.core.refuse(request, new AuthError(kernelErrors.unavailable, { cause }))
    expect(guards.logged).toMatchObject([[{ err: cause }, 'requests are refused: something we need is away']])
  })
})
