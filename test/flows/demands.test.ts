import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sqlite } from '../../src/sqlite.ts'
import { clientPasswords } from '../stores/passwords.ts'
import { type Device, device } from './browser.ts'
import { heldLogin } from './held-login.ts'
import { houseOn } from './house.ts'
import { houses, type OpenedHouse, testIn } from './houses.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const fresh = 'violet harbour lamp 42'
const minute = 60_000

describe.each(houses)('a password an operator demands, on $name', (kind) => {
  const test = testIn(kind)
  let engine: OpenedHouse
  let house: ReturnType<typeof houseOn>
  let gap: ReturnType<typeof heldLogin>
  let laptop: Device
  let userId: string

  beforeEach(async () => {
    engine = await kind.open()
    gap = heldLogin()
    const options = {
      mail: { from: 'Example <hi@example.com>', transport: 'inbox' as const },
      infra: { runJobs: false },
      stores: engine.stores,
      hooks: gap.hooks,
    }
    house = houseOn(engine.storage, options, { jobsAtOnce: true })
    laptop = device(house)
    userId = (await laptop.send('POST', '/auth/register', ada)).body.user.id
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const desk = () => house.auth.asSystem('support').password
  const login = (password: string, email = ada.email) => device(house).send('POST', '/auth/login', { email, password })
  const reset = (token: string) => device(house).send('POST', '/auth/password/reset', { token, newPassword: fresh })
  async function newestMail() {
    await house.background.settled()
    const mail = house.service('mail')?.inbox?.messages()[0]
    const token = /token=([\w-]+)/.exec(mail?.text ?? '')?.[1] ?? ''
    return { to: mail?.to, subject: mail?.subject, token }
  }
  async function forgotten(email = ada.email) {
    house.advance(minute)
    await device(house).send('POST', '/auth/password/forgot', { email })
    return (await newestMail()).token
  }

  test('OT-10: a reset that is demanded ends every session, token and ticket, and the password opens nothing until it is made', async () => {
    const bearer = { 'x-auth-strategy': 'bearer' }
    const { refreshToken } = (await device(house).send('POST', '/auth/login', ada, bearer)).body
    const older = await forgotten()
    house.advance(minute)
    await desk().requireReset({ id: userId })

    expect((await laptop.send('GET', '/auth/me')).body.code).toBe('session_revoked')
    expect((await laptop.send('POST', '/auth/refresh', {})).body.code).toBe('refresh_rejected')
    expect((await device(house).send('POST', '/auth/refresh', { refreshToken }, bearer)).body.code).toBe('refresh_rejected')
    expect((await reset(older)).body.code).toBe('ticket_rejected')
    for (let tries = 0; tries < 6; tries += 1) {
      expect(await login(ada.password)).toMatchObject({ status: 403, body: { code: 'password_reset_required' } })
    }
    expect(await login('a wrong guess')).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })

    const mail = await newestMail()
    expect(mail).toMatchObject({ to: ada.email, subject: 'You need a new password for Example' })
    expect((await reset(mail.token)).status).toBe(200)
    expect((await login(fresh)).body.status).toBe('active')
    expect((await login(ada.password)).status).toBe(401)
    const { entries } = await house.auth.asSystem('test').audit.list({ action: 'identity.user.password.reset-required' })
    expect(entries).toMatchObject([{ target: userId, actor: { kind: 'system', id: 'support' } }])
  })

  test('CC-04: a login that was proved before a reset is demanded gets no session, and a temporary password lifts the demand', async () => {
    const thief = device(house, '198.51.100.7')
    const answer = await gap.during(
      () => thief.send('POST', '/auth/login', ada),
      () => desk().requireReset({ id: userId }),
    )
    expect(answer).toMatchObject({ status: 403, body: { code: 'password_reset_required' } })
    expect(thief.jar.size).toBe(0)
    await house.auth.asSystem('support').users.disable({ id: userId, reason: 'test' })
    expect((await login(ada.password)).body.code).toBe('invalid_credentials')
    await house.auth.asSystem('support').users.enable({ id: userId })
    const { temporaryPassword } = await desk().reset({ id: userId })
    expect((await login(temporaryPassword)).body.methods).toEqual(['password_change'])
  })

  test('whoever an operator creates chooses the password with the link of a mail; nobody else ever sees one', async () => {
    const grace = await desk().provision({ identifier: 'Grace@Example.com', role: 'editor' })
    expect(Object.keys(grace).filter((key) => /pass|token|secret|hash/i.test(key))).toEqual([])
    const first = await newestMail()
    expect(first).toMatchObject({ to: 'grace@example.com', subject: 'Your account at Example' })
    expect((await login('', grace.email ?? '')).status).toBe(400)
    expect((await login(fresh, grace.email ?? '')).body.code).toBe('invalid_credentials')

    house.advance(30 * minute)
    expect((await reset(first.token)).body.code).toBe('ticket_rejected')
    expect((await reset(await forgotten('grace@example.com'))).status).toBe(200)
    expect((await login(fresh, 'grace@example.com')).body.user).toMatchObject({ id: grace.id, role: 'editor' })
    const taken = await desk().provision({ identifier: 'grace@example.com' }).result()
    expect(taken).toMatchObject({ ok: false, error: { code: 'identifier_taken' } })
  })

  test('whoever finds somebody else in their account ends every session and chooses a new password with the link of a mail', async () => {
    const thief = device(house, '198.51.100.7')
    expect((await thief.send('POST', '/auth/login', ada)).status).toBe(200)
    const { entries } = (await laptop.send('GET', '/auth/activity')).body as unknown as { entries: Line[] }
    const stranger = entries.find(({ ip, device }) => ip === '198.51.100.7' && device !== null)
    expect(stranger).toMatchObject({ action: 'identity.session.created', by: 'you', device: 'Firefox on Linux' })
    const csrf = { 'x-csrf-token': laptop.jar.get('__Host-keywright-csrf') ?? '' }
    const said = await laptop.send('POST', '/auth/password/not-me', { entry: stranger?.id }, csrf)
    expect([said.status, said.body]).toEqual([200, { next: 'mail' }])
    expect(laptop.jar.has('__Host-keywright-session')).toBe(false)
    expect((await thief.send('GET', '/auth/me')).body.code).toBe('session_revoked')
    expect((await login(ada.password)).body.code).toBe('password_reset_required')
    const mail = await newestMail()
    expect(mail).toMatchObject({ to: ada.email, subject: 'Your account at Example is locked' })
    expect((await reset(mail.token)).status).toBe(200)
    expect((await login(fresh)).body.status).toBe('active')
    const audit = await house.auth.asSystem('test').audit.list({ action: 'identity.user.intrusion-reported' })
    expect(audit.entries).toMatchObject([{ target: userId, data: { entry: stranger?.id }, actor: { kind: 'user', id: userId } }])
  })
})

test('where no mail reaches them, whoever finds somebody else in their account owes a new password at the next login', async () => {
  const stores = [{}, { passwords: clientPasswords() }]
  for (const given of stores) {
    const house = houseOn(sqlite(':memory:'), { users: { identifiers: ['username'] }, stores: given, infra: { runJobs: false } })
    const laptop = device(house)
    const grace = { identifier: 'grace', password: ada.password }
    await laptop.send('POST', '/auth/register', grace)
    const csrf = { 'x-csrf-token': laptop.jar.get('__Host-keywright-csrf') ?? '' }
    expect((await laptop.send('POST', '/auth/password/not-me', {}, csrf)).body).toEqual({ next: 'login' })
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
    const again = await device(house).send('POST', '/auth/login', grace, { 'x-auth-strategy': 'bearer' })
    expect(again.body).toMatchObject({ status: 'factor_required', methods: ['password_change'] })
    const { loginToken } = again.body
    const finished = await device(house).send('POST', '/auth/login/password', { loginToken, newPassword: fresh })
    expect(finished.body.status).toBe('active')
    await house.auth.close()
  }
})

/** A line of somebody's own activity. */
interface Line {
  readonly id: string
  readonly ip: string | null
  readonly device: string | null
}
