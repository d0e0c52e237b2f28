import { describe, expect, onTestFinished, test } from 'vitest'
import { engines } from '../../engines.ts'
import { ada, bcrypt, bearer, openDesk } from './desk.ts'
import { db } from './samples/knex.ts'

const by = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` })

/** As an application of node-auth registers: it validates, hashes and inserts by itself. */
const onRegister =
  (users: { create(data: { email: string; password: string }): Promise<{ id: string; email: string }> }) =>
  async (data: Record<string, unknown>) =>
    users.create({ email: String(data.email), password: await bcrypt(String(data.password)) })

describe.each(engines)('the documented session store, all else on $name', ({ open }) => {
  async function openOn(more: Parameters<typeof openDesk>[0] = {}) {
    const { storage, cleanup } = await open()
    onTestFinished(cleanup)
    return openDesk({ ...more, config: { keywright: { storage, http: { limits: false } }, ...more.config } })
  }

  test('a browser: register, login, me, refresh, sessions, revoke, cleanup, logout', async () => {
    const { MyUserStore } = await import('./samples/my-user-store.ts')
    const users = new MyUserStore()
    const { client, clock, settled } = await openOn({ users, router: { onRegister: onRegister(users) } })
    const [laptop, phone] = [client(), client()]
    const grace = { email: 'grace@example.com', password: 'another long sentence' }
    const registered = await laptop.send('POST', '/auth/register', grace, laptop.page)
    expect(registered).toMatchObject({ status: 201, body: { success: true, userId: '2' } })
    expect(registered.headers.getSetCookie()).toEqual([])
    expect((await laptop.login(grace)).body).toEqual({ success: true })
    expect([...laptop.jar.keys()].toSorted()).toEqual(['csrf-token', 'keywright-device', 'keywright-session'])
    const iat = clock.now().getTime() / 1000
    const me = {
      sub: '2',
      email: 'grace@example.com',
      loginProvider: 'local',
      isEmailVerified: false,
      isTotpEnabled: false,
      sid: expect.any(String),
      iat,
      exp: iat + 900,
    }
    expect(await laptop.get('/auth/me')).toMatchObject({ status: 200, body: me })
    expect((await laptop.get('/auth/me')).body).toEqual(me)
    expect((await laptop.get('/orders')).body).toEqual(me)

    const before = laptop.jar.get('keywright-session')
    const refreshed = await laptop.send('POST', '/auth/refresh', undefined, laptop.csrf())
    expect([refreshed.status, refreshed.body]).toEqual([200, { success: true }])
    expect(laptop.jar.get('keywright-session')).not.toBe(before)

    await phone.login(grace)
    const { body } = await laptop.get('/auth/sessions')
    expect(body.sessions.map(({ userId, current }) => [userId, current]).toSorted()).toEqual([
      ['2', false],
      ['2', true],
    ])
    const other = body.sessions.find(({ current }) => !current)?.sessionHandle ?? ''
    expect(await db('sessions').where({ sessionHandle: other })).toHaveLength(1)
    expect((await phone.get('/orders')).status).toBe(200)
    const revoked = await laptop.send('DELETE', `/auth/sessions/${other}`, undefined, laptop.page)
    expect([revoked.status, revoked.body]).toEqual([200, { success: true }])
    expect(await phone.get('/orders')).toMatchObject({
      status: 401,
      body: { error: 'The session has ended', code: 'SESSION_REVOKED' },
    })
    await settled()
    expect(await db('sessions').where({ sessionHandle: other })).toEqual([])
    expect((await laptop.send('DELETE', `/auth/sessions/${other}`, undefined, laptop.page)).status).toBe(404)

    const left = await laptop.send('POST', '/auth/logout', undefined, laptop.csrf())
    expect([left.status, left.body]).toEqual([200, { success: true }])
    expect([...laptop.jar.keys()]).toEqual(['keywright-device'])
    expect(await laptop.get('/auth/me')).toMatchObject({ status: 401, body: { error: 'Not logged in', code: 'UNAUTHORIZED' } })
    await settled()
    expect(await db('sessions')).toEqual([])
  })

  test('an app: X-Auth-Strategy: bearer answers tokens, and logging out by the access token ends the session', async () => {
    const { client, settled } = await openOn()
    const app = client()
    const { body, headers } = await app.login(ada, bearer)
    expect(body).toEqual({ success: true, accessToken: expect.any(String), refreshToken: expect.any(String) })
    expect(headers.getSetCookie()).toEqual([])
    const me = (await app.get('/auth/me', by(body.accessToken))).body
    expect(me).toMatchObject({ sub: '1', email: ada.email })
    expect((await app.get('/orders', by(body.accessToken))).body).toEqual(me)
    expect((await app.send('POST', '/orders', { id: 7 }, by(body.accessToken))).status).toBe(201)

    const next = await app.send('POST', '/auth/refresh', { refreshToken: body.refreshToken }, bearer)
    expect(next.body).toEqual({ success: true, accessToken: expect.any(String), refreshToken: expect.any(String) })
    expect(next.body.refreshToken).not.toBe(body.refreshToken)
    expect((await app.get('/auth/me', by(next.body.accessToken))).body.sid).toBe(me.sid)

    expect((await app.send('POST', '/auth/logout', undefined, by(next.body.accessToken))).body).toEqual({ success: true })
    expect((await app.get('/orders', by(next.body.accessToken))).body.code).toBe('SESSION_REVOKED')
    expect(await app.send('POST', '/auth/refresh', { refreshToken: next.body.refreshToken })).toMatchObject({
      status: 401,
      body: { code: 'REFRESH_REJECTED' },
    })
    await settled()
    expect(await db('sessions')).toEqual([])
  })

  test('logging out by an access token that has run out ends the session too', async () => {
    const { client, clock, settled } = await openOn()
    const app = client()
    const { accessToken, refreshToken } = (await app.login(ada, bearer)).body
    clock.advance('16m')
    expect((await app.get('/orders', by(accessToken))).body.code).toBe('UNAUTHORIZED')
    expect((await app.send('POST', '/auth/logout', undefined, by(accessToken))).body).toEqual({ success: true })
    expect((await app.send('POST', '/auth/refresh', { refreshToken })).body.code).toBe('REFRESH_REJECTED')
    await settled()
    expect(await db('sessions')).toEqual([])
  })

  test('SES-04: of 16 who revoke one session at once one is told so, and it is over for all', async () => {
    const { client } = await openOn()
    const [laptop, phone] = [client(), client()]
    await laptop.login()
    await phone.login()
    const { sid } = (await phone.get('/auth/me')).body
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => laptop.send('DELETE', `/auth/sessions/${sid}`, undefined, laptop.page)),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(15).fill(404)])
    expect((await phone.get('/orders')).body.code).toBe('SESSION_REVOKED')
    expect((await laptop.get('/orders')).status).toBe(200)
  })

  test('trusted code underneath lists and ends sessions, and disables somebody of their table', async () => {
    const { auth, client, user } = await openOn()
    const browser = client()
    await browser.login()
    const desk = auth.keywright.asSystem('support')
    const { sessions } = await desk.sessions.list({ userId: user.id })
    expect(sessions).toHaveLength(1)
    await desk.sessions.revoke({ sessionHandle: sessions[0]?.sessionHandle ?? '' })
    expect((await browser.get('/orders')).body.code).toBe('SESSION_REVOKED')
    await desk.users.disable({ id: user.id, reason: 'chargeback' })
    expect((await client().login()).body.code).toBe('INVALID_CREDENTIALS')
  })

  test('a handle that is none is 404, one that cannot be a handle 400', async () => {
    const { client } = await openOn()
    const browser = client()
    await browser.login()
    const answerOf = async (handle: string) => {
      const { status, body } = await browser.send('DELETE', `/auth/sessions/${handle}`, undefined, browser.page)
      return [status, body.code]
    }
    expect(await answerOf('none')).toEqual([404, 'NOT_FOUND'])
    for (const handle of ['%00', 'a'.repeat(300)]) expect(await answerOf(handle)).toEqual([400, 'VALIDATION_FAILED'])
    expect((await browser.get('/orders')).status).toBe(200)
  })

  test('a row that somebody deletes behind our back ends its session within two seconds', async () => {
    const { client, clock } = await openOn()
    const [laptop, phone] = [client(), client()]
    await laptop.login()
    const { accessToken } = (await phone.login(ada, bearer)).body
    expect((await phone.get('/orders', by(accessToken))).status).toBe(200)
    await db('sessions').delete()
    clock.advance('2s')
    expect((await laptop.get('/orders')).body.code).toBe('SESSION_REVOKED')
    expect((await phone.get('/orders', by(accessToken))).body.code).toBe('SESSION_REVOKED')
    expect((await laptop.send('POST', '/auth/refresh', undefined, laptop.csrf())).status).toBe(401)
  })

  test('cleanup is for admins: it removes what has run out and says how many', async () => {
    // Also by the clock of PostgreSQL, which no test sets, what runs out here has run out.
    const startAt = new Date('2026-01-01T12:00:00Z')
    const { client, clock, users, sessions } = await openOn({ startAt, config: { refreshTokenExpiresIn: '1d' } })
    const longAgo = { createdAt: new Date(0), expiresAt: new Date(1) }
    const forgotten = await sessions?.createSession({ userId: '1', ...longAgo })
    await users.create({ email: 'root@example.com', password: await bcrypt('a password for root'), role: 'admin' })
    const [root, laptop] = [client(), client()]
    await laptop.login()
    clock.advance('2d')
    await root.login({ email: 'root@example.com', password: 'a password for root' })
    expect((await client().send('POST', '/auth/sessions/cleanup')).status).toBe(401)
    const cleaned = await root.send('POST', '/auth/sessions/cleanup', undefined, root.csrf())
    expect([cleaned.status, cleaned.body]).toEqual([200, { success: true, deleted: 1 }])
    expect(await db('sessions').where({ sessionHandle: forgotten?.sessionHandle })).toEqual([])
    const phone = client()
    await phone.login()
    expect(await phone.send('POST', '/auth/sessions/cleanup', undefined, phone.csrf())).toMatchObject({
      status: 403,
      body: { error: 'Not allowed', code: 'FORBIDDEN' },
    })
  })
})
