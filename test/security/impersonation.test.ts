/**
 * An operator sees what a user sees, and is nobody else by it: ways to come by more than a look.
 *
 * @module
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { AuthOptions } from '../../src/app/options.ts'
import { contract, createAuth, endpoint, feature } from '../../src/index.ts'
import { toNode } from '../../src/node.ts'
import { sqlite } from '../../src/sqlite.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { bodyOf, everythingOn, routes } from './routes.ts'

const password = 'correct horse battery'
const secret = 'k'.repeat(43)
const session = '__Host-keywright-session'

/** What an application has: something to look at, and something to change. */
const notes = feature({
  name: 'notes',
  contract: contract('notes', {
    list: endpoint({ method: 'GET', path: '/notes', access: 'session', summary: 'Notes', returns: z.array(z.string()) }),
    add: endpoint({ method: 'POST', path: '/notes', access: 'session', summary: 'Add a note' }),
    search: endpoint({ method: 'POST', path: '/notes/search', access: 'session', summary: 'Look', impersonated: true }),
    pay: endpoint({ method: 'POST', path: '/notes/pay', access: 'session', summary: 'Pay', impersonated: false }),
  }),
  create: () => ({ written: [] as (string | undefined)[] }),
  handlers: ({ written }) => ({
    list: async () => [],
    add: async ({ ctx }) => void written.push(ctx.actor.onBehalfOf),
    search: async () => undefined,
    pay: async () => undefined,
  }),
})

let house: ReturnType<typeof houseOn>
afterEach(() => house.auth.close())

function open(impersonation: AuthOptions['impersonation'] = true) {
  const options = { ...everythingOn, admin: { secret }, impersonation, features: [notes], infra: { runJobs: false } }
  house = houseOn(sqlite(':memory:'), options, { jobsAtOnce: true })
  return house
}

async function user(email = 'ada@example.com'): Promise<{ id: string; browser: Device }> {
  const browser = device(house)
  return { id: (await browser.send('POST', '/auth/register', { email, password })).body.user.id, browser }
}

/** Somebody at the panel, with what they need to see a user. */
async function atPanel(role: string, browser = device(house)) {
  const email = `${role}@example.com`
  const { id } = (await device(house).send('POST', '/auth/register', { email, password })).body.user
  await house.auth.asSystem('test').users.setRole({ id, role })
  await browser.send('POST', '/admin/api/login', { identifier: email, password })
  const { body } = await browser.send('GET', '/admin/api/ping')
  const csrf = { 'x-csrf-token': body.csrfToken }
  const see = (of: string, wish: object = { reason: 'ticket 17' }, headers: Record<string, string> = csrf) =>
    browser.send('POST', `/admin/api/users/${of}/impersonate`, wish, headers)
  return { id, browser, csrf, see }
}

const csrfOf = ({ jar }: Device) => ({ 'x-csrf-token': jar.get('__Host-keywright-csrf') ?? '' })
const requestOf = ({ jar }: Device, method: string | undefined, headers: Record<string, string> = {}) => ({
  ...(method !== undefined && { method }),
  headers: { 'sec-fetch-site': 'same-origin', cookie: `${session}=${jar.get(session)}`, ...headers },
})

test('SES-02: the id changes when an operator begins to see a user and when they stop, and each old one is dead', async () => {
  open()
  const ada = await user()
  const { browser, see } = await atPanel('owner', (await user('other@example.com')).browser)
  const before = browser.jar.get(session) ?? ''
  await see(ada.id)
  const during = browser.jar.get(session) ?? ''
  expect(new Set([before, during, ada.browser.jar.get(session)].map((text) => text?.split('.')[0])).size).toBe(3)
  await see(ada.id)
  const again = browser.jar.get(session) ?? ''
  expect((await browser.send('POST', '/auth/impersonation/stop')).status).toBe(204)
  expect([browser.jar.has(session), browser.jar.has('__Host-keywright-csrf')]).toEqual([false, false])
  for (const dead of [during, again]) {
    const thief = device(house)
    thief.jar.set(session, dead)
    expect((await thief.send('GET', '/auth/me')).status).toBe(401)
    expect((await thief.send('POST', '/auth/refresh', {})).status).toBe(401)
  }
  expect((await ada.browser.send('GET', '/auth/me')).status).toBe(200)
})

test('nobody begins it without the right, a reason, a browser of their own and the token of their session', async () => {
  open()
  const ada = await user()
  for (const role of ['support', 'auditor']) {
    const { see } = await atPanel(role)
    expect([role, (await see(ada.id)).body.code]).toEqual([role, 'forbidden'])
  }
  const path = `/admin/api/users/${ada.id}/impersonate`
  const wish = { reason: 'ticket 17' }
  expect((await ada.browser.send('POST', path, wish)).status).toBe(401)
  const script = { authorization: `Bearer ${secret}` }
  expect(await device(house).send('POST', path, wish, script)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  const { see, csrf, browser } = await atPanel('admin')
  for (const vague of [{}, { reason: '' }, { reason: ' \t' }, { reason: 'x'.repeat(501) }])
    expect((await see(ada.id, vague)).body.code).toBe('validation_failed')
  expect((await see(ada.id, wish, {})).body.code).toBe('csrf_rejected')
  expect((await see(ada.id, wish, { ...csrf, 'sec-fetch-site': 'cross-site' })).body.code).toBe('csrf_rejected')
  expect((await see('nobody')).body.code).toBe('not_found')
  expect(browser.jar.has(session)).toBe(false)
  expect(Object.keys(house.auth.asSystem('test'))).not.toContain('impersonation')
  const begun = await house.auth.asSystem('test').audit.list({ action: 'identity.impersonation.started' })
  expect(begun.entries).toEqual([])
})

test('no operator comes by the rights of another, and nobody in by the place of somebody who may not', async () => {
  open()
  const admin = await atPanel('admin')
  const owner = await atPanel('owner')
  expect((await admin.see(owner.id)).body.code).toBe('forbidden')
  for (const id of [admin.id, owner.id]) expect((await owner.see(id)).body.code).toBe('not_impersonable')
  const [disabled, owing] = [await user('disabled@example.com'), await user('owing@example.com')]
  await house.auth.asSystem('test').users.disable({ id: disabled.id, reason: 'fraud' })
  await house.auth.asSystem('test').password.reset({ id: owing.id })
  for (const { id } of [disabled, owing]) expect((await owner.see(id)).body.code).toBe('not_impersonable')
  expect(owner.browser.jar.has(session)).toBe(false)
})

test.each([false, true])(
  'whatever is the user’s own is refused at every endpoint of ours, also where writing is %s',
  async (write) => {
    open({ write: true })
    const ada = await user()
    const { browser, see } = await atPanel('owner')
    await see(ada.id, { reason: 'ticket 17', write })
    const shows = ['users.me', 'sessions.list', 'audit.mine']
    const known = routes.filter(({ endpoint: { access } }) => access !== 'public' && access !== 'pending-login')
    const refused = known.filter(({ id, endpoint: { access } }) => {
      const isOperators = typeof access === 'object' && 'operator' in access
      return !isOperators && id !== 'impersonation.stop' && id !== 'sessions.cleanup' && !shows.includes(id)
    })
    expect(refused.map(({ id }) => id)).toEqual(expect.arrayContaining(['account.export', 'password.change', 'users.updateMe']))
    for (const route of refused) {
      const answer = await browser.send(route.endpoint.method, route.path(), bodyOf(route), csrfOf(browser))
      expect([route.id, answer.body.code]).toEqual([route.id, 'impersonation_refused'])
    }
    for (const { path, endpoint } of known.filter(({ id }) => shows.includes(id)))
      expect((await browser.send(endpoint.method, path())).status).toBe(200)
    expect((await ada.browser.send('GET', '/auth/me')).body).toMatchObject({ email: 'ada@example.com', firstName: null })
    const granted = await browser.send('POST', '/auth/refresh', {}, { 'x-auth-strategy': 'bearer' })
    expect([granted.status, granted.body.accessToken]).toEqual([200, undefined])
    expect((await browser.send('POST', '/auth/logout', {})).status).toBe(204)
    expect((await browser.send('GET', '/auth/me')).status).toBe(401)
  },
)

test('who only looks changes nothing of the application, by whatever method, header or adapter', async () => {
  open({ write: true })
  const ada = await user()
  const { browser, see, id: operatorId } = await atPanel('owner')
  await see(ada.id)
  const { auth } = house
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'post', undefined])
    await expect(auth.require(requestOf(browser, method)), String(method)).rejects.toMatchObject({
      code: 'impersonation_refused',
    })
  for (const method of ['GET', 'HEAD', 'OPTIONS'])
    expect(await auth.require(requestOf(browser, method))).toMatchObject({
      userId: ada.id,
      evidence: [],
      aal: 1,
      impersonation: { operatorId, readOnly: true },
    })
  const override = { 'x-http-method-override': 'GET', 'x-method-override': 'GET' }
  await expect(auth.require(requestOf(browser, 'POST', override))).rejects.toMatchObject({ code: 'impersonation_refused' })
  await expect(auth.require(requestOf(browser, 'GET'), { within: '90d' })).rejects.toMatchObject({ code: 'step_up_required' })
  await expect(auth.require(requestOf(browser, 'GET'), { aal: 2 })).rejects.toMatchObject({ code: 'step_up_required' })

  const { guard } = toNode(auth)
  const server = createServer(guard((_request, response) => void response.end('in')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { headers } = requestOf(browser, 'POST', override)
  const own = { ...headers, origin: 'https://app.example.com' }
  const over = await Promise.all(['GET', 'POST'].map((method) => fetch(`http://127.0.0.1:${port}/`, { method, headers: own })))
  expect(over.map(({ status }) => status)).toEqual([200, 403])
  await new Promise((resolve) => server.close(resolve))

  expect((await browser.send('GET', '/auth/notes')).status).toBe(200)
  expect((await browser.send('POST', '/auth/notes')).body.code).toBe('impersonation_refused')
  expect((await browser.send('POST', '/auth/notes/search')).status).toBe(204)
  const local = auth.as(requestOf(browser, 'GET')) as never as Record<'notes', Record<string, () => Promise<unknown>>>
  await expect(local.notes.add?.()).rejects.toMatchObject({ code: 'impersonation_refused' })
  expect(await auth.authenticate(requestOf(browser, 'POST'))).toMatchObject({ impersonation: { readOnly: true } })

  await see(ada.id, { reason: 'asked on the phone', write: true })
  await auth.require(requestOf(browser, 'POST'))
  expect((await browser.send('POST', '/auth/notes')).status).toBe(204)
  expect((await browser.send('POST', '/auth/notes/pay')).body.code).toBe('impersonation_refused')
})

test('nobody changes anything where the house lets operators only look', async () => {
  open()
  const ada = await user()
  const { see, browser } = await atPanel('owner')
  expect((await see(ada.id, { reason: 'ticket 17', write: true })).body.code).toBe('impersonation_write_off')
  expect(browser.jar.has(session)).toBe(false)
})

test('an operator’s browser is no device of the user: no mark, no mail, no tokens, nothing of theirs to be known by', async () => {
  open()
  const ada = await user()
  const { browser, csrf, see } = await atPanel('owner')
  const marked = browser.jar.get('__Host-keywright-device')
  const mails = async () => {
    await house.background.settled()
    return house.service('mail')?.inbox?.messages().length
  }
  const before = await mails()
  const { body, headers } = await see(ada.id, { reason: 'ticket 17' }, { ...csrf, 'x-auth-strategy': 'bearer' })
  expect(Object.keys(body).sort()).toEqual(['endsAt', 'url'])
  expect(headers.getSetCookie().filter((line) => line.includes('-device'))).toEqual([])
  expect([browser.jar.get('__Host-keywright-device'), await mails()]).toEqual([marked, before])
})

test('it is refused at boot without a panel, for longer than four hours, and by a name that is no option', () => {
  const boot = (options: object) =>
    createAuth({ baseUrl: 'https://app.example.com', secret: 's'.repeat(40), storage: sqlite(':memory:'), ...options })
  open()
  expect(() => boot({ impersonation: true })).toThrow('impersonation needs admin')
  expect(() => boot({ admin: true, impersonation: { ttl: '5h' } })).toThrow('at most 4h')
  expect(() => boot({ admin: true, impersonation: { tll: '1h' } })).toThrow('impersonation.tll is not an option')
})
