import { expect, test } from 'vitest'
import { ada, openDesk } from './desk.ts'
import { TrappingMailer } from './kernel.ts'

const page = 'http://localhost:3000/auth/verify'
const strict = { 'jex.auth.requireVerifiedEmail': 'true', 'jex.auth.defaultRole': 'member' }
const unverified = { status: 403, body: { error: 'Email not verified' } }
const refused = { status: 400, body: { error: 'Invalid or expired verification token' } }

test('whoever registers gets a mail, and its token proves the address once', async () => {
  const { post, get, row, mailedToken, kernel } = await openDesk({ mailer: new TrappingMailer() })
  const { user, accessToken } = (await post('/auth/register', ada)).body
  const token = await mailedToken(page)
  expect((await post('/auth/verify', {})).body.error).toBe('token is required')
  const proved = await kernel.send('POST', `/auth/verify?token=${token}`)
  expect(proved).toMatchObject({
    statusCode: 200,
    body: { ok: true, user: { id: user.id, email: ada.email, emailVerified: true } },
  })
  for (const spent of [token, 'none']) expect(await post('/auth/verify', { token: spent })).toMatchObject(refused)
  expect((await row(ada.email)).emailVerified).toBe(true)
  expect((await get('/auth/me', accessToken)).body).toMatchObject({ id: user.id, emailVerified: true })
})

test('where addresses have to be proved nobody gets in before, and registering tells nobody which ones are known', async () => {
  const { post, mailedToken, settled } = await openDesk({ mailer: new TrappingMailer(), env: strict })
  const registered = await post('/auth/register', ada)
  expect([registered.status, registered.body]).toEqual([
    201,
    {
      user: { email: ada.email, role: 'member', emailVerified: false },
      message: 'Verification email sent. Please verify before logging in.',
    },
  ])
  const again = await post('/auth/register', { ...ada, password: 'another horse battery' })
  expect([again.status, again.body]).toEqual([registered.status, registered.body])
  expect(await post('/auth/login', ada)).toMatchObject(unverified)
  expect((await post('/auth/login', { ...ada, password: 'something else' })).status).toBe(401)
  await settled()
  expect((await post('/auth/verify', { token: await mailedToken(page) })).status).toBe(200)
  expect(await post('/auth/login', ada)).toMatchObject({ status: 200, body: { user: { emailVerified: true, role: 'member' } } })
})

test('the mail is sent again for whoever waits for one, with one answer for everybody', async () => {
  const mailer = new TrappingMailer()
  const { post, mailsTo, mailedToken, settled, clock } = await openDesk({ mailer, env: strict })
  await post('/auth/register', ada)
  const first = await mailedToken(page)
  clock.advance('1m')
  const resend = (email: string) => post('/auth/verify/resend', { email })
  for (const email of ['eve@example.com', ada.email, 'no address'])
    expect(await resend(email)).toMatchObject({ status: 200, body: { ok: true } })
  expect((await post('/auth/verify/resend', {})).body.error).toBe('email is required')
  const second = await mailedToken(page, 2)
  expect(await post('/auth/verify', { token: first })).toMatchObject(refused)
  expect((await post('/auth/verify', { token: second })).status).toBe(200)
  await resend(ada.email)
  await settled()
  expect(mailsTo(page)).toHaveLength(2)
})

test('a token ends by verifyTtl, and when the address is another one', async () => {
  const { post, db, clock, row, mailedToken } = await openDesk({
    mailer: new TrappingMailer(),
    env: { 'jex.auth.verifyTtl': '36h' },
  })
  const { user } = (await post('/auth/register', ada)).body
  const moved = await mailedToken(page)
  await db.update('users', user.id, { email: 'lovelace@example.com' })
  expect(await post('/auth/verify', { token: moved })).toMatchObject(refused)
  expect((await row('lovelace@example.com')).emailVerified).toBe(false)
  await post('/auth/verify/resend', { email: 'lovelace@example.com' })
  const late = await mailedToken(page, 2)
  clock.advance('36h')
  expect(await post('/auth/verify', { token: late })).toMatchObject(refused)
  await post('/auth/verify/resend', { email: 'lovelace@example.com' })
  const good = await mailedToken(page, 3)
  clock.advance('35h')
  expect((await post('/auth/verify', { token: good })).status).toBe(200)
})

test('somebody whom an operator created proves their address with the password they choose', async () => {
  const resetPage = 'http://localhost:3000/auth/password/reset'
  const { post, db, mailedToken, settled } = await openDesk({ mailer: new TrappingMailer(), env: strict })
  await db.create('users', { email: 'bob@example.com', role: 'editor' })
  await settled()
  const bob = { email: 'bob@example.com', password: 'another horse battery' }
  const sent = { token: await mailedToken(resetPage), newPassword: bob.password }
  expect((await post('/auth/password/reset', sent)).status).toBe(200)
  expect(await post('/auth/login', bob)).toMatchObject({ status: 200, body: { user: { role: 'editor', emailVerified: true } } })
})
