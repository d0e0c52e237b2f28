import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { ada } from './routes.ts'

const session = '__Host-keywright-session'
const second = 1000
const day = 86_400 * second

describe.each(engines)('sessions in a browser, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  let laptop: Device

  beforeEach(async () => {
    engine = await open()
    house = houseOn(engine.storage)
    laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })
  const me = (cookie: string) => device(house).send('GET', '/auth/me', undefined, { cookie })

  test('SES-01: a session cookie that was set before the login is replaced by the login, and opens nothing', async () => {
    const mallory = device(house)
    await mallory.send('POST', '/auth/register', { ...ada, email: 'mallory@example.com' })
    const planted = mallory.jar.get(session) ?? ''
    for (const value of [planted, 'made-up', `${planted.split('.')[0]}.${'A'.repeat(65)}`]) {
      const victim = device(house)
      victim.jar.set(session, value)
      await victim.send('POST', '/auth/login', ada)
      const own = victim.jar.get(session) ?? ''
      expect(own).not.toBe(value)
      expect(own.split('.')[0]).not.toBe(value.split('.')[0])
      expect((await victim.send('GET', '/auth/me')).body.email).toBe(ada.email)
    }
    // Whoever planted the cookie is still nobody but themselves.
    expect((await me(`${session}=${planted}`)).body.email).toBe('mallory@example.com')
  })

  test('SES-02: each login makes a new id, and logging out kills it', async () => {
    const first = laptop.jar.get(session) ?? ''
    await laptop.send('POST', '/auth/logout', {})
    await laptop.send('POST', '/auth/login', ada)
    expect(laptop.jar.get(session)?.split('.')[0]).not.toBe(first.split('.')[0])
    expect((await me(`${session}=${first}`)).status).toBe(401)
  })

  test('SES-08: the idle limit holds to the second, and a touch after it revives nothing', async () => {
    house.advance(14 * day - second)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200) // being seen slides the limit, once a minute
    await house.background.settled()
    house.advance(14 * day - second)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
    await house.background.settled()
    house.advance(14 * day)
    for (let tries = 0; tries < 3; tries += 1) {
      expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
      expect((await laptop.send('POST', '/auth/refresh', {})).status).toBe(401)
      await house.background.settled()
    }
  })

  test('SES-08, RT-07: the absolute limit is a hard stop to the second, however often the session is used', async () => {
    for (let used = 0; used < 9; used += 1) {
      house.advance(10 * day - (used === 8 ? second : 0))
      expect((await laptop.send('POST', '/auth/refresh', {})).status).toBe(200)
      await house.background.settled()
    }
    house.advance(second)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
    expect((await laptop.send('POST', '/auth/refresh', {})).status).toBe(401)
  })

  test('SES-10: the cookie is host-bound, secure, hidden from scripts and lax, and never outlives the session', async () => {
    const { headers } = await laptop.send('POST', '/auth/login', ada)
    const line = headers.getSetCookie().find((cookie) => cookie.startsWith(`${session}=`)) ?? ''
    const [, ...attributes] = line.split('; ')
    expect([...attributes].sort()).toEqual(['HttpOnly', `Max-Age=${90 * 86_400}`, 'Path=/', 'SameSite=Lax', 'Secure'].sort())
    expect(line.length).toBeLessThan(4096)
  })

  test('SES-10: two cookies of the name with different values, an oversize one and a plain one are nobody', async () => {
    const good = laptop.jar.get(session) ?? ''
    const other = device(house)
    await other.send('POST', '/auth/login', ada)
    expect((await me(`${session}=${good}; ${session}=${other.jar.get(session)}`)).status).toBe(401)
    expect((await me(`${session}=${other.jar.get(session)}; ${session}=${good}`)).status).toBe(401)
    expect((await me(`${session}=${good}; ${session}=`)).status).toBe(401)
    expect((await me(`${session}=${good}${'A'.repeat(4096)}`)).status).toBe(401)
    expect((await me(`keywright-session=${good}`)).status).toBe(401)
    expect((await me(`${session.toLowerCase()}=${good}`)).status).toBe(401)
    expect((await me(`${session}=${good}`)).status).toBe(200)
  })
})
