import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { ada } from './routes.ts'

const filler = 'violet harbour lamp '.repeat(60)

describe.each(engines)('passwords, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  let email = ''
  let people = 0

  beforeAll(async () => {
    engine = await open()
    house = houseOn(engine.storage)
  })
  beforeEach(() => {
    people += 1
    email = `somebody-${people}@example.com`
  })
  afterAll(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const register = (email: string, password: unknown) => device(house).send('POST', '/auth/register', { email, password })
  /** A day after those before, so that no soft delay is left of them. */
  const login = (email: string, password: unknown) => {
    house.advance(90_000_000)
    return device(house).send('POST', '/auth/login', { email, password })
  }

  test.each([64, 72, 73, 128, 255, 256])(
    'PW-04: the last of %i bytes decides, and nothing is cut off or added',
    async (length) => {
      const password = filler.slice(0, length - 1)
      expect((await register(email, `${password}x`)).status).toBe(201)
      for (const wrong of [`${password}y`, password, `${password}xx`]) expect((await login(email, wrong)).status).toBe(401)
      expect((await login(email, `${password}x`)).status).toBe(200)
    },
  )

  test('PW-04: a NUL inside shortens nothing', async () => {
    expect((await register(email, 'violet harbour\u0000lamp')).status).toBe(201)
    for (const wrong of ['violet harbour', 'violet harbour\u0000', 'violet harbour\u0000lamb']) {
      expect((await login(email, wrong)).status).toBe(401)
    }
    expect((await login(email, 'violet harbour\u0000lamp')).status).toBe(200)
  })

  test('PW-04: 257 code points are 400 and a field of a megabyte is 413', async () => {
    expect(await register(email, filler.slice(0, 257))).toMatchObject({
      status: 400,
      body: { code: 'password_rejected' },
    })
    expect(await register(email, '\u{1f600}'.repeat(257))).toMatchObject({ status: 400 })
    expect((await register(email, '\u{1f600}'.repeat(256))).status).toBe(201)
    const huge = 'x'.repeat(1024 * 1024)
    for (const answer of [await register('grace@example.com', huge), await login(email, huge)]) {
      expect(answer).toMatchObject({ status: 413, body: { code: 'payload_too_large' } })
    }
  })

  test('PW-05: common, the own address and our own name are refused with a reason; fifteen small letters are good', async () => {
    const refused = [
      ['123456789012', 'common'],
      ['QWERTYUIOP123', 'common'],
      ['ada.lovelace1815', 'guessable'],
      ['ADA.LOVELACE@example.com', 'guessable'],
      ['keywright2026', 'guessable'],
    ]
    for (const [password, reason] of refused) {
      const answer = await register('ada.lovelace@example.com', password)
      expect(answer, password).toMatchObject({ status: 400, body: { code: 'password_rejected' } })
      expect(JSON.stringify(answer.body)).toContain(reason)
    }
    expect((await register('ada.lovelace@example.com', 'qpwmznxbtyghvcd')).status).toBe(201)
  })

  test.each([[''], [7], [null], [['correct horse battery']], [{ $ne: '' }], [undefined]])(
    'PW-04: %j is no password',
    async (password) => {
      await register(email, ada.password)
      expect((await login(email, password)).status).toBe(400)
      expect((await register('grace@example.com', password)).status).toBe(400)
    },
  )
})

describe.each(engines)('PW-10: changing a password, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  let laptop: Device

  beforeEach(async () => {
    engine = await open()
    house = houseOn(engine.storage, { http: { limits: { register: { shared: true } } } })
    laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })
  const fresh = 'another good secret'
  const csrf = (browser: Device) => ({ 'x-csrf-token': browser.jar.get('__Host-keywright-csrf') ?? '' })
  const change = (browser: Device, body: object) => browser.send('POST', '/auth/password/change', body, csrf(browser))

  test('without the current one, or with a wrong one, nothing changes', async () => {
    expect((await change(laptop, { newPassword: fresh })).status).toBe(400)
    expect((await change(laptop, { currentPassword: '', newPassword: fresh })).status).toBe(400)
    expect((await change(laptop, { currentPassword: fresh, newPassword: fresh })).body.code).toBe('invalid_credentials')
    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(200)
  })

  test('with a session that has ended', async () => {
    const thief = device(house)
    for (const [name, value] of laptop.jar) thief.jar.set(name, value)
    await laptop.send('POST', '/auth/logout', {})
    expect((await change(thief, { currentPassword: ada.password, newPassword: fresh })).body.code).toBe('session_revoked')
    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(200)
  })

  test('a wrong current one counts as a guess: who has stolen a session finds out no password with it', async () => {
    const answers = []
    for (let tries = 0; tries < 40; tries += 1) {
      answers.push((await change(laptop, { currentPassword: `guess ${tries}`, newPassword: fresh })).status)
    }
    expect(answers.indexOf(429)).toBeGreaterThan(0)
    expect(answers.slice(answers.indexOf(429))).toEqual(Array(40 - answers.indexOf(429)).fill(429))
    // The same count as at the login: guesses there and here are one budget of the address.
    expect((await device(house).send('POST', '/auth/login', { ...ada, email: 'somebody@example.com' })).status).toBe(429)
  })
})
