import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const nobody = { email: 'nobody@example.com', password: 'correct horse battery' }
const day = 24 * 60 * 60_000
const cookie = '__Host-keywright-device'
const addresses = (count: number) => Array.from({ length: count }, (_, i) => `198.18.${i >> 8}.${i & 255}`)

describe.each(engines)('guessing on $name', ({ open }) => {
  let house: ReturnType<typeof houseOn>
  let cleanup: () => Promise<void>

  beforeEach(async () => {
    const engine = await open()
    house = houseOn(engine.storage)
    cleanup = engine.cleanup
    await house.auth.ready()
  })
  afterEach(async () => {
    await house.auth.close()
    await cleanup()
  })

  const guess = (ip: string, email = ada.email) =>
    device(house, ip).send('POST', '/auth/login', { email, password: 'a wrong guess' })

  /** One wrong guess from each address, 50 at a time. @returns how many were answered with which status */
  async function guessFrom(ips: readonly string[], email = ada.email) {
    const counts = { 401: 0, 429: 0, 503: 0 } as Record<number, number>
    for (let from = 0; from < ips.length; from += 50) {
      const answers = await Promise.all(ips.slice(from, from + 50).map((ip) => guess(ip, email)))
      for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
    }
    return counts
  }

  const rowsOf = (table: 'login_account' | 'login_throttle') =>
    house.database
      .everything<Record<typeof table, { key: string; failures: number }>>()
      .selectFrom(table)
      .select(['key', 'failures'])
      .execute()

  test('PW-07: after 1,000 failures from 180 addresses the victim gets in from a known browser at once and from a new address within 30 s', async () => {
    const laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
    await laptop.send('POST', '/auth/logout', {})

    const army = addresses(180)
    expect(await guessFrom(army)).toEqual({ 401: 100, 429: 80, 503: 0 })
    for (let round = 0; round < 5; round += 1) {
      house.advance(30_000)
      expect(await guessFrom(army)).toEqual({ 401: 180, 429: 0, 503: 0 })
    }
    expect((await rowsOf('login_account')).map(({ failures }) => failures)).toEqual([1000])

    expect((await laptop.send('POST', '/auth/login', ada)).status).toBe(200)

    const hotel = device(house, '203.0.113.9')
    const early = await hotel.send('POST', '/auth/login', ada)
    expect(early).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(early.headers.get('retry-after')).toBe('30')
    house.advance(20_000)
    await guessFrom(army)
    expect((await hotel.send('POST', '/auth/login', ada)).headers.get('retry-after')).toBe('10')
    house.advance(10_000)
    expect((await hotel.send('POST', '/auth/login', ada)).status).toBe(200)
    expect((await device(house, '203.0.113.9').send('POST', '/auth/login', ada)).status).toBe(200)
  }, 180_000)

  test('PW-01: an account that does not exist slows down like one that does, answer for answer', async () => {
    await device(house).send('POST', '/auth/register', ada)
    const [known, unknown] = await Promise.all([
      guessFrom(addresses(40), ada.email).then(async () => guess('203.0.113.1', ada.email)),
      guessFrom(addresses(40), nobody.email).then(async () => guess('203.0.113.1', nobody.email)),
    ])
    expect([known.status, unknown.status]).toEqual([401, 401])
    for (const { email } of [ada, nobody]) {
      for (let round = 0; round < 2; round += 1) await guessFrom(addresses(40), email)
    }
    const [first, second] = [await guess('203.0.113.2', ada.email), await guess('203.0.113.2', nobody.email)]
    const masked = [first, second].map(({ status, body, headers }) => ({
      status,
      body: { ...body, instance: '' },
      headers: [...headers].filter(([name]) => name !== 'x-correlation-id'),
    }))
    expect(masked[0]?.status).toBe(429)
    expect(masked[1]).toEqual(masked[0])
  })

  test('a day without failures forgets those of an account, also before the sweep has run; the sweep leaves nothing behind', async () => {
    await guessFrom(addresses(110))
    expect((await guess('203.0.113.1')).status).toBe(429)
    house.advance(day + 1)
    expect((await guess('203.0.113.2')).status).toBe(401)
    expect((await rowsOf('login_account')).map(({ failures }) => failures)).toEqual([1])
    house.advance(day + 1)
    await house.service('login').sweep()
    expect([await rowsOf('login_account'), await rowsOf('login_throttle')]).toEqual([[], []])
  })

  test('a right password is no failure of the account, and the failures of others stay counted', async () => {
    await device(house).send('POST', '/auth/register', ada)
    await guess('198.18.0.1')
    for (let i = 0; i < 3; i += 1) expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(200)
    expect((await rowsOf('login_account')).map(({ failures }) => failures)).toEqual([1])
  })

  test('PW-07: a known browser is slowed down by its own failures only, wherever it goes', async () => {
    const laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
    await laptop.send('POST', '/auth/logout', {})
    for (let i = 0; i < 6; i += 1) await guess('192.0.2.1')
    expect((await guess('192.0.2.1')).status).toBe(429)
    const wrong = () => laptop.send('POST', '/auth/login', { ...ada, password: 'a typo' })
    for (let i = 0; i < 5; i += 1) expect((await wrong()).status).toBe(401)
    const elsewhere = device(house, '203.0.113.7')
    elsewhere.jar.set(cookie, laptop.jar.get(cookie) ?? '')
    expect((await elsewhere.send('POST', '/auth/login', ada)).status).toBe(429)
    expect((await device(house, '203.0.113.8').send('POST', '/auth/login', ada)).status).toBe(200)
    house.advance(1000)
    expect((await laptop.send('POST', '/auth/login', ada)).status).toBe(200)
  })

  test("PW-07: a device cookie of the attacker's own account buys nothing on the victim's", async () => {
    await device(house).send('POST', '/auth/register', ada)
    const attacker = device(house, '203.0.113.66')
    await attacker.send('POST', '/auth/register', { email: 'mallory@example.com', password: ada.password })
    await guessFrom(addresses(100))
    const stolen = await attacker.send('POST', '/auth/login', ada)
    expect(stolen).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
  })

  test('the device cookie comes with a session in cookies only, is hidden from scripts, lives 90 days and opens nothing', async () => {
    const bearer = { 'x-auth-strategy': 'bearer' }
    const registered = await device(house).send('POST', '/auth/register', ada, bearer)
    expect(registered.headers.getSetCookie()).toEqual([])
    const laptop = device(house)
    const failed = await laptop.send('POST', '/auth/login', { ...ada, password: 'a wrong guess' })
    expect(failed.headers.getSetCookie()).toEqual([])
    const { headers } = await laptop.send('POST', '/auth/login', ada)
    expect(headers.getSetCookie()).toContainEqual(
      expect.stringMatching(/^__Host-keywright-device=[^;]+; Max-Age=7776000; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    )
    const thief = device(house)
    thief.jar.set(cookie, laptop.jar.get(cookie) ?? '')
    expect((await thief.send('GET', '/auth/me')).status).toBe(401)
    expect((await thief.send('POST', '/auth/refresh', {})).status).toBe(401)
  })

  test('PW-10: guesses at the current password slow down, count on the account, and leave the other browsers alone', async () => {
    const laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
    const change = (currentPassword: string) =>
      laptop.send(
        'POST',
        '/auth/password/change',
        { currentPassword, newPassword: 'another good secret' },
        { 'x-csrf-token': laptop.jar.get('__Host-keywright-csrf') ?? '' },
      )
    const answers = await Promise.all(Array.from({ length: 20 }, () => change('a wrong guess')))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([...Array(5).fill(401), ...Array(15).fill(429)])
    expect((await rowsOf('login_account')).map(({ failures }) => failures)).toEqual([5])
    expect((await change(ada.password)).status).toBe(429)
    expect((await device(house, '203.0.113.9').send('POST', '/auth/login', ada)).status).toBe(200)
    house.advance(1000)
    expect((await change(ada.password)).status).toBe(200)
  })
})
