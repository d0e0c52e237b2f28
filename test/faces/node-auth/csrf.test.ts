import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlite } from 'keywright/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { ada, bearer, openDesk } from './desk.ts'
import { MyUserStore } from './samples/my-user-store.ts'

async function onFile() {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-'))
  return { storage: sqlite(join(folder, 'test.db')), cleanup: () => rm(folder, { recursive: true }) }
}

const enabled = { config: { csrf: { enabled: true }, keywright: { http: { limits: false as const } } } }
const rejected = { status: 403, body: { error: 'The request did not come from this site', code: 'CSRF_INVALID' } }

test('the documented client: what a script reads in csrf-token goes back in X-CSRF-Token, and without it nothing changes', async () => {
  const { client } = await openDesk(enabled)
  const browser = client()
  const { headers } = await browser.login(ada, browser.page)
  const line = headers.getSetCookie().find((one) => one.startsWith('csrf-token='))
  expect(line).not.toContain('HttpOnly')

  for (const [method, path] of [
    ['POST', '/orders'],
    ['POST', '/auth/refresh'],
    ['POST', '/auth/logout'],
    ['DELETE', '/auth/sessions/any'],
  ] as const) {
    expect(await browser.send(method, path, undefined, browser.page)).toMatchObject(rejected)
    expect(await browser.send(method, path, undefined, { ...browser.page, 'x-csrf-token': 'forged' })).toMatchObject(rejected)
  }
  expect((await browser.send('POST', '/orders', { id: 7 }, { ...browser.page, ...browser.csrf() })).status).toBe(201)
  expect((await browser.send('POST', '/auth/refresh', undefined, { ...browser.page, ...browser.csrf() })).status).toBe(200)
  expect((await browser.send('POST', '/orders', { id: 8 }, { ...browser.page, ...browser.csrf() })).status).toBe(201)
  expect((await browser.get('/orders', browser.page)).status).toBe(200)
})

test('CSRF-03: a token of another session, also one planted as a cookie, proves nothing', async () => {
  const { client } = await openDesk(enabled)
  const [browser, mallory] = [client(), client()]
  await browser.login(ada, browser.page)
  await mallory.login(ada, mallory.page)
  browser.jar.set('csrf-token', mallory.jar.get('csrf-token') ?? '')
  expect(await browser.send('POST', '/orders', {}, { ...browser.page, ...browser.csrf() })).toMatchObject(rejected)
})

test('a token that got lost comes back with the next thing that is read', async () => {
  const { client } = await openDesk(enabled)
  const browser = client()
  expect((await browser.get('/auth/me', browser.page)).status).toBe(401)
  expect(browser.jar.has('csrf-token')).toBe(true)
  await browser.login(ada, { ...browser.page, ...browser.csrf() })
  browser.jar.delete('csrf-token')
  await browser.get('/auth/me', browser.page)
  expect((await browser.send('POST', '/orders', {}, { ...browser.page, ...browser.csrf() })).status).toBe(201)
  expect((await browser.get('/auth/me', browser.page)).headers.getSetCookie()).toEqual([])
})

test('a token made under another secret is replaced by the next thing that is read, and by a refusal; nobody is logged out', async () => {
  const { storage, cleanup } = await onFile()
  onTestFinished(cleanup)
  const users = new MyUserStore()
  const config = { csrf: { enabled: true }, keywright: { storage, http: { limits: false as const } } }
  const before = await openDesk({ users, config })
  const browser = before.client()
  await browser.login(ada, browser.page)
  const after = await openDesk({
    users,
    sessions: before.sessions ?? null,
    keep: true,
    config: { ...config, accessTokenSecret: 'z'.repeat(40) },
  })
  for (const heal of [
    ['GET', '/auth/me', 200],
    ['POST', '/auth/refresh', 403],
  ] as const) {
    const page = after.client()
    for (const [name, value] of browser.jar) page.jar.set(name, value)
    const change = () => page.send('POST', '/orders', {}, { ...page.page, ...page.csrf() })
    expect(await change()).toMatchObject(rejected)
    const [method, path, status] = heal
    expect((await page.send(method, path, undefined, { ...page.page, ...page.csrf() })).status).toBe(status)
    expect((await change()).status).toBe(201)
  }
})

test('what one address uses up of the limits is not taken from the others: their pages still get tokens', async () => {
  const limits = { default: { address: { limit: 6, per: 60_000 }, shared: false } }
  const { client } = await openDesk({
    config: { csrf: { enabled: true }, keywright: { http: { limits, trustProxy: ['127.0.0.1'] } } },
  })
  const read = async (ip: string, more: Record<string, string> = {}) => {
    const page = client()
    const { status } = await page.get('/auth/me', { ...page.page, 'x-forwarded-for': ip, ...more })
    return [status, page.jar.has('csrf-token')]
  }
  for (let host = 1; host <= 12; host++) expect(await read(`192.0.2.${host}`)).toEqual([401, true])
  // A token is a request too, and an app that shows its own is given none.
  for (let time = 0; time < 6; time++) expect(await read('198.51.100.1', { authorization: 'Bearer none' })).toEqual([401, false])
  expect((await read('198.51.100.1'))[0]).toBe(429)
})

test('without csrf.enabled a lost token comes back too: with the next thing that is read, and with the refusal', async () => {
  const { client } = await openDesk()
  const change = { currentPassword: ada.password, newPassword: 'another long sentence' }
  for (const heal of ['read', 'refusal']) {
    const browser = client()
    expect((await browser.get('/auth/me', browser.page)).headers.getSetCookie()).toEqual([])
    await browser.login(ada, browser.page)
    browser.jar.delete('csrf-token')
    if (heal === 'read') await browser.get('/auth/me', browser.page)
    else expect(await browser.send('POST', '/auth/change-password', change, browser.page)).toMatchObject(rejected)
    expect((await browser.get('/auth/me', browser.page)).headers.getSetCookie()).toEqual([])
    const headers = { ...browser.page, ...browser.csrf() }
    const wrong = await browser.send('POST', '/auth/change-password', { ...change, currentPassword: 'wrong' }, headers)
    expect(wrong.body.code).toBe('INVALID_CREDENTIALS')
  }
})

test('bearer requests owe no token', async () => {
  const { client } = await openDesk(enabled)
  const app = client()
  const { accessToken } = (await app.login(ada, bearer)).body
  expect((await app.send('POST', '/orders', {}, { authorization: `Bearer ${accessToken}` })).status).toBe(201)
})

test('also where csrf is not enabled no other site changes anything, and a page of ours needs no token', async () => {
  const { client } = await openDesk()
  const browser = client()
  await browser.login(ada, browser.page)
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.test' }])
    for (const path of ['/orders', '/auth/refresh', '/auth/logout', '/auth/login'])
      expect(await browser.send('POST', path, ada, headers)).toMatchObject(rejected)
  expect((await browser.send('POST', '/orders', {}, browser.page)).status).toBe(201)
})

test('over https the cookies are __Host- ones, and the token is still under the name scripts know', async () => {
  const { client } = await openDesk({
    config: { ...enabled.config, email: { siteUrl: ['https://app.example.com', 'https://other.example.com'] } },
  })
  const browser = client()
  const { headers } = await browser.login(ada, browser.page)
  expect([...browser.jar.keys()].toSorted()).toEqual(['__Host-csrf-token', '__Host-keywright-device', '__Host-keywright-session'])
  expect(headers.getSetCookie().every((line) => line.includes('; Secure'))).toBe(true)
  const token = { 'x-csrf-token': browser.jar.get('__Host-csrf-token') ?? '' }
  expect((await browser.send('POST', '/orders', {}, { ...browser.page, ...token })).status).toBe(201)
  expect(await browser.send('POST', '/orders', {}, browser.page)).toMatchObject(rejected)
})

test('pages of an origin in cors.origins may send credentials and read answers; those of no other may', async () => {
  const friend = 'https://admin.example.com'
  const { client } = await openDesk({ router: { cors: { origins: [friend] } } })
  const browser = client()
  const from = (origin: string) => ({ origin, 'sec-fetch-site': 'cross-site' })
  const asked = await browser.send('OPTIONS', '/auth/login', undefined, {
    ...from(friend),
    'access-control-request-method': 'POST',
  })
  expect(asked.status).toBe(204)
  expect(asked.headers.get('access-control-allow-headers')).toContain('x-auth-strategy')
  expect(asked.headers.get('access-control-allow-headers')).toContain('x-csrf-token')
  const answer = await browser.login(ada, from(friend))
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, friend])
  const refused = await client().login(ada, from('https://evil.test'))
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null])
})
