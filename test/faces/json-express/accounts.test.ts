import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { ada, openDesk, secret } from './desk.ts'
import { MemoryDatabase } from './kernel.ts'

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))

test('somebody registers, logs in, refreshes and logs out, and no answer has a hash or a version', async () => {
  const { post, get, row, kv, lines } = await openDesk()
  const registered = await post('/auth/register', ada)
  expect(registered).toMatchObject({ status: 201, body: { accessToken: expect.any(String), refreshToken: expect.any(String) } })
  const { id } = registered.body.user
  const user = { id, email: ada.email, role: 'user', emailVerified: false }
  expect(registered.body.user).toEqual(user)
  expect(await row(ada.email)).toMatchObject({ id, passwordHash: expect.stringMatching(/^\$argon2id\$/), tokenVersion: 0 })

  const { status, body } = await post('/auth/login', { ...ada, email: ' Ada@Example.com' })
  expect([status, body.user, Object.keys(body).toSorted()]).toEqual([200, user, ['accessToken', 'refreshToken', 'user']])
  expect(await get('/auth/me', body.accessToken)).toEqual({ status: 200, body: user })
  expect(await get('/auth/me')).toEqual({ status: 401, body: { error: 'Unauthorized' } })

  const next = await post('/auth/refresh', { refreshToken: body.refreshToken })
  expect([next.status, next.body.user]).toEqual([200, user])
  expect(next.body.refreshToken).not.toBe(body.refreshToken)
  expect(await post('/auth/logout', { refreshToken: next.body.refreshToken })).toMatchObject({ status: 200, body: { ok: true } })
  expect(await get('/auth/me', next.body.accessToken)).toEqual({ status: 401, body: { error: 'Unauthorized' } })
  expect(await post('/auth/refresh', { refreshToken: next.body.refreshToken })).toMatchObject({
    status: 401,
    body: { error: 'Invalid or expired refresh token' },
  })
  for (const sent of [{}, { refreshToken: 'none' }, { refreshToken: 7 }, undefined])
    expect(await post('/auth/logout', sent)).toMatchObject({ status: 200, body: { ok: true } })

  expect([...kv.values]).toEqual([])
  const said = JSON.stringify(lines)
  for (const kept of [ada.password, body.refreshToken, body.accessToken]) expect(said).not.toContain(kept)
})

test('what is missing, too short, too common or taken is said in the words of JSON Express', async () => {
  const { post } = await openDesk({ env: { 'jex.auth.minPasswordLength': '10' } })
  const refusal = async (path: string, body: unknown) => {
    const answer = await post(path, body)
    return [answer.status, answer.body.error]
  }
  for (const path of ['/auth/register', '/auth/login'])
    for (const body of [
      undefined,
      {},
      [],
      'text',
      { email: ada.email },
      { password: ada.password },
      { ...ada, email: { $ne: null } },
    ])
      expect(await refusal(path, body)).toEqual([400, 'email and password are required'])
  expect(await refusal('/auth/register', { ...ada, password: 'ninechars' })).toEqual([
    400,
    'password must be at least 10 characters',
  ])
  expect(await refusal('/auth/register', { ...ada, password: 'password123' })).toEqual([
    400,
    'password is one of the most common ones',
  ])
  expect(await refusal('/auth/register', { ...ada, email: 'no address' })).toEqual([400, 'email is not an address'])
  const inAddress = `?${new URLSearchParams(ada)}`
  for (const path of ['/auth/register', '/auth/login'])
    expect(await refusal(path + inAddress, {})).toEqual([400, 'email and password are required'])
  expect((await post('/auth/register', ada)).status).toBe(201)
  expect(await refusal('/auth/register', { ...ada, email: 'ADA@example.com' })).toEqual([409, 'Account already exists'])
  expect(await refusal('/auth/refresh', {})).toEqual([400, 'refreshToken is required'])
  const wrong = [401, 'Invalid credentials']
  expect(await refusal('/auth/login', { ...ada, password: 'something else' })).toEqual(wrong)
  expect(await refusal('/auth/login', { ...ada, email: 'eve@example.com' })).toEqual(wrong)
  expect(await refusal('/auth/login', { ...ada, email: 'no address' })).toEqual(wrong)
})

test('CC-01: of 8 who register one address at once one gets it', async () => {
  const { post, db } = await openDesk()
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, at) => post('/auth/register', { ...ada, password: `${ada.password} ${at}` })),
  )
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(409)])
  expect(await db.search('users', { email: ada.email })).toHaveLength(1)
})

test('registration may be closed, and those who register get the role that was set', async () => {
  const closed = await openDesk({ env: { JEX__AUTH__ALLOWREGISTRATION: 'off' } })
  for (const body of [ada, {}])
    expect(await closed.post('/auth/register', body)).toMatchObject({ status: 403, body: { error: 'Registration is disabled' } })
  const open = await openDesk({ env: { 'JEX.Auth.DefaultRole': 'member' } })
  expect((await open.post('/auth/register', ada)).body.user.role).toBe('member')
})

test('a password is changed by whoever knows it and shows a token; other devices are out, and the version is one higher', async () => {
  const { post, row, kernel } = await openDesk()
  const first = (await post('/auth/register', ada)).body
  const other = (await post('/auth/login', ada)).body
  const newPassword = 'another horse battery'
  const change = (body: object, token?: string) => post('/auth/password/change', body, token)
  const good = { currentPassword: ada.password, newPassword }
  expect(await change(good)).toMatchObject({ status: 401, body: { error: 'Unauthorized' } })
  const spoofed = { 'x-user-payload': JSON.stringify({ sub: first.user.id, role: 'admin' }) }
  expect(await kernel.send('POST', '/auth/password/change', { body: good, headers: spoofed })).toMatchObject({ statusCode: 401 })
  expect(await kernel.send('GET', '/auth/me', { headers: spoofed })).toMatchObject({ statusCode: 401 })
  expect(await change({ ...good, currentPassword: 'something else' }, first.accessToken)).toMatchObject({
    status: 401,
    body: { error: 'Current password is incorrect' },
  })
  expect((await change({ newPassword }, first.accessToken)).status).toBe(400)
  expect((await change({ ...good, newPassword: 'short' }, first.accessToken)).body.error).toBe(
    'password must be at least 8 characters',
  )
  expect(await change(good, first.accessToken)).toMatchObject({ status: 200, body: { ok: true } })
  expect((await post('/auth/refresh', { refreshToken: other.refreshToken })).status).toBe(401)
  expect((await post('/auth/refresh', { refreshToken: first.refreshToken })).status).toBe(200)
  expect((await post('/auth/login', ada)).status).toBe(401)
  expect((await post('/auth/login', { ...ada, password: newPassword })).status).toBe(200)
  expect((await row(ada.email)).tokenVersion).toBe(1)
})

describe('refresh tokens', () => {
  test('RT-01: one that was spent is refused after half a minute, and ends what came of it', async () => {
    const { post, clock } = await openDesk()
    const { refreshToken } = (await post('/auth/register', ada)).body
    const next = (await post('/auth/refresh', { refreshToken })).body
    clock.advance('31s')
    expect((await post('/auth/refresh', { refreshToken })).status).toBe(401)
    expect((await post('/auth/refresh', { refreshToken: next.refreshToken })).status).toBe(401)
  })

  test('RT-02: two who show one at once never hold two different ones afterwards', async () => {
    const { post } = await openDesk()
    const { refreshToken } = (await post('/auth/register', ada)).body
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/auth/refresh', { refreshToken })))
    expect(new Set(answers.flatMap(({ status, body }) => (status === 200 ? [body.refreshToken] : []))).size).toBe(1)
  })

  test('one runs out by refreshTtl, whatever it is', async () => {
    const { post, clock } = await openDesk({ env: { 'jex.auth.refreshTtl': '1ms' } })
    const { refreshToken } = (await post('/auth/register', ada)).body
    clock.advance('1ms')
    expect((await post('/auth/refresh', { refreshToken })).status).toBe(401)
  })

  test('whoever is deleted, or whose version trusted code raises, is out', async () => {
    const { post, get, db, row } = await openDesk()
    const { refreshToken, accessToken, user } = (await post('/auth/register', ada)).body
    await db.update('users', user.id, { tokenVersion: 7 })
    expect((await get('/auth/me', accessToken)).status).toBe(401)
    expect((await post('/auth/refresh', { refreshToken })).status).toBe(401)
    const again = (await post('/auth/login', ada)).body
    expect((await row(ada.email)).tokenVersion).toBe(7)
    await db.delete('users', user.id)
    expect((await post('/auth/refresh', { refreshToken: again.refreshToken })).status).toBe(401)
  })
})

describe('access tokens', () => {
  const names = { 'jex.auth.issuer': 'https://id.example.com', 'jex.auth.audience': 'orders', 'jex.auth.tokenTtl': '10m' }

  test('are HS256 under the secret, say who somebody is, and end by tokenTtl', async () => {
    const { post, get, clock, plugin } = await openDesk({ env: names })
    const { accessToken, user } = (await post('/auth/register', ada)).body
    const [header = '', payload, signature = ''] = accessToken.split('.')
    const { createHmac } = await import('node:crypto')
    expect(createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url')).toBe(signature)
    expect(JSON.parse(Buffer.from(header, 'base64url').toString()).alg).toBe('HS256')
    const { iat, exp, ...claims } = claimsOf(accessToken)
    expect([exp - iat, claims]).toEqual([
      600,
      expect.objectContaining({
        sub: user.id,
        role: 'user',
        email: ada.email,
        emailVerified: false,
        ver: 0,
        iss: 'https://id.example.com',
        aud: 'orders',
      }),
    ])
    expect(JSON.parse((await plugin.verify(`Bearer ${accessToken}`)) ?? '').sub).toBe(user.id)
    clock.advance('10m')
    expect((await get('/auth/me', accessToken)).status).toBe(401)
    expect(await plugin.verify(`Bearer ${accessToken}`)).toBeNull()
  })

  test('JWT-01, JWT-02: of another issuer, audience, algorithm or key, or of none, are refused', async () => {
    const { post, get, plugin } = await openDesk({ env: names })
    const { accessToken } = (await post('/auth/register', ada)).body
    const claims = claimsOf(accessToken)
    const key = Buffer.from(secret)
    const signed = (changed: object, alg = 'HS256', by: Uint8Array = key) =>
      new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg, kid: 'shared', typ: 'at+jwt' }).sign(by)
    expect((await get('/auth/me', await signed({}))).status).toBe(200)
    const none = `${Buffer.from(JSON.stringify({ alg: 'none', kid: 'shared', typ: 'at+jwt' })).toString('base64url')}.${accessToken.split('.')[1]}.`
    const refused = [
      await signed({ iss: 'https://evil.example.com' }),
      await signed({ aud: 'reports' }),
      await signed({}, 'HS512', Buffer.concat([key, key])),
      await signed({}, 'HS256', Buffer.from('another secret that has 32 bytes or more')),
      await signed({ sid: 'none of ours' }),
      none,
    ]
    for (const token of refused) {
      expect(await get('/auth/me', token)).toEqual({ status: 401, body: { error: 'Unauthorized' } })
      expect(await plugin.verify(`Bearer ${token}`)).toBeNull()
    }
  })
})

test('limits slow down who guesses, in the words and headers of JSON Express', async () => {
  const { kernel, clock } = await openDesk({ limits: true })
  const guess = () => kernel.send('POST', '/auth/login', { body: { ...ada, password: 'a guess of mine' }, ip: '203.0.113.7' })
  let answer = await guess()
  for (let tries = 0; tries < 40 && answer.statusCode !== 429; tries += 1) answer = await guess()
  expect(answer).toMatchObject({
    statusCode: 429,
    body: { error: 'Too many requests. Please retry later.' },
    headers: { 'Retry-After': expect.stringMatching(/^\d+$/) },
  })
  const register = await kernel.send('POST', '/auth/register', { body: ada, ip: '203.0.113.8' })
  const { 'X-RateLimit-Limit': limit, 'X-RateLimit-Remaining': left, 'X-RateLimit-Reset': reset } = register.headers ?? {}
  expect([Number(limit) > Number(left), Number(reset) >= clock.now().getTime() / 1000]).toEqual([true, true])
})

test('who was there before keeps their password, and an outage of the database is no refusal', async () => {
  const db = new MemoryDatabase()
  const { hashPassword } = await import('keywright/json-express')
  await db.create('users', { id: 7, email: ada.email, passwordHash: await hashPassword(ada.password), role: 'editor' })
  const { post } = await openDesk({ db })
  const { status, body } = await post('/auth/login', ada)
  expect([status, body.user]).toEqual([200, { id: '7', email: ada.email, role: 'editor', emailVerified: false }])
  db.search = async () => Promise.reject(new Error('the database is away'))
  expect((await post('/auth/login', ada)).status).toBe(503)
  expect((await post('/auth/refresh', { refreshToken: body.refreshToken })).status).toBe(503)
})
