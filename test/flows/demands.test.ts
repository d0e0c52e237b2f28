import { afterEach, beforeEach, describe, expect } from 'vitest'
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
})
