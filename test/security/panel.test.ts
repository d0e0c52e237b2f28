import { afterEach, beforeEach, expect, test } from 'vitest'
import { panelContracts } from '../../src/app/contracts.ts'
import type { EndpointDef } from '../../src/kernel/contract/endpoint.ts'
import { sqlite } from '../../src/sqlite.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { clientUsers } from '../stores/client-users.ts'
import { everythingOn } from './routes.ts'

const secret = 'k'.repeat(43)
const password = 'correct horse battery'
const minute = 60_000

let house: ReturnType<typeof houseOn>
beforeEach(async () => {
  house = houseOn(sqlite(':memory:'), { ...everythingOn, admin: { secret }, infra: { runJobs: false } })
})
afterEach(() => house.auth.close())

/** Every endpoint of operators, read from the contracts. */
const routes = panelContracts
  .flatMap(({ name, endpoints }) =>
    Object.entries<EndpointDef>(endpoints).map(([key, endpoint]) => ({ id: `${name}.${key}`, endpoint })),
  )
  .filter(({ endpoint: { access } }) => typeof access === 'object' && 'operator' in access)

const pathOf = ({ path }: EndpointDef) => path.replace(/:\w+/g, '00000000-0000-7000-8000-000000000000')

/** Somebody with a role, and a device of theirs. */
async function person(role: string): Promise<{ id: string; identifier: string }> {
  const identifier = `${role}@example.com`
  const { id } = (await device(house).send('POST', '/auth/register', { email: identifier, password })).body.user
  if (role !== 'user') await house.auth.asSystem('test').users.setRole({ id, role })
  return { id, identifier }
}

/** A browser that is logged in to the panel. */
async function atPanel(role: string): Promise<{ id: string; browser: Device; csrf: Record<string, string> }> {
  const { id, identifier } = await person(role)
  const browser = device(house)
  expect(await browser.send('POST', '/admin/api/login', { identifier, password })).toMatchObject({ status: 200 })
  const { body } = await browser.send('GET', '/admin/api/ping')
  return { id, browser, csrf: { 'x-csrf-token': body.csrfToken } }
}

const files = [
  '/admin',
  '/admin/users/1',
  '/admin/assets/index.js',
  '/admin/api/openapi.json',
  '/admin/api/nothing',
  '/admin/index.html',
]

test('AD-02: nothing of the panel answers strangers or users, whatever they accept', async () => {
  expect(routes.length).toBeGreaterThan(20)
  const user = await person('user')
  const known = device(house)
  await known.send('POST', '/auth/login', { email: user.identifier, password })
  const bearer = await device(house).send(
    'POST',
    '/auth/login',
    { email: user.identifier, password },
    { 'x-auth-strategy': 'bearer' },
  )
  const tokens = [bearer.body.accessToken, `${secret}x`, '', secret.slice(1)].map((token) => `Bearer ${token}`)
  for (const accept of ['application/json', 'text/html', '*/*', 'image/png'])
    for (const { method, path } of [
      ...routes.map(({ endpoint }) => ({ method: endpoint.method, path: pathOf(endpoint) })),
      ...files.map((path) => ({ method: 'GET', path })),
    ]) {
      const body = method === 'GET' || method === 'DELETE' ? undefined : {}
      expect([path, (await device(house).send(method, path, body, { accept })).status]).toEqual([path, 401])
      expect([path, (await known.send(method, path, body, { accept })).status]).toEqual([path, 401])
    }
  for (const authorization of tokens)
    for (const { endpoint } of routes) {
      const { status } = await device(house).send(endpoint.method, pathOf(endpoint), endpoint.method === 'GET' ? undefined : {}, {
        authorization,
      })
      expect([endpoint.path, status]).toEqual([endpoint.path, 401])
    }
  expect((await device(house).send('POST', '/admin/api/login', { identifier: user.identifier, password })).body.code).toBe(
    'forbidden',
  )
})

test('a filter that is misspelt is refused, and does not answer as if there were none', async () => {
  const asking = routes.filter(({ endpoint }) => endpoint.query)
  expect(asking.length).toBeGreaterThan(12)
  for (const { endpoint } of asking) {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': endpoint.upload?.types[0] ?? 'application/json' }
    const { body } = await device(house).send(endpoint.method, `${pathOf(endpoint)}?rol=admin`, undefined, headers)
    const unknown = expect.objectContaining({ pointer: '', code: 'unknown_field' })
    expect({ path: endpoint.path, ...body }).toMatchObject({ path: endpoint.path, errors: expect.arrayContaining([unknown]) })
  }
})

test('the cookie of the panel opens nothing of a user, and that of a user nothing of the panel, under either name', async () => {
  const { browser } = await atPanel('owner')
  const credential = browser.jar.get('__Host-keywright-admin') ?? ''
  expect(credential).not.toBe('')
  expect(browser.jar.has('__Host-keywright-session')).toBe(false)
  expect((await browser.send('GET', '/auth/me')).status).toBe(401)
  const thief = device(house)
  thief.jar.set('__Host-keywright-session', credential)
  expect((await thief.send('GET', '/auth/me')).status).toBe(401)
  expect((await thief.send('POST', '/auth/refresh', {})).status).toBe(401)
  const user = device(house)
  await user.send('POST', '/auth/login', { email: 'owner@example.com', password })
  user.jar.set('__Host-keywright-admin', user.jar.get('__Host-keywright-session') ?? '')
  expect((await user.send('GET', '/admin/api/ping')).status).toBe(401)
})

test('CS-04: an operator’s act needs the token of their own session beside an origin of ours', async () => {
  const { browser, csrf } = await atPanel('owner')
  const other = await atPanel('admin')
  const act = (headers: Record<string, string>) => browser.send('PATCH', '/admin/api/settings', { settings: {} }, headers)
  for (const { endpoint } of routes.filter(({ endpoint: { method } }) => method !== 'GET'))
    expect([endpoint.path, (await browser.send(endpoint.method, pathOf(endpoint), {})).body.code]).toEqual([
      endpoint.path,
      'csrf_rejected',
    ])
  expect((await act(other.csrf)).body.code).toBe('csrf_rejected')
  browser.jar.set('__Host-keywright-csrf', csrf['x-csrf-token'] ?? '')
  expect((await act({ ...csrf, 'sec-fetch-site': 'cross-site' })).body.code).toBe('csrf_rejected')
  expect((await act({ ...csrf, 'sec-fetch-site': 'same-site' })).body.code).toBe('csrf_rejected')
  expect((await browser.send('GET', '/admin/api/ping', undefined, { 'sec-fetch-site': 'same-site' })).body.code).toBe(
    'csrf_rejected',
  )
  const forger = device(house) // signs whatever selector somebody shows as a session
  forger.jar.set('__Host-keywright-session', browser.jar.get('__Host-keywright-admin') ?? '')
  const { csrfToken } = (await forger.send('GET', '/auth/csrf')).body
  expect((await act({ 'x-csrf-token': csrfToken })).body.code).toBe('csrf_rejected')
  expect((await act(csrf)).status).toBe(200)
})

test('each role may do what it is for, at every endpoint; whoever is no operator any more is none on the next request', async () => {
  const all = { look: 1, help: 1, inspect: 1, manage: 1, own: 1 }
  const may = { owner: all, admin: { ...all, own: 0 }, support: { look: 1, help: 1 }, auditor: { look: 1, inspect: 1 } }
  const stays = await house.auth.asSystem('test').users.create({ identifier: 'stays@example.com', role: 'owner' })
  await house.auth.asSystem('test').password.reset({ id: stays.id })
  for (const [role, rights] of Object.entries(may)) {
    const { id, browser, csrf } = await atPanel(role)
    for (const { endpoint } of routes.filter(({ endpoint: { path } }) => path !== '/admin/api/logout')) {
      const right = (endpoint.access as { operator: string }).operator
      const { status } = await browser.send(
        endpoint.method,
        pathOf(endpoint),
        endpoint.method === 'GET' ? undefined : { no: 'such' },
        csrf,
      )
      expect([role, endpoint.method, endpoint.path, status === 403]).toEqual([
        role,
        endpoint.method,
        endpoint.path,
        !(right in rights && rights[right as never]),
      ])
    }
    await house.auth.asSystem('test').users.setRole({ id, role: 'user' })
    expect((await browser.send('GET', '/admin/api/ping')).status).toBe(403)
  }
})

test('what happened is for those who look into things: support sees people, and the figures of days', async () => {
  const { browser } = await atPanel('support')
  const statusOf = async (path: string) => (await browser.send('GET', path)).status
  for (const path of ['/admin/api/audit', '/admin/api/telemetry', '/tools/telemetry'])
    expect([path, await statusOf(path)]).toEqual([path, 403])
  for (const path of ['/admin/api/users', '/admin/api/telemetry/daily']) expect([path, await statusOf(path)]).toEqual([path, 200])
})

test('support and admins cannot act on other operators: only an owner locks anybody out of the panel', async () => {
  const owner = await atPanel('owner')
  const about = routes.filter(({ endpoint: { path, method } }) => path.startsWith('/admin/api/users/:id') && method !== 'GET')
  const named = about.map(({ id, endpoint }) => [id, (endpoint.access as { on?: string }).on])
  expect(named).toEqual(about.map(({ id }) => [id, 'id']))
  for (const role of ['admin', 'support']) {
    const { browser, csrf } = await atPanel(role)
    const disable = (id: string) => browser.send('POST', `/admin/api/users/${id}/disable`, { reason: 'a quarrel' }, csrf)
    expect((await disable(owner.id)).body.code).toBe('forbidden')
    expect((await browser.send('GET', `/admin/api/users/${owner.id}`)).status).toBe(200)
    const { sessions } = (await browser.send('GET', `/admin/api/sessions?userId=${owner.id}`)).body
    const ended = sessions.map(({ sessionHandle }) =>
      browser.send('DELETE', `/admin/api/sessions/${sessionHandle}`, undefined, csrf),
    )
    expect([...new Set((await Promise.all(ended)).map(({ status }) => status))]).toEqual([403])
  }
  expect((await owner.browser.send('GET', '/admin/api/ping')).status).toBe(200)
})

test('an operator’s session ends after half an hour of rest, after twelve hours, and when they leave', async () => {
  const { browser, csrf } = await atPanel('owner')
  for (let hour = 0; hour < 23; hour++) {
    house.advance(29 * minute)
    expect((await browser.send('GET', '/admin/api/ping')).status).toBe(200)
    await house.background.settled()
  }
  house.advance(40 * minute)
  expect((await browser.send('GET', '/admin/api/ping')).status).toBe(401)
  await browser.send('POST', '/admin/api/login', { identifier: 'owner@example.com', password })
  const credential = browser.jar.get('__Host-keywright-admin') ?? ''
  const { csrfToken } = (await browser.send('GET', '/admin/api/ping')).body
  expect((await browser.send('POST', '/admin/api/logout', undefined, { ...csrf, 'x-csrf-token': csrfToken })).status).toBe(204)
  expect(browser.jar.get('__Host-keywright-admin') ?? '').toBe('')
  browser.jar.set('__Host-keywright-admin', credential)
  expect((await browser.send('GET', '/admin/api/ping')).status).toBe(401)
})

test('a script acts with the secret, in nobody’s name, and needs no token', async () => {
  const { id } = await person('user')
  const script = { authorization: `Bearer ${secret}` }
  const answer = await device(house).send('POST', `/admin/api/users/${id}/disable`, { reason: 'spam' }, script)
  expect(answer).toMatchObject({ status: 200 })
  const { entries } = await house.auth.asSystem('test').audit.list({ action: 'identity.user.disabled' })
  expect(entries).toMatchObject([{ actor: { kind: 'system', id: 'admin secret' }, userId: id }])
})

test('the door takes somebody in without script, and leads nowhere else', async () => {
  const { identifier } = await person('owner')
  const browser = device(house)
  const shown = await browser.send('GET', '/admin/users?status=disabled')
  expect([shown.status, shown.text.includes('name="returnTo" value="/admin/users?status=disabled"')]).toEqual([401, true])
  const token = /name="csrf" value="([^"]+)"/.exec(shown.text)?.[1] ?? ''
  const login = (returnTo: string) =>
    browser.send('POST', '/admin/login', new URLSearchParams({ csrf: token, identifier, password, returnTo }))
  for (const [wish, goal] of [
    ['/admin/users?status=disabled', '/admin/users?status=disabled'],
    ['https://evil.example', '/admin'],
    ['/administrator', '/admin'],
    ['//evil.example/admin', '/admin'],
  ])
    expect((await login(wish ?? '')).headers.get('location')).toBe(goal)
  expect((await browser.send('GET', '/admin/api/ping')).status).toBe(200)
  expect((await browser.send('GET', '/admin')).headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-/,
  )
})

test('there is no panel where nobody asked for one, and none with a secret that could be guessed', async () => {
  const bare = houseOn(sqlite(':memory:'))
  expect((await device(bare).send('GET', '/admin/api/ping')).status).toBe(404)
  await bare.auth.close()
  expect(() => houseOn(sqlite(':memory:'), { admin: { secret: 'short' } })).toThrow(/32 bytes/)
  const stores = { users: clientUsers() } // lists whom it likes first
  expect(() => houseOn(sqlite(':memory:'), { stores, admin: { policy: 'first-user' } })).toThrow(/promises no order/)
})
