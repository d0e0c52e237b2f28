import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  generateRandomToken,
  generateRefreshToken,
  hashPassword,
  hashRandomToken,
  hashRefreshToken,
  type IPlugin,
  identitySchemas,
  passwordResetEmail,
  roleModel,
  signAccessToken,
  userModel,
  verificationEmail,
  verifyPassword,
} from 'keywright/json-express'
import { expect, onTestFinished, test } from 'vitest'
import { openDesk } from './desk.ts'
import { envConfig, lineTrap, MemoryDatabase, MemoryKv, MemoryQueue, StubKernel, TrappingMailer } from './kernel.ts'
import { full, minimal, parsed } from './samples/environment.ts'
import { construct, enqueue } from './samples/usage.ts'

test.each([
  ['smallest', minimal],
  ['full', full],
])(
  'the plugin boots as the runtime constructs it on the %s documented .env, and lets the admin in that it shows',
  async (_, file) => {
    const folder = mkdtempSync(join(tmpdir(), 'keywright-'))
    const config = envConfig({ ...parsed(file), 'jex.auth.database': join(folder, 'identity.db') })
    const { logger, of } = lineTrap()
    const plugin = construct(config, logger)
    onTestFinished(async () => {
      await plugin.onShutdown()
      rmSync(folder, { recursive: true })
    })
    const [mailer, queue] = [new TrappingMailer(), new MemoryQueue()]
    const held = { 'middleware:auth': {}, database: new MemoryDatabase(), kvStore: new MemoryKv(), emailProvider: mailer, queue }
    const kernel = new StubKernel(held)
    await kernel.boot(plugin satisfies IPlugin, config)
    const password = /password: (\S+)/.exec(of('warn').join('\n'))?.[1]
    const login = await kernel.send('POST', '/auth/login', { body: { email: 'admin@local', password } })
    expect([login.statusCode, (login.body as { user: object }).user]).toMatchObject([200, { role: 'admin', emailVerified: true }])
    await expect(enqueue(queue, { id: '1', email: 'ada@example.com' }, 'a token')).resolves.toBeUndefined()
  },
)

test('nobody is shown a hash or a version, only admins say who somebody is, and people own their own row', () => {
  expect(identitySchemas).toEqual([userModel, roleModel])
  const { access } = userModel
  expect(access).toMatchObject({ read: 'admin', create: 'admin', update: 'owner', delete: 'admin', ownerField: 'id' })
  for (const name of ['passwordHash', 'password'])
    expect(access?.fields?.[name]).toEqual({ read: false, create: 'admin', update: false })
  expect(access?.fields?.tokenVersion).toEqual({ read: false, create: false, update: false })
  for (const name of ['email', 'role', 'emailVerified', 'requirePasswordReset'])
    expect(access?.fields?.[name]?.update).toBe('admin')
})

test('passwords are argon2id at the price they always had, and a text that is no hash opens to nobody', async () => {
  const hash = await hashPassword('correct horse battery')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/)
  expect(await verifyPassword(hash, 'correct horse battery')).toBe(true)
  expect(await verifyPassword(hash, 'something else')).toBe(false)
  expect(await verifyPassword('no hash', 'correct horse battery')).toBe(false)
})

test('a random token has 32 bytes, and what is stored of it is its SHA-256', () => {
  const token = generateRandomToken()
  expect(token).toMatch(/^[\w-]{43}$/)
  expect(hashRandomToken(token)).toBe(createHash('sha256').update(token).digest('hex'))
  expect([generateRefreshToken, hashRefreshToken]).toEqual([generateRandomToken, hashRandomToken])
})

test('a token that is signed by hand verifies with the secret, and is no session', async () => {
  const config = { secret: 'a secret of the tests that has 32 bytes or more', ttl: '5m', issuer: 'me', audience: ['a', 'b'] }
  const token = signAccessToken({ sub: '1', role: 'admin', email: 'ada@example.com' }, config)
  const [header, payload, signature] = token.split('.')
  expect(createHmac('sha256', config.secret).update(`${header}.${payload}`).digest('base64url')).toBe(signature)
  const { iat, exp, ...claims } = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())
  expect([exp - iat, claims]).toEqual([300, { sub: '1', role: 'admin', email: 'ada@example.com', iss: 'me', aud: ['a', 'b'] }])
  expect(() => signAccessToken({ sub: '1', role: 'user', email: '' }, { ...config, ttl: 'soon' })).toThrow(TypeError)
  const { get } = await openDesk()
  expect((await get('/auth/me', token)).status).toBe(401)
})

test('ML-02: a mail of ours carries names and tokens as text, in markup, links and headers', () => {
  const hostile = {
    appName: '<script>alert(1)</script>\r\nBcc: eve@example.com',
    to: 'ada@example.com',
    actionUrl: 'https://app.example.com/verify?next=1',
    token: 'a&b="c"',
  }
  for (const mail of [verificationEmail(hostile), passwordResetEmail({ ...hostile, from: 'hi@example.com' })]) {
    expect(mail.subject).not.toMatch(/[\r\n]/)
    expect(mail.html).not.toContain('<script>')
    expect(mail.text).toContain('https://app.example.com/verify?next=1&token=a%26b%3D%22c%22')
    expect(mail.html).toContain('next=1&amp;token=a%26b%3D%22c%22')
  }
})

test('the link of a mail opens a page that spends nothing, knows nothing of its address, and posts when somebody says so', async () => {
  const { kernel } = await openDesk({ mailer: new TrappingMailer() })
  const page = await kernel.send('GET', '/auth/password/reset?token=%3Cscript%3E')
  expect([page.statusCode, page.headers?.['Content-Type']]).toEqual([200, 'text/html'])
  expect(page.body).not.toContain('%3C')
  const nonce = /<script nonce="([\w-]+)">/.exec(String(page.body))?.[1]
  expect(page.headers?.['Content-Security-Policy']).toContain(`default-src 'none'; script-src 'nonce-${nonce}'`)
  expect(page.headers).toMatchObject({ 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store' })
})
