import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../../../src/compat/json-express/config.ts'
import { ada, openDesk, secret, testWorld } from './desk.ts'
import { envConfig, lineTrap, MemoryDatabase, TrappingMailer } from './kernel.ts'

describe('a kernel that lacks something is told what', () => {
  test.each([
    ['the auth middleware', { held: { 'middleware:auth': undefined } }, 'middleware-auth'],
    ['a store of values', { held: { kvStore: undefined } }, 'IKvStore'],
    ['a secret', { env: { JEX__AUTH__SECRET: '' } }, 'JEX__AUTH__SECRET'],
    ['a limiter', { capabilities: [] }, 'ratelimit'],
    ['mail, where addresses have to be confirmed', { env: { 'jex.auth.requireVerifiedEmail': 'true' } }, 'requireVerifiedEmail'],
  ])('%s', async (_, options, named) => {
    await expect(openDesk(options)).rejects.toThrow(named)
  })
})

describe('keys', () => {
  const read = (env: Record<string, string>, mode = 'production') => {
    const { logger, of } = lineTrap()
    const settings = readSettings(envConfig({ JEX__AUTH__SECRET: secret, ...env }), testWorld({ mode }).world, logger)
    return { ...settings, warnings: of('warn') }
  }
  const day = 86_400_000

  test('have the documented defaults', () => {
    expect(read({})).toMatchObject({
      accessMs: day / 24,
      refreshMs: 30 * day,
      verifyMs: day,
      resetMs: 1_800_000,
      allowRegistration: true,
      defaultRole: 'user',
      requireVerifiedEmail: false,
      minPasswordLength: 8,
      email: {
        appName: 'JSON Express',
        verifyUrl: 'http://localhost:3000/auth/verify',
        resetUrl: 'http://localhost:3000/auth/password/reset',
        from: undefined,
      },
      external: undefined,
      warnings: [],
    })
  })

  test('are read in both spellings and any case, and a time may be a text or a number', () => {
    expect(read({ 'jex.auth.tokenTtl': '2 days', JEX__AUTH__REFRESHTTL: '90d', 'jex.AUTH.verifyttl': '36h' })).toMatchObject({
      accessMs: 2 * day,
      refreshMs: 90 * day,
      verifyMs: 1.5 * day,
    })
    expect(read({ 'jex.auth.tokenTtl': '3600', 'jex.auth.resetTtl': '60000', JEX__auth__MINPASSWORDLENGTH: '12' })).toMatchObject(
      {
        accessMs: 3_600_000,
        resetMs: 60_000,
        minPasswordLength: 12,
      },
    )
    expect(read({ JEX__AUTH__EMAIL__APPNAME: '42', 'jex.auth.email.from': 'hi@example.com' }).email).toMatchObject({
      appName: '42',
      from: 'hi@example.com',
    })
    for (const off of ['false', '0', 'no', 'Off', 'FALSE'])
      expect(read({ 'jex.auth.allowRegistration': off }).allowRegistration).toBe(false)
  })

  test.each([
    ['tokenTtl', 'soon'],
    ['tokenTtl', '5ms'],
    ['refreshTtl', '30 moons'],
    ['verifyTtl', '-1h'],
    ['resetTtl', '0'],
    ['allowRegistration', 'perhaps'],
    ['requireVerifiedEmail', 'maybe'],
    ['minPasswordLength', '6'],
    ['minPasswordLength', 'eight'],
    ['email.resetUrl', 'javascript:alert(1)'],
    ['email.appName', 'Example <b>'],
    ['algorithms', 'none'],
    ['algorithms', 'HS512'],
    ['algorithms', 'RS256'],
    ['jwksUri', 'https://id.example.com/jwks.json'],
  ])('%s = %s is refused at boot, by its name', (key, value) => {
    expect(() => read({ [`jex.auth.${key}`]: value })).toThrow(`jex.auth.${key}`)
  })

  test('a secret is a text of 32 bytes: shorter ones are for development', () => {
    const sample = { JEX__AUTH__SECRET: 'a-strong-32-byte-secret' }
    expect(() => read(sample)).toThrow('less than 32 bytes')
    expect(() => read({ ...sample, 'jex.mode': 'production' }, 'development')).toThrow('less than 32 bytes')
    expect(read(sample, 'development')).toMatchObject({
      secret: 'a-strong-32-byte-secret',
      warnings: [expect.stringMatching('32 bytes')],
    })
    expect(read({ JEX__AUTH__SECRET: '1234567890' }, 'test').secret).toBe('1234567890')
    expect(() => read({ JEX__AUTH__SECRET: '1'.repeat(40) })).toThrow('read as a number')
  })
})

describe('the first admin', () => {
  test('is there once in an empty collection, is shown one password, logs in with it and changes it', async () => {
    const db = new MemoryDatabase()
    const { shown, of, post } = await openDesk({ db })
    const password = shown() ?? ''
    expect(password).toMatch(/^[\w-]{16}$/)
    expect(await db.getAll('users')).toMatchObject([{ email: 'admin@local', role: 'admin', emailVerified: true }])
    const login = await post('/auth/login', { email: 'admin@local', password })
    expect([login.status, login.body.user.role]).toEqual([200, 'admin'])
    const change = { currentPassword: password, newPassword: 'a password of my own' }
    expect((await post('/auth/password/change', change, login.body.accessToken)).status).toBe(200)
    expect(of('warn').filter((line) => line.includes('password'))).toHaveLength(1)
    expect((await openDesk({ db })).shown()).toBeUndefined()
    expect(await db.getAll('users')).toHaveLength(1)
  })

  test('two boots at once make one, and nobody is made where somebody is', async () => {
    const db = new MemoryDatabase()
    const desks = await Promise.all([openDesk({ db }), openDesk({ db })])
    expect(await db.getAll('users')).toHaveLength(1)
    const tries = desks.flatMap(({ shown }) => shown() ?? [])
    const [first] = desks
    const answers = await Promise.all(tries.map((password) => first?.post('/auth/login', { email: 'admin@local', password })))
    expect(answers.some((answer) => answer?.status === 200)).toBe(true)
    const settled = new MemoryDatabase()
    await settled.create('users', { email: ada.email, role: 'user' })
    await openDesk({ db: settled })
    expect(await settled.search('users', { email: 'admin@local' })).toEqual([])
  })

  test('whose password was never shown gets one at the next boot', async () => {
    const db = new MemoryDatabase()
    const plugin = await openDesk({ db }).then(({ plugin }) => plugin)
    await plugin.onShutdown()
    const [admin] = await db.getAll('users')
    await db.update('users', String(admin?.id), { passwordHash: null }) // as a boot leaves it that died before it was ready
    const { shown, post } = await openDesk({ db })
    expect((await post('/auth/login', { email: 'admin@local', password: shown() })).status).toBe(200)
  })
})

test('without a provider of mail its routes are not there, and everything else is', async () => {
  const { kernel, post, of } = await openDesk()
  expect(kernel.routes.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /auth/register',
    'POST /auth/login',
    'POST /auth/refresh',
    'POST /auth/logout',
    'POST /auth/password/change',
    'GET /auth/me',
  ])
  expect((await post('/auth/password/forgot', { email: ada.email })).status).toBe(404)
  expect((await post('/auth/register', ada)).status).toBe(201)
  expect(of('info').join()).toContain('No email provider')
  const { kernel: full } = await openDesk({ mailer: new TrappingMailer() })
  expect(full.routes.map(({ path }) => path)).toEqual(expect.arrayContaining(['/auth/password/forgot', '/auth/password/reset']))
})

test('sessions outlive the process in the file that jex.auth.database names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'made', 'identity.db')
  const db = new MemoryDatabase()
  const first = await openDesk({ db, env: { 'jex.auth.database': file } })
  const { refreshToken } = (await first.post('/auth/register', ada)).body
  await first.plugin.onShutdown()
  expect(existsSync(file)).toBe(true)
  expect(readFileSync(file).includes(refreshToken.split('.')[1] ?? '-')).toBe(false)
  const second = await openDesk({ db, env: { 'jex.auth.database': `sqlite:${file}` } })
  expect((await second.post('/auth/refresh', { refreshToken })).status).toBe(200)
})
