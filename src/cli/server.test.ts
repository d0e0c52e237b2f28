import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createDesk, secret } from './test-desk.ts'

/** A mail as `GET /dev/inbox.json` shows it. */
interface InboxMessage {
  readonly to: string
  readonly kind: string
  readonly subject: string
  readonly links: readonly string[]
  readonly code?: string
}

const desk = createDesk()
afterEach(desk.clear)

describe('serve --dev', () => {
  test('the first start makes everything and says where; the second reuses it', async () => {
    const dir = desk.folder()
    const first = await desk.serve(dir)
    expect(first.output()).toContain(first.url)
    const note = readFileSync(join(dir, 'first-admin.txt'), 'utf8')
    expect(note.split('\n')[0]).toBe('admin@local')
    expect(first.output()).not.toContain(note.split('\n')[1])
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    for (const file of ['secret', 'first-admin.txt', 'identity.db']) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600)
    expect(await first.stop('SIGTERM')).toBe(0)

    const generated = readFileSync(join(dir, 'secret'), 'utf8')
    const second = await desk.serve(dir)
    expect(readFileSync(join(dir, 'secret'), 'utf8')).toBe(generated)
    expect(readFileSync(join(dir, 'first-admin.txt'), 'utf8')).toBe(note)
    expect(await second.stop('SIGINT')).toBe(0)
  })

  test('a generated admin password must be changed, and its note is gone after the first login', async () => {
    const dir = desk.folder()
    const server = await desk.serve(dir)
    const [identifier, password] = readFileSync(join(dir, 'first-admin.txt'), 'utf8').split('\n')
    const step = await server.post('/auth/login', { identifier, password })
    expect(step.body).toMatchObject({ status: 'factor_required', methods: ['password_change'] })
    const done = await server.post('/auth/login/password', {
      loginToken: step.body.loginToken,
      newPassword: 'violet harbour lamp 42',
    })
    expect(done.body).toMatchObject({ status: 'active', user: { role: 'owner' } })
    await expect.poll(() => existsSync(join(dir, 'first-admin.txt'))).toBe(false)
  })

  test('an admin the operator names keeps the given password', async () => {
    const dir = desk.folder()
    const env = { KEYWRIGHT_ADMIN_EMAIL: 'root@example.com', KEYWRIGHT_ADMIN_PASSWORD: 'violet harbour lamp 42' }
    const server = await desk.serve(dir, env)
    expect(existsSync(join(dir, 'first-admin.txt'))).toBe(false)
    const { body } = await server.post('/auth/login', { identifier: 'root@example.com', password: 'violet harbour lamp 42' })
    expect(body).toMatchObject({ status: 'active', user: { role: 'owner' } })
  })

  test('mails are kept in a box: a page for people, JSON for scripts, to nobody who asks by another name', async () => {
    const dir = desk.folder()
    const server = await desk.serve(dir)
    await server.post('/auth/register', { identifier: 'ada@example.com', password: 'violet harbour lamp 42' })
    expect((await server.post('/auth/password/forgot', { email: 'ada@example.com' })).body).toEqual({ ok: true })
    const inbox = async () => (await (await fetch(`${server.url}/dev/inbox.json`)).json()) as { messages: InboxMessage[] }
    await expect.poll(async () => (await inbox()).messages.length).toBe(2)
    const mailWith = async (subject: string) => (await inbox()).messages.find((mail) => mail.subject === subject)
    const welcome = await mailWith('Confirm your address for Keywright')
    expect(welcome).toMatchObject({ to: 'ada@example.com', kind: 'mail', code: expect.stringMatching(/^\d{6}$/) })
    expect((await server.post('/auth/verify', { email: 'ada@example.com', code: welcome?.code })).body).toEqual({ ok: true })
    const mail = await mailWith('Choose a new password for Keywright')
    expect(mail).toMatchObject({ to: 'ada@example.com', kind: 'mail' })
    expect(mail).not.toHaveProperty('code')
    const [link = ''] = mail?.links ?? []
    expect(link).toMatch(`${server.url}/auth/password/reset?token=`)
    expect(await (await fetch(link)).text()).toContain('Choose a new password')
    const page = await (await fetch(`${server.url}/dev/inbox`)).text()
    expect(page).toContain(`href="${link.replaceAll('&', '&amp;')}"`)
    const rebound = request(`${server.url}/dev/inbox.json`, { headers: { host: 'evil.example' } }).end()
    const [answer] = (await once(rebound, 'response')) as [IncomingMessage]
    expect(answer.resume().statusCode).toBe(404)
  })

  test('two servers that boot at once on one folder seed one admin', async () => {
    const dir = desk.folder()
    await Promise.all([desk.serve(dir), desk.serve(dir)])
    expect((await desk.json(dir, 'users', 'list')).users).toHaveLength(1)
  })

  test('a user whose registration was answered is there after kill -9', async () => {
    const dir = desk.folder()
    const server = await desk.serve(dir)
    const credentials = { identifier: 'ada@example.com', password: 'violet harbour lamp 42' }
    expect((await server.post('/auth/register', credentials)).status).toBe(201)
    await server.stop('SIGKILL')
    const again = await desk.serve(dir)
    expect((await again.post('/auth/login', credentials)).status).toBe(200)
  })
})

describe('serve in production', () => {
  const https = { KEYWRIGHT_BASE_URL: 'https://id.example.com' }
  const refusals: [string, Record<string, string>, string][] = [
    ['plain http', { KEYWRIGHT_SECRET: secret, KEYWRIGHT_BASE_URL: 'http://id.example.com' }, 'plain http'],
    ['plain http on loopback', { KEYWRIGHT_SECRET: secret }, 'plain http'],
    [
      'plain http elsewhere, also when it is allowed on loopback',
      { KEYWRIGHT_SECRET: secret, KEYWRIGHT_BASE_URL: 'http://id.example.com', KEYWRIGHT_ALLOW_HTTP: 'true' },
      'plain http',
    ],
    ['a missing secret', https, 'no secret'],
    ['a short secret', { ...https, KEYWRIGHT_SECRET: 'short' }, 'shorter than 32 bytes'],
    ['a secret that is not random', { ...https, KEYWRIGHT_SECRET: 'a'.repeat(40) }, 'not random'],
    ['no limits', { ...https, KEYWRIGHT_SECRET: secret, KEYWRIGHT_LIMITS: 'off' }, 'limits are off'],
    ['an old schema', { ...https, KEYWRIGHT_SECRET: secret }, 'schema'],
  ]
  test.each(refusals)('%s is refused with a remedy', async (_what, env, title) => {
    const { code, stderr } = await desk.run(['serve', '--json', '--data-dir', desk.folder()], env)
    expect(code).toBe(3)
    const { error } = JSON.parse(stderr)
    expect(error.title).toContain(title)
    expect(error.remedy).not.toBe('')
    expect(stderr).not.toContain(secret)
  })

  test('a secret that was generated for development is refused', async () => {
    const dir = desk.folder()
    await desk.run(['keys', 'init', '--data-dir', dir])
    const { code, stderr } = await desk.run(['serve', '--data-dir', dir], https)
    expect(code).toBe(3)
    expect(stderr).toContain('generated')
  })

  test('a secret is read from the file its variable names', async () => {
    const dir = desk.folder()
    writeFileSync(`${dir}.secret`, `${secret}\n`)
    const env = { ...https, KEYWRIGHT_SECRET_FILE: `${dir}.secret` }
    const { stdout } = await desk.run(['config', 'print', '--json', '--data-dir', dir], env)
    expect(JSON.parse(stdout).settings).toContainEqual(
      expect.objectContaining({ name: 'secret', value: '[redacted]', source: 'env file' }),
    )
    expect(stdout).not.toContain(secret)
  })
})
