import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Response } from 'express'
import { type AuthConfig, MemoryTemplateStore } from 'keywright/node-auth'
import { describe, expect, onTestFinished, test } from 'vitest'
import { engines } from '../../engines.ts'
import { ada, bcrypt, openDesk } from './desk.ts'
import { FullUserStore } from './samples/full-user-store.ts'

interface Posted {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly from: string
  readonly fromName: string
}

/** A mail service as node-auth's applications run one. */
async function mailService() {
  const posted: Posted[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    posted.push({ ...JSON.parse(body), key: request.headers['x-api-key'] })
    response.writeHead(202).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`
  return { posted, mailer: { endpoint, apiKey: 'k', from: 'hi@example.com', fromName: 'Example', provider: 'ses' } }
}

const theirs = (res: Response) => res.status(404).json({ page: 'theirs' })

const linkIn = (mail: Posted | undefined) => new URL(/https?:\S+/.exec(mail?.text ?? '')?.[0] ?? 'none:')
const tokenIn = (mail: Posted | undefined) => linkIn(mail).searchParams.get('token') ?? ''

async function openMailed(more: Partial<AuthConfig> = {}, { mount = '/auth' } = {}) {
  const users = new FullUserStore()
  const service = await mailService()
  const { email, ...rest } = more
  const keywright = { http: { limits: false as const }, notices: { passwordChanged: false }, ...more.keywright }
  const config = { ...rest, email: email ?? { siteUrl: 'http://localhost', mailer: service.mailer }, keywright }
  const desk = await openDesk({ users, config, mount, routes: (app) => void app.use((_req, res) => void theirs(res)) })
  /** Posts, and waits for what was owed. */
  const post = async (path: string, body: object, browser = desk.client(), method = 'POST') => {
    const answer = await browser.send(method, `/auth${path}`, body, { ...browser.page, ...browser.csrf() })
    await desk.settled()
    return { status: answer.status, body: answer.body }
  }
  return { ...desk, users, post, posted: service.posted }
}

const done = { status: 200, body: { success: true } }
const unknownToken = { status: 400, body: { code: 'TICKET_REJECTED' } }

describe.each(engines)('with a mailer, all but users on $name', ({ open }) => {
  test('forgot, reset, verify, change of address, undo, delete', async () => {
    const { storage, cleanup } = await open()
    onTestFinished(cleanup)
    const { users, user, client, clock, wait, post, posted } = await openMailed({ keywright: { storage } })
    const laptop = client()
    await laptop.login()
    expect(await post('/forgot-password', { email: 'nobody@example.com' })).toEqual(done)
    expect(await post('/forgot-password', { email: 'ADA@example.com', emailLang: 'it' })).toEqual(done)
    expect(posted).toMatchObject([
      { to: ada.email, subject: 'Scegli una nuova password per Example', from: 'hi@example.com', fromName: 'Example', key: 'k' },
    ])
    expect(linkIn(posted[0]).href).toMatch(/^http:\/\/localhost\/auth\/reset-password\?token=[\w-]{43}$/)
    const fresh = { token: tokenIn(posted[0]), password: 'another long sentence' }
    expect(await post('/reset-password', { ...fresh, password: 'short' })).toMatchObject({
      status: 400,
      body: { code: 'PASSWORD_REJECTED' },
    })
    expect(await post('/reset-password', fresh)).toEqual(done)
    expect(await post('/reset-password', fresh)).toMatchObject(unknownToken)
    expect((await laptop.get('/auth/me')).status).toBe(401)
    const who = { email: ada.email, password: fresh.password }
    expect((await laptop.login(who, laptop.page)).status).toBe(200)
    // Whoever read the mail has the mailbox.
    expect(await users.findById(user.id)).toMatchObject({ isEmailVerified: true })
    await users.updateEmailVerified(user.id, false)

    expect(await post('/send-verification-email', {}, laptop)).toEqual(done)
    expect((await post('/send-verification-email', {})).status).toBe(401)
    const looked = await client().get(`/auth/verify-email?token=${tokenIn(posted[1])}`)
    expect([looked.status, looked.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect((await users.findById(user.id))?.isEmailVerified).toBe(false)
    expect(await post('/verify-email', { token: tokenIn(posted[1]) })).toEqual(done)
    expect(await post('/verify-email', { token: tokenIn(posted[1]) })).toMatchObject(unknownToken)
    expect((await users.findById(user.id))?.isEmailVerified).toBe(true)
    expect(await post('/send-verification-email', {}, laptop)).toMatchObject({
      status: 400,
      body: { code: 'ALREADY_VERIFIED' },
    })

    await users.create({ email: 'grace@example.com', password: await bcrypt('a password for grace') })
    expect(await post('/change-email/request', { newEmail: 'grace@example.com' }, laptop)).toEqual(done)
    expect(posted.slice(2)).toMatchObject([{ to: 'grace@example.com', subject: 'Your address at Example' }])
    expect(await post('/change-email/request', { newEmail: 'ada@new.example.com' }, laptop)).toEqual(done)
    expect(linkIn(posted[3]).pathname).toBe('/auth/change-email/confirm')
    expect(await post('/change-email/confirm', { token: tokenIn(posted[3]) })).toEqual(done)
    expect(await users.findById(user.id)).toMatchObject({ email: 'ada@new.example.com', isEmailVerified: true })
    await wait('10s') // their table is written after ours: the notice waits until it is there
    expect(posted[4]).toMatchObject({ to: ada.email, subject: 'Your address at Example was changed' })
    expect(await post('/change-email/revert', { token: tokenIn(posted[4]) })).toEqual(done)
    expect(await users.findById(user.id)).toMatchObject({ email: ada.email, isEmailVerified: true })
    expect((await laptop.get('/auth/me')).status).toBe(401)

    const again = { token: tokenIn(posted[5]), password: 'a third long sentence' }
    expect(await post('/reset-password', again)).toEqual(done)
    const phone = client()
    await phone.login({ email: ada.email, password: again.password })
    clock.advance('11m')
    expect(await post('/account', {}, phone, 'DELETE')).toMatchObject({ status: 403, body: { code: 'STEP_UP_REQUIRED' } })
    expect(await post('/account', { currentPassword: again.password }, phone, 'DELETE')).toEqual(done)
    expect(await users.findById(user.id)).toBeNull()
    expect([...phone.jar.keys()]).not.toContain('keywright-session')
    expect((await phone.login({ email: ada.email, password: again.password }, phone.page)).status).toBe(401)
    expect(users.secrets).toEqual([])
  })
})

test('the page of a mail takes its form, wherever the router is mounted, and a page of the application is left alone', async () => {
  const links = { verifyEmail: 'https://app.example.com/verified' }
  const desk = await openMailed({ apiPrefix: '/api/auth/', keywright: { links } }, { mount: '/api/auth' })
  const browser = desk.client()
  await browser.send('POST', '/api/auth/forgot-password', { email: ada.email })
  await desk.settled()
  const link = linkIn(desk.posted[0])
  expect(link.pathname).toBe('/api/auth/reset-password')
  const page = await browser.get(link.pathname + link.search)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const csrf = browser.jar.get('csrf-token') ?? ''
  expect(csrf).not.toBe('')
  const form = new URLSearchParams({ csrf, token: tokenIn(desk.posted[0]), newPassword: 'another long sentence' })
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...browser.page }
  const evil = { ...headers, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.com' }
  expect((await desk.client().send('POST', '/api/auth/password/reset/form', String(form), evil)).status).toBe(403)
  const taken = await browser.send('POST', '/api/auth/password/reset/form', String(form), headers)
  expect(taken.status).toBe(200) // of the page it was led to
  expect((await desk.client().send('POST', '/api/auth/login', { email: ada.email, password: ada.password })).status).toBe(401)
  expect((await browser.get('/api/auth/pages.css')).headers.get('content-type')).toContain('text/css')
  expect((await browser.get('/api/auth/verify-email?token=x')).body).toEqual({ page: 'theirs' })
})

test.each([
  ['strict', 'EMAIL_NOT_VERIFIED'],
  ['lazy', 'EMAIL_VERIFICATION_REQUIRED'],
] as const)(
  'mode %s: whoever has to prove their address first is told %s, gets a mail without a session, and is let in then',
  async (mode, code) => {
    const { users, user, client, clock, post, posted } = await openMailed({ emailVerificationMode: mode })
    if (mode === 'lazy') {
      expect((await client().login()).status).toBe(200) // without a deadline
      await users.setDeadline(user.id, new Date(clock.now().getTime() + 60_000))
      expect((await client().login()).status).toBe(200)
      clock.advance('1m')
    }
    expect(await client().login()).toMatchObject({ status: 403, body: { code } })
    expect((await client().login({ ...ada, password: 'not hers' })).body.code).toBe('INVALID_CREDENTIALS')
    for (const email of [ada.email, 'nobody@example.com']) expect(await post('/send-verification-email', { email })).toEqual(done)
    expect(posted.every(({ to }) => to === ada.email)).toBe(true)
    expect(await post('/verify-email', { token: tokenIn(posted.at(-1)) })).toEqual(done)
    expect((await client().login()).status).toBe(200)
  },
)

test('functions of the application send in place of the mailer; without all they need routes are not there', async () => {
  const sent: unknown[][] = []
  const email = {
    siteUrl: 'http://localhost',
    async sendPasswordReset(...mail: unknown[]) {
      sent.push([this === email, ...mail])
    },
    async sendVerificationEmail(...mail: unknown[]) {
      sent.push(mail)
    },
  }
  const { post, client } = await openMailed({ email })
  expect(await post('/forgot-password', { email: ada.email, emailLang: 'it\r\nx: y' })).toEqual(done)
  expect(sent).toEqual([[true, ada.email, expect.stringMatching(/^[\w-]{43}$/), expect.stringContaining('?token='), 'en']])
  expect(sent[0]?.[3]).toContain(String(sent[0]?.[2]))
  const laptop = client()
  await laptop.login()
  expect(await post('/send-verification-email', { emailLang: 'it' }, laptop)).toEqual(done)
  expect(sent[1]).toEqual([ada.email, expect.any(String), expect.stringContaining('/auth/verify-email?token='), 'it'])
  // Nothing of theirs would tell the old address.
  expect((await post('/change-email/request', { newEmail: 'a@example.com' }, laptop)).status).toBe(404)
  const full: unknown[][] = []
  const changed = { ...email, sendEmailChanged: async (...mail: unknown[]) => void full.push(mail) }
  const other = await openMailed({ email: changed })
  const tablet = other.client()
  await tablet.login()
  await other.post('/change-email/request', { newEmail: 'ada@new.example.com' }, tablet)
  const [to, token] = sent.at(-1) ?? []
  expect(to).toBe('ada@new.example.com')
  expect(await other.post('/change-email/confirm', { token })).toEqual(done)
  await other.wait('10s')
  expect(full).toEqual([[ada.email, 'ada@new.example.com', 'en', expect.stringContaining('/auth/change-email/revert?token=')]])
  // Somebody is there before the new address has answered.
  await other.post('/change-email/request', { newEmail: 'late@example.com', currentPassword: ada.password }, tablet)
  await other.users.create({ email: 'late@example.com', password: null })
  const late = { token: sent.at(-1)?.[1] }
  expect(await other.post('/change-email/confirm', late)).toMatchObject({ status: 409, body: { code: 'IDENTIFIER_TAKEN' } })
})

test('templates of the application are what the mailer sends', async () => {
  const templateStore = new MemoryTemplateStore()
  await templateStore.updateMailTemplate('password-reset', { translations: { en: { subject: 'A key for {{app}}' } } })
  const { post, posted } = await openMailed({ templateStore })
  await post('/forgot-password', { email: ada.email })
  expect(posted).toMatchObject([{ subject: 'A key for Example' }])
})
