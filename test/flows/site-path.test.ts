/**
 * A house below a path of its origin: everything that leads somewhere leads there.
 *
 * @module
 */
import { createServer } from 'node:http'
import express from 'express'
import { createAdminClient } from 'keywright/client'
import { toExpress } from 'keywright/express'
import { afterEach, expect, test } from 'vitest'
import { sqlite } from '../../src/sqlite.ts'
import { everythingOn } from '../security/routes.ts'
import { houseOn } from './house.ts'
import { tab } from './tab.ts'

const secret = 'k'.repeat(43)
const baseUrl = 'https://app.example.com/id/'
const ada = { identifier: 'ada@example.com', password: 'correct horse battery' }

let opened: ReturnType<typeof houseOn> | undefined
afterEach(() => opened?.auth.close())

function open(url = baseUrl) {
  const options = { ...everythingOn, baseUrl: url, admin: { secret }, http: { docs: true }, infra: { runJobs: false } }
  opened = houseOn(sqlite(':memory:'), options, { jobsAtOnce: true, production: false })
  return opened
}

/** Where a page leads within its origin. */
const leadsOf = (text: string) => [...text.matchAll(/(?:href|src|action)="(\/[^"]*)"/g)].map(([, place]) => place ?? '')

test('the path of the base URL stands before everything: routes, pages, forms, links, mails, the panel and the documents', async () => {
  const house = open()
  const owned = ['/auth/login', '/admin', '/admin/api/ping', '/account', '/.well-known/jwks.json', '/dev/inbox']
  expect(owned.filter((path) => house.auth.owns(path))).toEqual([])
  expect(owned.filter((path) => !house.auth.owns(`/id${path}`))).toEqual([])

  const browser = tab(house)
  const registered = await browser.fill('/id/auth/register', ada)
  expect([registered.status, registered.location]).toEqual([303, '/id/auth/welcome'])
  expect(house.service('mail')?.inbox?.messages()[0]?.text).toContain('https://app.example.com/id/auth/verify?token=')
  const saved = await browser.press('/id/account', '/id/account/profile', { firstName: 'Ada', lastName: '', locale: '' })
  expect(saved.location).toBe('/id/account?done=profile')

  const account = ['', '/password', '/devices', '/activity', '/data', '/deletion'].map((path) => `/account${path}`)
  for (const path of ['/auth/welcome', ...account, '/admin', '/admin/login', '/auth/verify', '/auth/verify/resend']) {
    const { status, text } = await browser.open(`/id${path}`)
    expect([path, [200, 401].includes(status), leadsOf(text).filter((place) => !place.startsWith('/id/'))]).toEqual([
      path,
      true,
      [],
    ])
    expect(leadsOf(text)).not.toEqual([])
  }
  expect((await browser.open('/id/auth/pages.css')).status).toBe(200)
  expect((await browser.press('/id/account', '/id/account/log-out')).location).toBe('/id/auth/welcome?done')
  expect((await browser.open('/id/account/devices')).location).toBe('/id/auth/login?returnTo=%2Fid%2Faccount%2Fdevices')

  const document = JSON.parse((await browser.open('/id/auth/openapi.json')).text)
  expect([document.servers, Object.keys(document.paths).includes('/auth/login')]).toEqual([
    [{ url: 'https://app.example.com/id' }],
    true,
  ])
})

test('the panel is below it too: its door leads back to it, its document says where it stands, and its client finds it', async () => {
  const house = open()
  const browser = tab(house)
  await browser.fill('/id/auth/register', ada)
  const [user] = (await house.auth.asSystem('test').users.list({ limit: 1 })).users
  await house.auth.asSystem('test').users.setRole({ id: user?.id ?? '', role: 'owner' })

  const door = await browser.fill('/id/admin/users?q=ada', ada)
  expect([door.status, door.location]).toEqual([303, '/id/admin/users?q=ada'])
  expect((await browser.fill('/id/admin/login?returnTo=/admin', ada)).location).toBe('/id/admin')
  expect(door.headers.getSetCookie().join()).toMatch(/__Host-keywright-admin=[^;]+; .*Path=\/;/)
  const { status, text } = await browser.open('/id/admin/users')
  expect([status, text]).toEqual([200, expect.stringContaining('<base href="/id/admin/">')])
  expect(text).toContain('<meta name="keywright-admin" content="/id/admin">')
  const [, script] = /src="\.\/(assets\/[\w.-]+\.js)"/.exec(text) ?? []
  expect((await browser.open(`/id/admin/${script}`)).headers.get('content-type')).toBe('text/javascript; charset=utf-8')

  const { routes } = toExpress(house.auth)
  const app = express().use('/id', routes)
  app.get('/admin', (_req, res) => void res.send('their own'))
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const admin = createAdminClient({ baseUrl: origin, basePath: '/id/admin', secret })
  expect((await admin.users.list({ limit: 5 })).users.map(({ email }) => email)).toEqual(['ada@example.com'])
  expect(await (await fetch(`${origin}/admin`)).text()).toBe('their own')
  await new Promise((resolve) => server.close(resolve))
})

test('a path that a router could read as a pattern is refused before anything is opened', () => {
  for (const path of ['/:id', '/a*', '/a%2fb', '/a//b'])
    expect(() => open(`https://app.example.com${path}`)).toThrow('is not made of plain words')
})
