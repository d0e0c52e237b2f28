import { expect, test, vi } from 'vitest'
import { ada, openDesk } from './desk.ts'
import { MemoryDatabase, MemoryQueue, TrappingMailer } from './kernel.ts'

const env = {
  'jex.auth.email.appName': 'Example',
  'jex.auth.email.resetUrl': 'https://app.example.com/new?from=mail',
  'jex.auth.email.from': 'Team <team@example.com>',
}
const page = 'https://app.example.com/new'
const newPassword = 'another horse battery'

test('a forgotten password: the answer is the same for everybody, the mail goes to whoever is there, its token works once', async () => {
  const mailer = new TrappingMailer()
  const { post, row, mailsTo, mailedToken, kv, lines } = await openDesk({ mailer, env })
  const { refreshToken } = (await post('/auth/register', ada)).body
  for (const email of ['eve@example.com', ada.email, 'no address'])
    expect(await post('/auth/password/forgot', { email })).toMatchObject({ status: 200, body: { ok: true } })
  expect((await post('/auth/password/forgot', {})).body.error).toBe('email is required')
  const token = await mailedToken(page)
  expect(mailsTo(page)).toMatchObject([
    { to: ada.email, from: 'Team <team@example.com>', subject: expect.stringContaining('Example') },
  ])
  expect(mailsTo(page)[0]?.text).toContain('https://app.example.com/new?from=mail&token=')

  const reset = (body: object) => post('/auth/password/reset', body)
  expect((await reset({ token })).body.error).toBe('token and newPassword are required')
  expect(await reset({ token, newPassword: 'short' })).toMatchObject({
    status: 400,
    body: { error: 'password must be at least 8 characters' },
  })
  expect(await reset({ token, newPassword })).toMatchObject({ status: 200, body: { ok: true } })
  for (const spent of [token, 'none'])
    expect(await reset({ token: spent, newPassword })).toMatchObject({
      status: 400,
      body: { error: 'Invalid or expired reset token' },
    })
  expect((await row(ada.email)).tokenVersion).toBe(1)
  expect((await post('/auth/refresh', { refreshToken })).status).toBe(401)
  expect((await post('/auth/login', { ...ada, password: newPassword })).status).toBe(200)
  expect([...kv.values, JSON.stringify(lines).includes(token)]).toEqual([false])
})

test('a token ends by resetTtl, and with another change of the password', async () => {
  const mailer = new TrappingMailer()
  const { post, clock, mailedToken } = await openDesk({ mailer, env: { ...env, 'jex.auth.resetTtl': '2h' } })
  const { accessToken } = (await post('/auth/register', ada)).body
  const forgot = () => post('/auth/password/forgot', { email: ada.email })
  await forgot()
  const late = await mailedToken(page)
  clock.advance('2h')
  expect((await post('/auth/password/reset', { token: late, newPassword })).status).toBe(400)
  await forgot()
  const superseded = await mailedToken(page, 2)
  clock.advance('1h')
  const login = (await post('/auth/login', ada)).body.accessToken
  expect(login).not.toBe(accessToken)
  expect((await post('/auth/password/change', { currentPassword: ada.password, newPassword }, login)).status).toBe(200)
  expect((await post('/auth/password/reset', { token: superseded, newPassword: 'a third horse battery' })).status).toBe(400)
})

test('with a queue every mail goes over the topic emails, without a secret in it, and is tried again until it is sent', async () => {
  const [mailer, queue] = [new TrappingMailer(), new MemoryQueue()]
  mailer.failures = 2
  const { post, clock, settled, mailsTo } = await openDesk({ mailer, queue, env })
  await post('/auth/register', ada)
  await post('/auth/password/forgot', { email: ada.email })
  await vi.waitUntil(() => queue.jobs.length > 0 && mailer.failures <= 0, { timeout: 20_000 })
  expect(mailsTo(page)).toEqual([])
  const isSent = async () => {
    clock.advance('10s')
    await settled()
    return mailsTo(page).length > 0
  }
  await vi.waitUntil(isSent, { timeout: 20_000 })
  expect(queue.jobs.every(({ topic, name }) => topic === 'emails' && name === 'sendPasswordReset')).toBe(true)
  const token = /token=([\w-]+)/.exec(mailsTo(page)[0]?.text ?? '')?.[1] ?? ''
  expect(JSON.stringify(queue.jobs)).not.toContain(token)
  expect((await post('/auth/password/reset', { token, newPassword })).status).toBe(200)
})

test('a queue without a provider of mail gets nothing, and one warning says so', async () => {
  const queue = new MemoryQueue()
  const { post, db, of } = await openDesk({ queue })
  await post('/auth/register', ada)
  await db.create('users', { email: 'bob@example.com', role: 'editor' })
  expect(queue.jobs).toEqual([])
  expect(of('warn').filter((line) => line.includes('queue'))).toHaveLength(1)
})

test('an operator creates somebody with address and role: nobody gets in before they set the password of their mail', async () => {
  const mailer = new TrappingMailer()
  const { post, db, row, mailedToken, settled } = await openDesk({ mailer, env })
  const made = await db.create('users', { email: 'Bob@Example.com', role: 'editor' })
  await settled()
  expect(made).toMatchObject({ email: 'bob@example.com', role: 'editor' })
  expect(Object.keys(made)).not.toContain('password')
  const bob = { email: 'bob@example.com', password: newPassword }
  for (const password of ['', 'undefined', 'null', newPassword])
    expect([400, 401]).toContain((await post('/auth/login', { ...bob, password })).status)
  const token = await mailedToken(page)
  expect(mailer.sent).toMatchObject([{ to: 'bob@example.com', subject: 'Your account at Example' }])
  expect((await post('/auth/password/reset', { token, newPassword })).status).toBe(200)
  const login = await post('/auth/login', bob)
  expect([login.status, login.body.user.role]).toEqual([200, 'editor'])
  expect((await row('bob@example.com')).passwordHash).toMatch(/^\$argon2id\$/)
})

test('somebody who shall choose a new password gets one mail, is out at once, and is told so only for the right password', async () => {
  const mailer = new TrappingMailer()
  const { post, get, db, mailsTo, mailedToken, settled, row } = await openDesk({ mailer, env })
  const { user, accessToken, refreshToken } = (await post('/auth/register', ada)).body
  await db.update('users', user.id, { requirePasswordReset: true })
  await settled()
  const token = await mailedToken(page)
  expect(mailsTo(page)[0]?.subject).toContain('new password')
  await db.update('users', user.id, { nickname: 'ada' })
  await settled()
  expect(mailsTo(page)).toHaveLength(1)
  expect((await get('/auth/me', accessToken)).status).toBe(401)
  expect((await post('/auth/refresh', { refreshToken })).status).toBe(401)
  expect(await post('/auth/login', ada)).toMatchObject({ status: 403, body: { error: 'PASSWORD_RESET_REQUIRED' } })
  expect((await post('/auth/login', { ...ada, password: 'something else' })).status).toBe(401)
  expect((await post('/auth/password/reset', { token, newPassword })).status).toBe(200)
  expect((await row(ada.email)).requirePasswordReset).toBe(false)
  expect((await post('/auth/login', { ...ada, password: newPassword })).status).toBe(200)
})

test('a row that was flagged behind the hooks keeps its owner out at the next refresh and login', async () => {
  const { post, db } = await openDesk()
  const { refreshToken } = (await post('/auth/register', ada)).body
  db.rows.set(
    'users',
    (await db.getAll('users')).map((row) => ({ ...row, requirePasswordReset: true })),
  )
  expect(await post('/auth/refresh', { refreshToken })).toMatchObject({
    status: 401,
    body: { error: 'Invalid or expired refresh token' },
  })
  expect(await post('/auth/login', ada)).toMatchObject({ status: 403, body: { error: 'PASSWORD_RESET_REQUIRED' } })
})

test('a plain password never reaches the database, whoever writes it, and an address that is changed is no longer confirmed', async () => {
  const db = new MemoryDatabase()
  const { post, settled } = await openDesk({ db, mailer: new TrappingMailer() })
  const one = await db.create('users', { email: 'one@example.com', password: 'a password of one', emailVerified: true })
  const two = await db.create('users', { email: 'two@example.com', passwordHash: 'a password of two' })
  await settled()
  expect(JSON.stringify([one, two, await db.getAll('users')])).not.toContain('a password of')
  const [first, second] = await Promise.all(
    ['one', 'two'].map((name) => post('/auth/login', { email: `${name}@example.com`, password: `a password of ${name}` })),
  )
  expect([first?.status, second?.status]).toEqual([200, 200])
  const changed = await db.update('users', String(one.id), { password: newPassword, email: 'Uno@Example.com' })
  expect(changed).toMatchObject({ email: 'uno@example.com', emailVerified: false })
  expect((await post('/auth/refresh', { refreshToken: first?.body.refreshToken })).status).toBe(401)
  expect((await post('/auth/login', { email: 'uno@example.com', password: newPassword })).status).toBe(200)
})
