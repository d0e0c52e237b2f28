import { afterEach, beforeEach, describe, expect } from 'vitest'
import { device } from './browser.ts'
import { houseOn } from './house.ts'
import { houses, testIn } from './houses.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const minute = 60_000
const day = 24 * 60 * minute

describe.each(houses)('on $name', (kind) => {
  const test = testIn(kind)
  let house: ReturnType<typeof houseOn>
  let cleanup: () => Promise<void>

  beforeEach(async () => {
    const engine = await kind.open()
    house = houseOn(engine.storage, { stores: engine.stores })
    cleanup = engine.cleanup
  })
  afterEach(async () => {
    await house.auth.close()
    await cleanup()
  })

  test('a person registers, is recognised, sees and revokes a device, and logs out', async () => {
    const laptop = device(house)
    const registered = await laptop.send('POST', '/auth/register', ada)
    expect(registered).toMatchObject({
      status: 201,
      body: { status: 'active', user: { email: 'ada@example.com', role: 'user' } },
    })
    expect(registered.headers.getSetCookie()).toContainEqual(
      expect.stringMatching(/^__Host-keywright-session=.*; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    )
    expect((await laptop.send('GET', '/auth/me')).body).toMatchObject({ email: 'ada@example.com' })

    house.advance(1000)
    const phone = device(house)
    expect((await phone.send('POST', '/auth/login', ada)).status).toBe(200)
    const { body } = await laptop.send('GET', '/auth/sessions')
    expect(body.sessions.map(({ device: label, current }) => [label, current])).toEqual([
      ['Firefox on Linux', false],
      ['Firefox on Linux', true],
    ])
    const other = body.sessions.find(({ current }) => !current)?.sessionHandle
    expect((await laptop.send('DELETE', `/auth/sessions/${other}`)).status).toBe(204)
    expect(await phone.send('GET', '/auth/me')).toMatchObject({ status: 401, body: { code: 'session_revoked' } })

    expect((await laptop.send('POST', '/auth/logout', {})).status).toBe(204)
    expect([...laptop.jar.keys()]).toEqual(['__Host-keywright-device'])
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
  })

  test('an access token logs its own session out, also without the refresh token, and one that is none changes nothing', async () => {
    const app = device(house)
    await app.send('POST', '/auth/register', ada)
    const tokens = async () => (await device(house).send('POST', '/auth/login', ada, { 'x-auth-strategy': 'bearer' })).body
    const [first, second] = [await tokens(), await tokens()]
    const by = ({ accessToken }: { accessToken: string }) => ({ authorization: `Bearer ${accessToken}` })
    const phone = device(house)
    for (const token of [first.accessToken, first.accessToken, 'none', ''])
      expect((await phone.send('POST', '/auth/logout', undefined, { authorization: `Bearer ${token}` })).status).toBe(204)
    expect(await phone.send('GET', '/auth/me', undefined, by(first))).toMatchObject({
      status: 401,
      body: { code: 'session_revoked' },
    })
    expect((await phone.send('POST', '/auth/refresh', { refreshToken: first.refreshToken })).status).toBe(401)
    expect((await phone.send('GET', '/auth/me', undefined, by(second))).status).toBe(200)
    expect((await app.send('GET', '/auth/me')).status).toBe(200)
  })

  test('an access token that has run out opens nothing, and still logs its session out', async () => {
    await device(house).send('POST', '/auth/register', ada)
    const tokens = async () => (await device(house).send('POST', '/auth/login', ada, { 'x-auth-strategy': 'bearer' })).body
    const [first, second] = [await tokens(), await tokens()]
    const by = ({ accessToken }: { accessToken: string }) => ({ authorization: `Bearer ${accessToken}` })
    house.advance(16 * 60_000)
    const phone = device(house)
    expect((await phone.send('GET', '/auth/me', undefined, by(first))).status).toBe(401)
    expect((await phone.send('POST', '/auth/logout', undefined, by(first))).status).toBe(204)
    const left = await house.auth.asSystem('test').sessions.list({ userId: first.user.id })
    const refresh = async ({ refreshToken }: { refreshToken: string }) =>
      (await phone.send('POST', '/auth/refresh', { refreshToken })).status
    expect([left.sessions.length, await refresh(first), await refresh(second)]).toEqual([2, 401, 200])
  })

  test('a taken address is refused in any case it is typed in, and nothing is written', async () => {
    await device(house).send('POST', '/auth/register', ada)
    const again = await device(house).send('POST', '/auth/register', { ...ada, email: 'ADA@Example.com' })
    expect(again).toMatchObject({ status: 409, body: { code: 'identifier_taken' } })
    expect((await house.auth.asSystem('test').users.list()).users).toHaveLength(1)
  })

  test('CC-01: of parallel registrations of one address, one account comes to be', async () => {
    const typed = ['ada@example.com', 'Ada@Example.com', ' ADA@example.com', 'ada@EXAMPLE.com']
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => device(house).send('POST', '/auth/register', { ...ada, email: typed[i % 4] })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(11).fill(409)])
  })

  test('PW-01: a wrong password, an unknown address and a disabled user are answered byte for byte alike', async () => {
    const { body } = await device(house).send('POST', '/auth/register', ada)
    const grace = { email: 'grace@example.com', password: ada.password }
    const disabled = await device(house).send('POST', '/auth/register', grace)
    await house.auth.asSystem('test').users.disable({ id: disabled.body.user.id, reason: 'test' })
    expect(body.status).toBe('active')
    const tries = [{ ...ada, password: 'not the password' }, { ...ada, email: 'nobody@example.com' }, grace]
    const answers = await Promise.all(tries.map((one) => device(house).send('POST', '/auth/login', one)))
    const masked = answers.map(({ status, body, headers }) => ({
      status,
      body: { ...body, instance: '' },
      headers: [...headers].filter(([name]) => name !== 'x-correlation-id'),
    }))
    expect(masked[1]).toEqual(masked[0])
    expect(masked[2]).toEqual(masked[0])
    expect(masked[0]).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
  })

  test('RT-02: of parallel refreshes of one token there is one successor, and every answer carries it', async () => {
    const bearer = { 'x-auth-strategy': 'bearer' }
    const { body } = await device(house).send('POST', '/auth/register', ada, bearer)
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => device(house).send('POST', '/auth/refresh', { refreshToken: body.refreshToken }, bearer)),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map((answer) => answer.body.refreshToken)).size).toBe(1)
    expect(answers[0]?.body.refreshToken).not.toBe(body.refreshToken)
  })

  test('RT-01: a rotated token shown after 30 s ends its whole family and says so', async () => {
    const bearer = { 'x-auth-strategy': 'bearer' }
    const heard: string[] = []
    house.auth.on('*', (event) => void heard.push(event.event))
    const { body } = await device(house).send('POST', '/auth/register', ada, bearer)
    const next = await device(house).send('POST', '/auth/refresh', { refreshToken: body.refreshToken }, bearer)
    house.advance(30_001)
    const replay = await device(house).send('POST', '/auth/refresh', { refreshToken: body.refreshToken }, bearer)
    expect(replay).toMatchObject({ status: 401, body: { code: 'refresh_rejected' } })
    const successor = await device(house).send('POST', '/auth/refresh', { refreshToken: next.body.refreshToken }, bearer)
    expect(successor.status).toBe(401)
    const me = await device(house).send('GET', '/auth/me', undefined, { authorization: `Bearer ${next.body.accessToken}` })
    expect(me).toMatchObject({ status: 401, body: { code: 'session_revoked' } })
    await house.background.settled()
    expect(heard).toContain('identity.session.reuse-detected')
  })

  test('a retry gets its child only until the child has been rotated itself', async () => {
    const bearer = { 'x-auth-strategy': 'bearer' }
    const refresh = (refreshToken: string) => device(house).send('POST', '/auth/refresh', { refreshToken }, bearer)
    const { body } = await device(house).send('POST', '/auth/register', ada, bearer)
    const child = await refresh(body.refreshToken)
    expect((await refresh(body.refreshToken)).body.refreshToken).toBe(child.body.refreshToken)
    await refresh(child.body.refreshToken)
    expect((await refresh(body.refreshToken)).status).toBe(401)
  })

  test('noise with a known handle ends nothing', async () => {
    const laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
    const [handle] = laptop.jar.get('__Host-keywright-session')?.split('.') ?? []
    const thief = device(house)
    thief.jar.set('__Host-keywright-session', `${handle}.${'A'.repeat(65)}`)
    expect((await thief.send('POST', '/auth/refresh', {})).status).toBe(401)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
  })

  test('SES-08: a session ends at its idle limit, refreshing slides it, and the absolute limit is a hard stop', async () => {
    const laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
    for (let i = 0; i < 6; i += 1) {
      house.advance(14 * day - 1000)
      expect((await laptop.send('POST', '/auth/refresh', {})).status).toBe(200)
    }
    house.advance(6 * day + 5000)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
    house.advance(1001)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
    expect((await laptop.send('POST', '/auth/refresh', {})).status).toBe(401)
  })

  test('SES-01: a session cookie planted before the login is never authenticated', async () => {
    const laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
    const planted = laptop.jar.get('__Host-keywright-session') ?? ''
    await laptop.send('POST', '/auth/logout', {})
    const victim = device(house)
    victim.jar.set('__Host-keywright-session', planted)
    await victim.send('POST', '/auth/login', ada)
    expect(victim.jar.get('__Host-keywright-session')?.split('.')[0]).not.toBe(planted.split('.')[0])
    const attacker = device(house)
    attacker.jar.set('__Host-keywright-session', planted)
    expect((await attacker.send('GET', '/auth/me')).status).toBe(401)
  })

  test('RT-05, SES-07: a disabled user has no session left, and no refresh or token of theirs works', async () => {
    const bearer = { 'x-auth-strategy': 'bearer' }
    const laptop = device(house)
    const { body } = await laptop.send('POST', '/auth/register', ada)
    const tokens = (await device(house).send('POST', '/auth/login', ada, bearer)).body
    await house.auth.asSystem('fraud desk').users.disable({ id: body.user.id, reason: 'chargeback' })
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
    expect((await laptop.send('POST', '/auth/refresh', {})).status).toBe(401)
    expect((await device(house).send('POST', '/auth/refresh', { refreshToken: tokens.refreshToken }, bearer)).status).toBe(401)
    expect(
      (await device(house).send('GET', '/auth/me', undefined, { authorization: `Bearer ${tokens.accessToken}` })).status,
    ).toBe(401)
    expect((await house.auth.asSystem('test').sessions.list({ userId: body.user.id })).sessions).toEqual([])
    const [entry] = (await house.auth.asSystem('test').audit.list({ action: 'identity.user.disabled' })).entries
    expect(entry).toMatchObject({ actor: { kind: 'system', id: 'fraud desk' }, target: body.user.id })
  })

  test('an operator resets a password: the next login owes a change, is finished with it, and the ticket works once', async () => {
    const { body } = await device(house).send('POST', '/auth/register', ada)
    const { temporaryPassword } = await house.auth.asSystem('support').password.reset({ id: body.user.id })
    const laptop = device(house)
    const owed = await laptop.send('POST', '/auth/login', { ...ada, password: temporaryPassword })
    expect(owed.body).toMatchObject({ status: 'factor_required', methods: ['password_change'] })
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
    const finish = (newPassword: string) =>
      laptop.send('POST', '/auth/login/password', { loginToken: owed.body.loginToken, newPassword })
    expect(await finish('short')).toMatchObject({ status: 400, body: { code: 'password_rejected' } })
    const answers = await Promise.all(Array.from({ length: 8 }, () => finish('a much better secret')))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(401)
  })

  test('changing a password asks for the current one and a CSRF token, and logs the other devices out', async () => {
    const laptop = device(house)
    const phone = device(house)
    await laptop.send('POST', '/auth/register', ada)
    await phone.send('POST', '/auth/login', ada)
    const csrf = { 'x-csrf-token': laptop.jar.get('__Host-keywright-csrf') ?? '' }
    const wish = { currentPassword: ada.password, newPassword: 'another good secret' }
    expect((await laptop.send('POST', '/auth/password/change', wish)).body.code).toBe('csrf_rejected')
    const wrong = await laptop.send('POST', '/auth/password/change', { ...wish, currentPassword: 'no' }, csrf)
    expect(wrong.body.code).toBe('invalid_credentials')
    expect((await laptop.send('POST', '/auth/password/change', wish, csrf)).status).toBe(200)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
    expect((await phone.send('GET', '/auth/me')).status).toBe(401)
    expect((await phone.send('POST', '/auth/login', { ...ada, password: wish.newPassword })).status).toBe(200)
  })

  test('PW-08: of parallel wrong guesses only those before the soft delay are judged, and the owner elsewhere is not locked out', async () => {
    await device(house).send('POST', '/auth/register', ada)
    const guess = () => device(house, '198.51.100.7').send('POST', '/auth/login', { ...ada, password: 'a wrong guess' })
    const answers = await Promise.all(Array.from({ length: 20 }, guess))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(15)
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    expect((await device(house, '203.0.113.9').send('POST', '/auth/login', ada)).status).toBe(200)
  })

  test('cleanup removes what has run out and says so', async () => {
    const expired: string[] = []
    house.auth.on('identity.session.expired', (event) => void expired.push(event.event))
    await device(house).send('POST', '/auth/register', ada)
    house.advance(91 * day)
    expect(await house.service('sessions').cleanup(house.ambient.clock.now(), 'default')).toBe(1)
    await house.background.settled()
    expect(expired).toEqual(['identity.session.expired'])
  })
})
