import { describe, expect, test } from 'vitest'
import { isAuthError } from '../contract/errors.ts'
import { rememberPeer } from './peer.ts'
import { baseUrl, cookieOf, req, testCore } from './test-core.ts'

const { core } = testCore()
const callOn =
  (on = core) =>
  (key: string, input?: object, headers = {}, method: string | undefined = 'GET') =>
    on.call({ contract: 'shop', key }, input, { headers, method })
const call = callOn()

test('a call has the rights of the request and no more', async () => {
  expect(await call('me', undefined, cookieOf('alice'))).toEqual({ value: { userId: 'alice' } })
  await expect(call('me')).rejects.toMatchObject({ code: 'unauthorized', id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  await expect(call('admin', {}, cookieOf('alice'))).rejects.toMatchObject({ code: 'forbidden' })
})

test('params, query and body are one flat input, and what is wrong with it is told in the same way', async () => {
  expect(await call('item', { id: 'i1', limit: 4 })).toEqual({ value: { id: 'i1', limit: 4, at: '2030-01-01T12:00:00.000Z' } })
  expect(await call('rename', { name: 'Ada' }, cookieOf('alice'))).toEqual({ value: { name: 'Ada' } })
  const refusal = await call('rename', { name: 'A' }, cookieOf('alice')).catch((error: unknown) => error)
  expect(isAuthError(refusal, 'validation_failed') && refusal.issues?.map(({ pointer }) => pointer)).toEqual(['/name'])
})

test('what hands out a credential is no call: nobody would deliver it, and the browser’s own would be spent', async () => {
  for (const key of ['login', 'token']) {
    const refused = await call(key, { name: 'alice' }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ message: `shop.${key} hands out a credential: call it over HTTP` })
    expect(isAuthError(refused)).toBe(false)
  }
  expect(await call('logout')).toEqual({ value: undefined, grant: { clear: ['session'] } })
})

test('a page of ours is given the cookies to deliver, and never tokens, whatever a header asks for', async () => {
  const headers = { 'sec-fetch-site': 'same-origin', 'x-auth-strategy': 'bearer' }
  const given = await core.submit({ contract: 'shop', key: 'login' }, { name: 'alice' }, { headers, method: 'POST' })
  expect(given.value).toEqual({ status: 'active' })
  expect(given.setCookies.map((line) => line.split('=', 1)[0])).toEqual(
    expect.arrayContaining(['__Host-keywright-session', '__Host-keywright-csrf']),
  )
  const forged = { headers: { ...headers, 'sec-fetch-site': 'cross-site' }, method: 'POST' }
  await expect(core.submit({ contract: 'shop', key: 'login' }, { name: 'alice' }, forged)).rejects.toMatchObject({
    code: 'csrf_rejected',
  })
})

test('an endpoint that says it only clears cookies cannot set one', async () => {
  await expect(call('leave')).rejects.toMatchObject({ code: 'internal_error', cause: { message: /grants more than it says/ } })
})

describe('CS-01: a request another site made a browser send', () => {
  const forged = { ...cookieOf('alice'), 'sec-fetch-site': 'cross-site' }
  const noMethod = { headers: cookieOf('alice') }

  test('has no rights here either', async () => {
    await expect(call('rename', { name: 'Ada' }, forged, 'POST')).rejects.toMatchObject({ code: 'csrf_rejected' })
    expect(await call('me', {}, forged, 'GET')).toEqual({ value: { userId: 'alice' } })
  })

  test('is not let in by leaving its method out', async () => {
    expect(() => core.assertOwn(noMethod)).toThrow('did not come from this site')
    await expect(core.call({ contract: 'shop', key: 'me' }, {}, noMethod)).rejects.toMatchObject({ code: 'csrf_rejected' })
    expect(() => core.assertOwn({ headers: { ...cookieOf('alice'), 'sec-fetch-site': 'same-origin' } })).not.toThrow()
    expect(() => core.assertOwn({ headers: { authorization: 'Bearer alice' } })).not.toThrow()
    expect(() => core.assertOwn({ headers: {} })).not.toThrow()
  })
})

test('a bug inside a call is internal_error with its cause', async () => {
  await expect(call('broken', { how: 'throws' })).rejects.toMatchObject({
    code: 'internal_error',
    cause: { message: /secret_table/ },
  })
})

test('a request of ours as a WHATWG request works too', async () => {
  const request = new Request(`${baseUrl}/page`, { headers: cookieOf('alice') })
  expect(await core.call({ contract: 'shop', key: 'me' }, {}, request)).toEqual({ value: { userId: 'alice' } })
})

describe('where a call comes from', () => {
  const limits = { default: { address: { limit: 1, per: 60_000 }, subject: { limit: 2, per: 60_000 }, shared: false } }
  const codeOf = (called: Promise<unknown>) =>
    called.then(
      () => 'ok',
      (error: unknown) => isAuthError(error) && error.code,
    )

  test('callers without an address do not share a bucket; each user is still counted', async () => {
    const limited = callOn(testCore({ limits }).core)
    const of = (name: string) => codeOf(limited('me', {}, cookieOf(name)))
    expect([await of('alice'), await of('root'), await of('alice'), await of('alice')]).toEqual([
      'ok',
      'ok',
      'ok',
      'rate_limited',
    ])
  })

  test('the address a request was answered under, or an adapter noted, counts for its calls', async () => {
    const { core } = testCore({ limits })
    const answered = req('GET', '/auth/health', cookieOf('alice'))
    await core.handle(answered, { ip: '192.0.2.1' })
    expect(core.ctxOf(answered).from?.ip).toBe('192.0.2.1')
    expect(await codeOf(core.call({ contract: 'shop', key: 'me' }, {}, answered))).toBe('rate_limited')
    const noted = req('GET', '/page', cookieOf('root'))
    rememberPeer(noted, { ip: '192.0.2.2' })
    expect(core.ctxOf(noted).from?.ip).toBe('192.0.2.2')
  })

  test('an address nobody knows is no address, not an empty one', () => {
    expect(core.ctxOf({ headers: {} }).from).toMatchObject({ ip: undefined })
  })
})
