import { afterEach, expect, test } from 'vitest'
import { houseOn } from '../../../test/flows/house.ts'
import { tab } from '../../../test/flows/tab.ts'
import type { AuthOptions } from '../../app/options.ts'
import { sqlite } from '../../sqlite.ts'

const ada = { identifier: 'ada@example.com', password: 'correct horse battery' }
const fresh = 'violet harbour lamp 42'
const session = '__Host-keywright-session'
const mail = { from: 'Example <hi@example.com>', transport: 'inbox' as const }
const laptop = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

let opened: ReturnType<typeof houseOn> | undefined
afterEach(() => opened?.auth.close())

async function open(options: Partial<AuthOptions> = {}) {
  opened = houseOn(
    sqlite(':memory:'),
    { mail, email: {}, password: { advice: true }, infra: { runJobs: false }, ...options },
    { jobsAtOnce: true },
  )
  const browser = tab(opened, { 'user-agent': laptop })
  await browser.fill('/auth/register', ada)
  return { house: opened, browser }
}

const inbox = () => opened?.service('mail')?.inbox?.messages() ?? []
const done = (shown: { status: number; location: string | null }, location: string) =>
  expect([shown.status, shown.location]).toEqual([303, location])

test('somebody looks after their profile, address and password by pages alone, and is told in the field what is wrong', async () => {
  const { house, browser } = await open()
  const stranger = await tab(house).open('/account/password')
  done(stranger, '/auth/login?returnTo=%2Faccount%2Fpassword')
  expect((await tab(house).fill(String(stranger.location), ada)).location).toBe('/account/password')

  done(
    await browser.press('/account', '/account/profile', { firstName: ' Ada ', lastName: '', locale: 'it' }),
    '/account?done=profile',
  )
  const saved = await browser.open('/account?done=profile')
  expect(saved.text).toMatch(/lang="it"[\s\S]*role="status">Il tuo profilo è stato salvato[\s\S]*value="Ada"/)
  await browser.press('/account', '/account/profile', { locale: '' })

  const move = { newEmail: 'ada@new.example', currentPassword: 'wrong' }
  const wrong = await browser.press('/account', '/account/email', move)
  expect([wrong.status, wrong.text]).toEqual([401, expect.stringContaining('This is not your password.')])
  expect(wrong.text).toMatch(/id="currentPassword"[^>]*\s aria-invalid="true" aria-describedby="problem"/)
  expect(wrong.text).toContain('value="ada@new.example"')
  const same = await browser.press('/account', '/account/email', { newEmail: ada.identifier, currentPassword: ada.password })
  expect(same.status).toBe(400)
  expect(same.text).toMatch(/id="newEmail"[^>]*aria-describedby="newEmail-problem">\s*<p[^>]*>It is the one you have\.</)
  done(await browser.press('/account', '/account/email', { ...move, currentPassword: ada.password }), '/account?done=email')
  expect(inbox()[0]?.to).toBe('ada@new.example')

  const weak = await browser.press('/account/password', '/account/password/change', {
    currentPassword: ada.password,
    newPassword: 'short',
  })
  expect([weak.status, weak.text]).toEqual([400, expect.stringContaining('It is too short.')])
  expect(weak.text).toContain('Add a word or two that few people use.')
  const change = { currentPassword: ada.password, newPassword: fresh }
  done(await browser.press('/account/password', '/account/password/change', change), '/account/password?done=change')
  expect((await browser.open('/account/password/change')).location).toBe('/account/password')
})

test('somebody sees their devices, logs one out, then all others, then this one', async () => {
  const { house, browser } = await open()
  const others = [tab(house, { 'user-agent': phone }), tab(house, { 'user-agent': phone })]
  for (const other of others) await other.fill('/auth/login', ada)
  house.advance(5 * 60_000)
  const { text } = await browser.open('/account/devices')
  expect(text).toMatch(/Firefox on Linux<\/strong> <span class="mark">This device/)
  expect(text).toMatch(/Safari on iOS[\s\S]*Last active 5 minutes ago[\s\S]*Network address 192\.0\.2\.1/)

  done(await browser.press('/account/devices', '/account/devices/end'), '/account/devices?done=end')
  const standing = await Promise.all(others.map(async (other) => (await other.open('/account')).status))
  expect(standing.sort()).toEqual([200, 303])
  done(await browser.press('/account/devices', '/account/devices/end-others'), '/account/devices?done=end-others')
  for (const other of others) expect((await other.open('/account')).status).toBe(303)
  const forged = await browser.post('/account/devices/end', { sessionHandle: 'x' }, { 'sec-fetch-site': 'cross-site' })
  expect(forged.status).toBe(403)
  done(await browser.press('/account', '/account/log-out'), '/auth/welcome?done')
  expect(browser.jar.has(session)).toBe(false)
})

test('somebody finds a login in their activity that was not theirs, and locks the account with the words of what follows', async () => {
  const { house, browser } = await open()
  const thief = tab(house, { 'user-agent': phone })
  await thief.fill('/auth/login', ada)
  const { text } = await browser.open('/account/activity')
  const [, link = ''] = /Safari on iOS[\s\S]*?href="(\/account\/not-me\?entry=[^"]+)"/.exec(text) ?? []
  expect((await browser.open(link)).text).toContain('We send a link to ada@example.com')
  done(await browser.press(link, '/account/not-me/lock'), '/account/locked?next=mail')
  expect(browser.jar.has(session)).toBe(false)
  expect((await browser.open('/account/locked?next=mail')).text).toContain('All devices were logged out')
  expect((await thief.open('/account')).status).toBe(303)
  expect((await thief.fill('/auth/login', ada)).text).toContain('A new password has to be chosen first.')
  const reset = new URL(/https:\S+/.exec(inbox()[0]?.text ?? '')?.[0] ?? '')
  done(await browser.fill(reset.pathname + reset.search, { newPassword: fresh }), '/auth/password/reset?done')
  done(await browser.fill('/auth/login?returnTo=/account/activity', { ...ada, password: fresh }), '/account/activity')
  expect((await browser.open('/account/activity')).text).toContain('You said that it was not you')
})

test('somebody takes their data along and leaves, each for their password; the grace is said before', async () => {
  const { browser } = await open()
  expect((await browser.press('/account/data', '/account/data/download', { currentPassword: 'wrong' })).status).toBe(401)
  const file = await browser.press('/account/data', '/account/data/download', { currentPassword: ada.password })
  expect(file.headers.get('content-disposition')).toBe('attachment; filename="account-data.json"')
  expect(JSON.parse(file.text).data.users).toMatchObject({ identifiers: [{ value: ada.identifier }] })

  expect((await browser.open('/account/deletion')).text).toContain('It is deleted 14 days from now.')
  expect((await browser.press('/account/deletion', '/account/deletion/confirm', { currentPassword: '' })).status).toBe(400)
  const left = await browser.press('/account/deletion', '/account/deletion/confirm', { currentPassword: ada.password })
  expect([left.status, browser.jar.has(session)]).toEqual([303, false])
  expect((await browser.open(String(left.location))).text).toContain('It is deleted on Jan 15, 2026')
})

test('AD-01: markup in names, user agents, the name of the site and addresses is text on every page; no setting becomes style or an address elsewhere', async () => {
  const { house, browser } = await open()
  const markup = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
  const settings = house.auth.asSystem('test').settings
  await settings.set({ settings: { 'pages.siteName': markup } })
  for (const [name, value] of [
    ['pages.primaryColor', 'red;}body{background:url(//evil.example)'],
    ['pages.primaryColor', '#12345'],
    ['pages.logoUrl', '//evil.example/x.png'],
    ['pages.logoUrl', 'https://evil.example/x.png'],
    ['pages.logoUrl', '/a/../x"onerror="alert(1)'],
    ['pages.logoUrl', 'javascript:alert(1)'],
  ] as const)
    expect(await settings.set({ settings: { [name]: value } }).result()).toMatchObject({ ok: false })
  await tab(house, { 'user-agent': `${markup}/1.0 (X11; ${markup})` }).fill('/auth/login', ada)
  const names = { firstName: markup, lastName: markup }
  const refused = await browser.press('/account', '/account/profile', { ...names, locale: '"><img src=x>' })
  expect([refused.status, /<(?:script|img)/.test(refused.text)]).toEqual([400, false])
  expect((await browser.press('/account', '/account/profile', names)).status).toBe(303)
  for (const path of [
    '',
    '/password',
    '/devices',
    '/activity',
    `/not-me?entry=${encodeURIComponent(markup)}`,
    '/data',
    '/deletion',
  ]) {
    const { status, text } = await browser.open(`/account${path}`)
    expect([path, status, /<(?:script|img)/.test(text)]).toEqual([path, 200, false])
  }
})

test('the look of pages is a setting: name, colour and picture change at once, and the policy lets in nothing but that picture’s origin', async () => {
  const { house, browser } = await open({ pages: { siteName: 'Before' } })
  expect((await browser.open('/account')).text).toContain('>Before</p>')
  const look = { 'pages.siteName': 'Meadow', 'pages.primaryColor': '#FFE000', 'pages.logoUrl': '/logo.svg' }
  await house.auth.asSystem('test').settings.set({ settings: look })
  const { text, headers } = await browser.open('/account')
  expect(text).toContain('<img src="/logo.svg" alt="" height="32">Meadow')
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  expect((await browser.open('/auth/pages.css')).text).toContain('--accent: #7f7000')
})

test('an application that has an account page of its own keeps it', async () => {
  for (const pages of [{ account: false }, false]) {
    opened = houseOn(sqlite(':memory:'), { pages, infra: { runJobs: false } })
    expect([opened.auth.owns('/account'), opened.auth.owns('/account/devices')]).toEqual([false, false])
    await opened.auth.close()
  }
})
