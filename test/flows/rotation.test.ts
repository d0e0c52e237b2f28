import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'
import { houses, type OpenedHouse, testIn } from './houses.ts'

type House = ReturnType<typeof houseOn>

const [older, newer] = ['o'.repeat(40), 'n'.repeat(40)]
const password = 'correct horse battery'
const bearer = { 'x-auth-strategy': 'bearer' }

/** Those whose database several houses can open, one after the other or at once. */
const shared = houses.filter(({ engine }) => engine !== 'sqlite-memory')

describe.each(shared)('rotating the secrets on $name', (kind) => {
  const test = testIn(kind)
  let engine: OpenedHouse
  const opened: House[] = []
  beforeEach(async () => {
    engine = await kind.open()
  })
  afterEach(async () => {
    for (const house of opened.splice(0)) await house.auth.close()
    await engine.cleanup()
  })

  async function houseWith(...secret: [string, ...string[]]): Promise<House> {
    const house = houseOn(engine.storage, { stores: engine.stores, secret })
    opened.push(house)
    await house.auth.ready()
    return house
  }

  /** The same browser, as it meets another house. */
  function moved(from: Device, house: House): Device {
    const to = device(house)
    for (const [name, value] of from.jar) to.jar.set(name, value)
    return to
  }

  async function registered(house: House, name: string, headers = {}) {
    const browser = device(house)
    const { body } = await browser.send('POST', '/auth/register', { email: `${name}@example.com`, password }, headers)
    return { browser, ...body }
  }
  const refresh = (house: House, refreshToken: string) => device(house).send('POST', '/auth/refresh', { refreshToken }, bearer)
  const me = async (house: House, accessToken: string) =>
    (await device(house).send('GET', '/auth/me', undefined, { authorization: `Bearer ${accessToken}` })).status
  const changePassword = (browser: Device) =>
    browser.send(
      'POST',
      '/auth/password/change',
      { currentPassword: password, newPassword: 'another good secret' },
      { 'x-csrf-token': browser.jar.get('__Host-keywright-csrf') ?? '' },
    )

  test('logs nobody out: cookies, CSRF tokens, access and refresh tokens of the old secret are taken beside the new one', async () => {
    const before = await houseWith(older)
    const laptop = await registered(before, 'ada')
    const phone = await registered(before, 'bob', bearer)

    const during = await houseWith(newer, older)
    const page = moved(laptop.browser, during)
    expect((await page.send('GET', '/auth/me')).status).toBe(200)
    expect((await changePassword(page)).status).toBe(200)
    expect((await page.send('POST', '/auth/refresh', {})).status).toBe(200)
    expect(await me(during, phone.accessToken)).toBe(200)
    const next = await refresh(during, phone.refreshToken)
    expect(next.status).toBe(200)
    expect(await me(before, next.body.accessToken)).toBe(200)
  })

  test('lets the old secret go: who logged in under it is still logged in, and old keys still sign', async () => {
    const before = await houseWith(older)
    const laptop = await registered(before, 'ada')
    const phone = await registered(before, 'bob', bearer)
    const carol = await registered(before, 'carol')
    const { temporaryPassword } = await before.auth.asSystem('support').password.reset({ id: carol.user.id })
    const login = { email: 'carol@example.com', password: temporaryPassword }
    const { loginToken } = (await device(before).send('POST', '/auth/login', login)).body
    await houseWith(newer, older)

    const after = await houseWith(newer)
    const page = moved(laptop.browser, after)
    expect((await page.send('GET', '/auth/me')).status).toBe(200)
    expect((await changePassword(page)).body.code).toBe('csrf_rejected')
    await page.send('GET', '/auth/csrf')
    expect((await changePassword(page)).status).toBe(200)
    expect((await page.send('POST', '/auth/refresh', {})).status).toBe(200)
    expect(await me(after, phone.accessToken)).toBe(200)
    expect((await refresh(after, phone.refreshToken)).status).toBe(200)
    const finished = await device(after).send('POST', '/auth/login/password', { loginToken, newPassword: 'a much better secret' })
    expect(finished.status).toBe(200)
    const { keys } = await after.auth.asSystem('test').keys.list()
    expect(keys.map(({ state }) => state)).toEqual(['signing'])
  })

  test('RT-02: a refresh that was answered before the rotation is answered alike when it is tried again after it', async () => {
    const before = await houseWith(older)
    const { refreshToken } = await registered(before, 'ada', bearer)
    const lost = await refresh(before, refreshToken)

    const during = await houseWith(newer, older)
    const again = await refresh(during, refreshToken)
    expect(again.status).toBe(200)
    const secretOf = (token: string) => token.split('.')[1]?.slice(0, 43) // its tag is of whichever secret was the newest
    expect(secretOf(again.body.refreshToken)).toBe(secretOf(lost.body.refreshToken))
    expect((await refresh(during, again.body.refreshToken)).status).toBe(200)
  })

  test('RT-01: reuse of a token of the old secret still ends its family', async () => {
    const before = await houseWith(older)
    const { refreshToken } = await registered(before, 'ada', bearer)
    await refresh(before, refreshToken)

    const during = await houseWith(newer, older)
    during.advance(30_001)
    expect((await refresh(during, refreshToken)).body.code).toBe('refresh_rejected')
    expect((await during.auth.asSystem('test').audit.list({ action: 'identity.session.reuse-detected' })).entries).toHaveLength(1)
  })

  test('a node that has not been given the new secret yet takes no retry for a copy: it says 503, and the family lives on', async () => {
    const behind = await houseWith(older)
    const ahead = await houseWith(newer, older)
    const { refreshToken } = await registered(behind, 'ada', bearer)
    const lost = await refresh(ahead, refreshToken)

    expect((await refresh(behind, refreshToken)).status).toBe(503)
    expect((await refresh(ahead, refreshToken)).status).toBe(200)
    expect(await me(behind, lost.body.accessToken)).toBe(200)
    expect((await refresh(behind, lost.body.refreshToken)).status).toBe(200)
  })
})
