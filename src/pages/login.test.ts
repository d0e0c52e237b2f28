import { afterEach, expect, test } from 'vitest'
import { houseOn } from '../../test/flows/house.ts'
import { tab } from '../../test/flows/tab.ts'
import type { AuthOptions } from '../app/options.ts'
import { sqlite } from '../sqlite.ts'
import { onward } from './login.ts'

const ada = { identifier: 'ada@example.com', password: 'correct horse battery' }
const session = '__Host-keywright-session'
const mail = { from: 'Example <hi@example.com>', transport: 'inbox' as const }

let opened: ReturnType<typeof houseOn> | undefined
afterEach(() => opened?.auth.close())

function open(options: Partial<AuthOptions> = {}) {
  opened = houseOn(sqlite(':memory:'), { infra: { runJobs: false }, ...options })
  return opened
}

test('somebody makes an account, logs out and logs in again by pages alone', async () => {
  const browser = tab(open())
  expect((await browser.open('/auth/welcome')).location).toBe('/auth/login')
  const made = await browser.fill('/auth/register', ada)
  expect([made.status, made.location, browser.jar.has(session)]).toEqual([303, '/auth/welcome', true])
  expect((await browser.open('/auth/welcome')).text).toContain('On this device you are ada@example.com.')
  for (const path of ['/auth/login', '/auth/register']) expect((await browser.open(path)).location).toBe('/auth/welcome')

  const left = await browser.fill('/auth/welcome', {})
  expect([left.status, left.location, browser.jar.has(session)]).toEqual([303, '/auth/welcome?done', false])
  expect((await browser.open('/auth/welcome?done')).text).toContain('You are logged out')
  expect((await browser.fill('/auth/login?returnTo=/app?tab=2', ada)).location).toBe('/app?tab=2')
  expect(browser.jar.has(session)).toBe(true)
  expect((await browser.open('/auth/login/form')).location).toBe('/auth/login')
})

test('whoever comes to log in or to register can type at once; of what was refused they hear first', async () => {
  const house = open()
  const focused = (text: string) => [...text.matchAll(/id="(\w+)"[^>]* autofocus/g)].map(([, which]) => which)
  for (const path of ['/auth/login', '/auth/register']) {
    expect(focused((await tab(house).open(path)).text)).toEqual(['identifier'])
    expect(focused((await tab(house).fill(path, { ...ada, password: 'x' })).text)).toEqual(['problem'])
  }
})

test('a wrong password and an address nobody has get the same page, and no password comes back', async () => {
  const house = open()
  await tab(house).fill('/auth/register', ada)
  const answers = []
  for (const identifier of [ada.identifier, 'eve@example.com']) {
    const { status, text, headers } = await tab(house).fill('/auth/login', { identifier, password: 'not her password' })
    expect(text).toContain(`value="${identifier}"`)
    expect(text).not.toContain('not her password')
    const known = [...headers].filter(([name]) => !['x-correlation-id', 'set-cookie'].includes(name))
    answers.push({ status, known, text: text.replaceAll(identifier, '').replaceAll(/value="[^"]+\.[^"]+"/g, '') })
  }
  expect(answers[0]).toMatchObject({ status: 401, text: expect.stringContaining('This did not match.') })
  expect(answers[1]).toEqual(answers[0])
})

test('CS-01: another site cannot log a browser in, and the token of one page logs nobody in on another', async () => {
  const house = open()
  await tab(house).fill('/auth/register', ada)
  for (const headers of [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }]) {
    const browser = tab(house)
    const { status, text } = await browser.fill('/auth/login', ada, headers)
    expect([status, browser.jar.has(session)]).toEqual([403, false])
    expect(text).toContain('This form did not come from this site.')
  }
  const old = tab(house, { 'sec-fetch-site': '' })
  expect((await old.post('/auth/login/form', { ...ada, csrf: 'made.up' })).status).toBe(403)
  expect((await old.fill('/auth/login', ada)).status).toBe(303)
})

test('OT-05: whatever a login is told to lead to, it leads to a path of ours or to an origin on the list', async () => {
  const house = open({ http: { origins: ['https://admin.example.com'] }, sessions: { perUser: 1000 } })
  const [guest, user] = [tab(house), tab(house)]
  await user.fill('/auth/register', ada)
  const goals = async (wish: string) => {
    const query = `?returnTo=${encodeURIComponent(wish)}`
    guest.jar.delete(session)
    const sent = await guest.post('/auth/login/form', { ...ada, returnTo: wish })
    guest.jar.delete(session)
    return [
      sent.location,
      (await guest.fill(`/auth/login${query}`, ada)).location,
      (await user.open(`/auth/register${query}`)).location,
    ]
  }
  for (const wish of offList) expect(await goals(wish), wish).toEqual(Array(3).fill('/auth/welcome'))
  for (const [wish, goal = wish] of onList) expect(await goals(wish), wish).toEqual(Array(3).fill(goal))
})

const offList = [
  ...['', ' ', 'app', './app', '?a', '#a', 'evil.example', 'http:evil.example', 'https:/evil.example', 'https:///evil.example'],
  ...[
    '//evil.example',
    '///evil.example',
    '////evil.example/%2e%2e',
    '/.//evil.example',
    '/app/..//evil.example',
    '/%2e//evil.example',
  ],
  ...[
    '/\\evil.example',
    '\\\\evil.example',
    '/\\/evil.example',
    'https:\\\\evil.example',
    '/app\\..\\..\\evil.example',
    'https://app.example.com\\@evil.example',
  ],
  ...['https://app.example.com@evil.example', 'https://app.example.com:pw@evil.example/', 'https://x@app.example.com/app'],
  ...[
    'https://app.example.com.evil.example',
    'https://evilapp.example.com',
    'https://example.com',
    'https://app.example.com:8443/app',
    'http://app.example.com/app',
    'https://admin.example.com.evil.example',
    'http://admin.example.com',
  ],
  ...[
    'javascript:alert(1)',
    'JaVaScRiPt://app.example.com/%0aalert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example.com/1',
  ],
  ...[
    '%2f%2fevil.example',
    '/%2fevil.example',
    '/%2Fevil.example',
    '/%5cevil.example',
    '/%5Cevil.example',
    'https:%2f%2fevil.example',
  ],
  ...['/%252fevil.example', '/%25252fevil.example', '/%255cevil.example', '/%250d%250aevil'],
  ...[
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    '/app\r\nSet-Cookie: a=b',
    'java\tscript:alert(1)',
    '/%0d%0aSet-Cookie:%20a=b',
    '/%09/evil.example',
    '/\u0000/evil.example',
    '\u0001https://evil.example',
  ],
  ...['/／evil.example', '/\u2028/evil.example', `/${'a'.repeat(2048)}`],
]
const onList: readonly (readonly [string, string?])[] = [
  ['/app'],
  ['/app/a%20b?q=a%2Fb#part'],
  ['/app?next=//evil.example'],
  ['https://app.example.com/app', '/app'],
  ['/app/../settings', '/settings'],
  ['https://admin.example.com/users?page=2'],
]

test('a login that owes a new password goes on to the page that takes it, and from there to where it was going', async () => {
  const house = open()
  await tab(house).fill('/auth/register', ada)
  const { users } = await house.auth.asSystem('test').users.list({})
  const { temporaryPassword: password } = await house.auth.asSystem('test').password.reset({ id: users[0]?.id ?? '' })
  const browser = tab(house)
  const { location, status } = await browser.fill('/auth/login?returnTo=/app', { ...ada, password })
  expect([status, location, browser.jar.has(session)]).toEqual([303, '/auth/login/password?returnTo=%2Fapp', false])
  const step = location ?? ''
  const short = await browser.fill(step, { newPassword: 'short' })
  expect([short.status, short.text]).toEqual([400, expect.stringContaining('It is too short.')])
  expect((await browser.fill(step, { newPassword: 'violet harbour lamp 42' })).location).toBe('/app')
  expect(browser.jar.has(session)).toBe(true)
  const late = await tab(house).fill(step, { newPassword: 'violet harbour lamp 43' })
  expect([late.status, late.text]).toEqual([401, expect.stringContaining('href="/auth/login?returnTo=%2Fapp"')])
})

test('a login that waits for a mail to be read leads to the page that says so', async () => {
  const reader = { accept: () => '/app' } as never
  expect(onward(reader, new Map([['returnTo', '/app']]), { status: 'verification_required' })).toBeUndefined()
  expect((await tab(open()).open('/auth/register?done')).text).toContain('Check your mail')
})

test('who is sent too often is told for how long to wait, in words and in Retry-After', async () => {
  const row = { address: { limit: 1, per: 60_000 }, shared: false }
  const browser = tab(open({ mail, http: { limits: { login: row, mail: row } } }))
  for (const [path, fields] of [
    ['/auth/login', ada],
    ['/auth/password/forgot', { email: ada.identifier }],
  ] as const) {
    await browser.fill(path, fields)
    const { status, headers, text } = await browser.fill(path, fields)
    expect([status, headers.get('retry-after')]).toEqual([429, '60'])
    expect(text).toContain('That was too often. Try again in 60 seconds.')
  }
})

test('pages of what is off are not there, and nothing leads to them', async () => {
  const closed = tab(open({ users: { registration: false, identifiers: ['username', 'email'] } }))
  const { text } = await closed.open('/auth/login')
  expect(text).toContain('>User name / E-mail address</label>')
  for (const gone of ['/auth/register', '/auth/password/forgot']) expect(text).not.toContain(gone)
  expect((await closed.open('/auth/password/forgot')).status).toBe(404)
  expect((await closed.open('/auth/register')).status).toBe(403)
  expect((await closed.post('/auth/register/form', ada)).status).toBe(403)
  await opened?.auth.close()
  const bare = tab(open({ pages: false }))
  for (const path of ['/auth/login', '/auth/register', '/auth/welcome', '/auth/pages.css'])
    expect([404, 405]).toContain((await bare.open(path)).status)
  expect(() => open({ pages: false, mail })).toThrow('mails lead to a page that is switched off')
})

test('links.afterLogin names where a login leads, and only there its form may lead besides', async () => {
  const browser = tab(
    open({ links: { afterLogin: 'https://www.example.com/start' }, http: { origins: ['https://admin.example.com'] } }),
  )
  const { headers } = await browser.open('/auth/register')
  expect(headers.get('content-security-policy')).toContain(
    "form-action 'self' https://admin.example.com https://www.example.com;",
  )
  expect((await browser.fill('/auth/register', ada)).location).toBe('https://www.example.com/start')
})
