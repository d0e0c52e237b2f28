import { afterEach, beforeEach, expect, test } from 'vitest'
import { houseOn } from '../../test/flows/house.ts'
import { catalogues } from '../messages/languages.ts'
import { sqlite } from '../sqlite.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const base = 'https://app.example.com'

let house: ReturnType<typeof houseOn>
beforeEach(async () => {
  const mail = { from: 'Example <hi@example.com>', transport: 'inbox' as const }
  house = houseOn(sqlite(':memory:'), { mail, email: {}, infra: { runJobs: false } }, { jobsAtOnce: true })
  await send('/auth/register', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(ada) })
})
afterEach(() => house.auth.close())

const own = { 'sec-fetch-site': 'same-origin', origin: base }

async function send(path: string, init: RequestInit = {}) {
  const response = await house.auth.handle(new Request(new URL(path, base), { ...init, headers: { ...own, ...init.headers } }))
  await house.background.settled()
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** A form as browsers send it from a page without a referrer: its Origin is `null`. */
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  send(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: 'null', ...headers } })

/** A form from a browser that knows nothing of Fetch Metadata. */
async function postPlainly(fields: Record<string, string>, headers: Record<string, string>) {
  const init = { method: 'POST', body: new URLSearchParams(fields), headers }
  return (await house.auth.handle(new Request(`${base}/auth/password/forgot/form`, init))).status
}

const cookiesIn = (headers: Headers) => headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '')
const tokenIn = (text: string) => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? ''

const sent = () => house.service('mail')?.inbox?.messages() ?? []
const verificationLink = () => new URL(/https:\S+/.exec(sent().at(-1)?.text ?? '')?.[0] ?? '')
const newestLink = () => new URL(/https:\S+/.exec(sent()[0]?.text ?? '')?.[0] ?? '')

test('somebody who has forgotten their password chooses a new one by pages alone, without script', async () => {
  const asked = await send('/auth/password/forgot')
  expect(asked.text).toContain('<form method="post" action="/auth/password/forgot/form">')
  expect(asked.text).not.toContain('<script')
  const forgot = await post('/auth/password/forgot/form', { email: ada.email })
  expect([forgot.status, forgot.headers.get('location')]).toEqual([303, '/auth/password/forgot?done'])
  expect((await send('/auth/password/forgot?done')).text).toContain('Check your mail')

  const link = newestLink()
  expect(link.href).toMatch(/^https:\/\/app\.example\.com\/auth\/password\/reset\?token=/)
  const token = link.searchParams.get('token') ?? ''
  const short = await post('/auth/password/reset/form', { token, newPassword: 'short' })
  expect([short.status, short.text]).toEqual([400, expect.stringContaining('It is too short.')])
  expect(short.text).toContain(`value="${token}"`)
  const breve = await post('/auth/password/reset/form', { token, newPassword: 'short' }, { 'accept-language': 'it' })
  const below =
    />\s*<p class="reason" id="newPassword-problem">Troppo breve. Servono almeno 12 caratteri. La usano troppe persone.</
  expect(breve.text).toMatch(below)
  const saved = await post('/auth/password/reset/form', { token, newPassword: 'violet harbour lamp 42' })
  expect([saved.status, saved.headers.get('location')]).toEqual([303, '/auth/password/reset?done'])
  const again = await post('/auth/password/reset/form', { token, newPassword: 'violet harbour lamp 43' })
  expect([again.status, again.text]).toEqual([400, expect.stringContaining('Ask for a new link')])
})

test('somebody whose account will be deleted keeps it by a page alone, once', async () => {
  const bearer = { 'content-type': 'application/json', 'x-auth-strategy': 'bearer' }
  const login = () => send('/auth/login', { method: 'POST', headers: bearer, body: JSON.stringify(ada) })
  const authorization = `Bearer ${JSON.parse((await login()).text).accessToken}`
  expect((await send('/auth/account', { method: 'DELETE', headers: { authorization } })).status).toBe(200)

  const { pathname, search, searchParams } = newestLink()
  expect(pathname).toBe('/auth/account/restore')
  expect((await send(pathname + search)).text).toContain('<button>Keep my account</button>')
  expect((await login()).status).toBe(401)
  const token = searchParams.get('token') ?? ''
  const kept = await post('/auth/account/restore/form', { token })
  expect([kept.status, kept.headers.get('location')]).toEqual([303, '/auth/account/restore?done'])
  expect((await send('/auth/account/restore?done')).text).toContain('Your account stays')
  expect((await login()).status).toBe(200)
  expect((await post('/auth/account/restore/form', { token })).status).toBe(400)
})

test('somebody proves their address by the link of a mail or by its code, and asks for another mail, by pages alone', async () => {
  const { pathname, search, searchParams } = verificationLink()
  expect(pathname).toBe('/auth/verify')
  for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'GET', 'HEAD', 'GET', 'HEAD', 'GET', 'HEAD'])
    expect((await send(pathname + search, { method })).status).toBe(200) // OT-07: nothing is spent by looking
  const token = searchParams.get('token') ?? ''
  const confirmed = await post('/auth/verify/form', { token })
  expect([confirmed.status, confirmed.headers.get('location')]).toEqual([303, '/auth/verify?done'])
  const again = await post('/auth/verify/form', { token })
  expect([again.status, again.text]).toEqual([400, expect.stringContaining('href="/auth/verify/resend"')])

  const grace = { email: 'grace@example.com', password: ada.password }
  await send('/auth/register', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(grace) })
  house.advance(1_000)
  expect((await post('/auth/verify/resend/form', { email: grace.email })).status).toBe(303)
  const code = /^\d{6}$/m.exec(sent()[0]?.text ?? '')?.[0] ?? ''
  const wrong = await post('/auth/verify/form', { email: grace.email, code: code === '000000' ? '000001' : '000000' })
  expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('This code is wrong')])
  expect(wrong.text).toContain(`value="${grace.email}"`)
  expect((await post('/auth/verify/form', { email: grace.email, code: `${code.slice(0, 3)} ${code.slice(3)}` })).status).toBe(303)
})

test('where the mail is not enough, the page asks in a second step for the password the account was opened with, or leads to a new one', async () => {
  await house.auth.asSystem('test').settings.set({ settings: { 'email.confirmWith': 'password' } })
  const token = verificationLink().searchParams.get('token') ?? ''
  const asked = await post('/auth/verify/form', { token })
  expect([asked.status, asked.text]).toEqual([403, expect.stringContaining('Type the password of this account.')])
  expect(asked.text).toContain(`<input type="hidden" name="token" value="${token}">`)
  expect(asked.text).toContain('href="/auth/password/forgot"')
  const wrong = await post('/auth/verify/form', { token, password: 'violet harbour lamp 42' })
  expect([wrong.status, wrong.text]).toEqual([401, expect.stringContaining('This is not your password.')])
  expect(wrong.text).not.toContain('violet')
  expect((await post('/auth/verify/form', { token, password: '' })).status).toBe(403)
  expect((await post('/auth/verify/form', { token, password: ada.password })).status).toBe(303)
  expect((await post('/auth/verify/form', { token, password: ada.password })).text).toContain('href="/auth/verify/resend"')
})

test('a change of address asks for the password in the same second step', async () => {
  const { settings } = house.auth.asSystem('test')
  await settings.set({ settings: { 'email.confirmWith': 'password' } })
  const headers = { 'content-type': 'application/json', 'x-auth-strategy': 'bearer' }
  const { accessToken } = JSON.parse((await send('/auth/login', { method: 'POST', headers, body: JSON.stringify(ada) })).text)
  const wish = JSON.stringify({ newEmail: 'lovelace@example.com', currentPassword: ada.password })
  await send('/auth/email/change', {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${accessToken}` },
    body: wish,
  })
  const token = newestLink().searchParams.get('token') ?? ''
  const asked = await post('/auth/email/change/confirm/form', { token })
  expect([asked.status, asked.text]).toEqual([403, expect.stringContaining('action="/auth/email/change/confirm/form"')])
  expect(asked.text).toContain('Type the password of this account.')
  expect((await post('/auth/email/change/confirm/form', { token, password: 'violet harbour lamp 42' })).status).toBe(401)
  expect((await post('/auth/email/change/confirm/form', { token, password: ada.password })).status).toBe(303)
  const late = await post('/auth/email/change/confirm/form', { token, password: ada.password })
  expect([late.status, late.text]).toEqual([400, expect.not.stringContaining('type="password"')])
})

test('OT-07: whoever only looks at the link, ten times and by HEAD, spends nothing', async () => {
  await post('/auth/password/forgot/form', { email: ada.email })
  const { pathname, search, searchParams } = newestLink()
  for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'GET', 'HEAD', 'GET', 'HEAD', 'GET', 'HEAD'])
    expect((await send(pathname + search, { method })).status).toBe(200)
  const token = searchParams.get('token') ?? ''
  expect((await post('/auth/password/reset/form', { token, newPassword: 'violet harbour lamp 42' })).status).toBe(303)
})

test('an address is confirmed and put back by pages alone, and looking at their links spends nothing', async () => {
  const json = { 'content-type': 'application/json' }
  const tokens = await send('/auth/login', {
    method: 'POST',
    headers: { ...json, 'x-auth-strategy': 'bearer' },
    body: JSON.stringify(ada),
  })
  const authorization = `Bearer ${JSON.parse(tokens.text).accessToken}`
  const body = JSON.stringify({ newEmail: 'ada@new.example' })
  expect((await send('/auth/email/change', { method: 'POST', headers: { ...json, authorization }, body })).status).toBe(200)
  for (const [step, words] of [
    ['confirm', 'We have told the old address too.'],
    ['revert', '/auth/password/forgot'],
  ] as const) {
    const link = new URL(/https:\S+/.exec(sent().find(({ text }) => text.includes(`/change/${step}`))?.text ?? '')?.[0] ?? '')
    expect(link.pathname).toBe(`/auth/email/change/${step}`)
    for (const method of ['GET', 'HEAD']) expect((await send(link.pathname + link.search, { method })).status).toBe(200)
    const token = link.searchParams.get('token') ?? ''
    const done = await post(`${link.pathname}/form`, { token })
    expect([done.status, done.headers.get('location')]).toEqual([303, `${link.pathname}?done`])
    expect((await send(`${link.pathname}?done`)).text).toContain(words)
    const again = await post(`${link.pathname}/form`, { token })
    expect([again.status, again.text]).toEqual([400, expect.stringContaining('This link does not work any more')])
  }
})

test('CS-01: a form of another site is refused, in words, and sends nothing', async () => {
  for (const headers of [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }]) {
    const { status, text } = await post('/auth/password/forgot/form', { email: ada.email }, headers)
    expect([status, text]).toEqual([403, expect.stringContaining('This form did not come from this site.')])
  }
  expect(sent()).toHaveLength(1) // what everybody gets who registers
})

test('a browser without Fetch Metadata, whose Origin says null or nothing, is believed by the token of the page', async () => {
  const page = await send('/auth/password/forgot')
  const fields = { email: ada.email, csrf: tokenIn(page.text) }
  const [cookie = ''] = cookiesIn(page.headers)
  expect(cookie).toBe(`__Host-keywright-csrf=${fields.csrf}`)
  expect(page.headers.getSetCookie()[0]).toContain('Secure; SameSite=Lax')
  expect(await postPlainly(fields, { origin: 'null', cookie })).toBe(303)
  expect(await postPlainly(fields, { cookie })).toBe(303)
  expect(await postPlainly(fields, { origin: base })).toBe(303)
  const refused = await post('/auth/password/forgot/form', { email: 'x'.repeat(400), csrf: fields.csrf }, { cookie })
  expect([refused.status, tokenIn(refused.text), cookiesIn(refused.headers)]).toEqual([400, fields.csrf, []])
})

test('CS-01: the token of a page is worth nothing without its cookie, with that of another page, in another session, or from another site', async () => {
  const [page, other] = [await send('/auth/password/forgot'), await send('/auth/password/forgot')]
  const fields = { email: ada.email, csrf: tokenIn(page.text) }
  const [cookie = ''] = cookiesIn(page.headers)
  for (const headers of [
    { origin: 'null' },
    { origin: 'null', cookie: cookiesIn(other.headers)[0] ?? '' },
    { origin: 'null', cookie: `${cookie}; __Host-keywright-session=selector.verifier` },
    { origin: 'https://evil.example', cookie },
    { origin: 'null', 'sec-fetch-site': 'cross-site', cookie },
  ])
    expect(await postPlainly(fields, headers)).toBe(403)
  expect(await postPlainly({ email: ada.email }, { origin: 'null', cookie })).toBe(403)
  expect(sent()).toHaveLength(1) // what everybody gets who registers
})

test('where every request with a session owes the token, a form of ours sends it', async () => {
  await house.auth.close()
  house = houseOn(sqlite(':memory:'), {
    mail: { from: 'Example <hi@example.com>', transport: 'inbox' },
    http: { csrf: 'token' },
    infra: { runJobs: false },
  })
  const headers = { 'content-type': 'application/json' }
  const registered = await send('/auth/register', { method: 'POST', headers, body: JSON.stringify(ada) })
  const cookie = cookiesIn(registered.headers).join('; ')
  expect(cookie).toMatch(/-session=.*-csrf=/)
  const page = await send('/auth/password/forgot', { headers: { cookie } })
  expect(page.headers.getSetCookie()).toEqual([])
  const fields = { email: ada.email, csrf: tokenIn(page.text) }
  expect((await post('/auth/password/forgot/form', fields, { cookie })).status).toBe(303)
  expect((await post('/auth/password/forgot/form', { email: ada.email }, { cookie })).status).toBe(403)
})

test('what was typed comes back as text, and only forms are read', async () => {
  const markup = '"><img src=x onerror=alert(1)>'
  const { status, text } = await post('/auth/password/forgot/form', { email: `${markup}${'x'.repeat(400)}` })
  expect(status).toBe(400)
  expect(text).not.toContain('<img')
  expect((await send(`/auth/password/reset?token=${encodeURIComponent(markup)}`)).text).not.toContain('<img')
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: ada.email }) }
  expect((await send('/auth/password/forgot/form', json)).status).toBe(415)
  expect(sent()).toHaveLength(1) // what everybody gets who registers
})

test('a page may load its style sheet and send its form, and nothing else', async () => {
  const { headers } = await send('/auth/password/forgot')
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('cache-control')).toBe('no-store')
  expect((await send('/auth/pages.css')).headers.get('content-type')).toContain('text/css')
})

test('a page is in the language the browser asks for, else in that of the house', async () => {
  for (const [wish, language] of [
    ['it-CH, en;q=0.5', 'it'],
    ['xx', 'en'],
  ] as const) {
    const { text } = await send('/auth/password/forgot', { headers: { 'accept-language': wish } })
    expect(text).toContain(`<html lang="${language}">`)
    expect(text).toContain(catalogues[language].pages['forgot-password'].title)
  }
})
