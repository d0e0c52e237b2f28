import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'
import { houses, testIn } from './houses.ts'

const password = 'correct horse battery'
const ada = { email: 'ada@example.com', password }
const minute = 60_000
const session = '__Host-keywright-session'

describe.each(houses)('on $name', (kind) => {
  const test = testIn(kind)
  let house: ReturnType<typeof houseOn>
  let cleanup: () => Promise<void>

  beforeEach(async () => {
    const engine = await kind.open()
    house = houseOn(engine.storage, { stores: engine.stores, admin: true, impersonation: true, infra: { runJobs: false } })
    cleanup = engine.cleanup
  })
  afterEach(async () => {
    await house.auth.close()
    await cleanup()
  })

  async function user(): Promise<{ id: string; phone: Device }> {
    const phone = device(house)
    return { id: (await phone.send('POST', '/auth/register', ada)).body.user.id, phone }
  }

  /** An operator at the panel. */
  async function operator(email = 'op@example.com') {
    const { body } = await device(house).send('POST', '/auth/register', { email, password })
    await house.auth.asSystem('test').users.setRole({ id: body.user.id, role: 'admin' })
    const browser = device(house, '198.51.100.9')
    await browser.send('POST', '/admin/api/login', { identifier: email, password })
    const csrf = { 'x-csrf-token': (await browser.send('GET', '/admin/api/ping')).body.csrfToken }
    const see = (id: string, wish: object = { reason: 'ticket 17' }) =>
      browser.send('POST', `/admin/api/users/${id}/impersonate`, wish, csrf)
    return { id: body.user.id, browser, csrf, see }
  }

  const audit = async (action: string) => (await house.auth.asSystem('test').audit.list({ action })).entries

  test('an operator sees what a user sees, for a reason that is kept, and stops; the user finds it in their activity', async () => {
    const { id, phone } = await user()
    const { id: operatorId, browser, see } = await operator()
    const begun = await see(id)
    expect(begun).toMatchObject({
      status: 200,
      body: { url: 'https://app.example.com/account', endsAt: '2026-01-01T12:30:00.000Z' },
    })
    const me = await browser.send('GET', '/auth/me')
    expect(me.body).toMatchObject({
      email: ada.email,
      impersonation: { operatorId, reason: 'ticket 17', readOnly: true, endsAt: '2026-01-01T12:30:00.000Z' },
    })
    expect((await phone.send('GET', '/auth/me')).body).not.toHaveProperty('impersonation')
    expect((await browser.send('GET', '/admin/api/ping')).status).toBe(200)

    const listed = (await phone.send('GET', '/auth/sessions')).body.sessions
    expect(listed.toSorted((one, other) => Number(one.current) - Number(other.current))).toMatchObject([
      { impersonated: true, ipAddress: null, userAgent: '', device: 'Unknown device' },
      { impersonated: false, current: true },
    ])
    expect(await audit('identity.impersonation.started')).toMatchObject([
      { actor: { kind: 'user', id: operatorId }, target: id, data: { reason: 'ticket 17', readOnly: true } },
    ])

    const seen = browser.jar.get(session) ?? ''
    expect((await browser.send('POST', '/auth/impersonation/stop')).status).toBe(204)
    expect([...browser.jar.keys()]).toEqual(expect.not.arrayContaining([session, '__Host-keywright-csrf']))
    browser.jar.set(session, seen)
    expect((await browser.send('GET', '/auth/me')).status).toBe(401)
    expect((await phone.send('GET', '/auth/me')).status).toBe(200)
    expect(await audit('identity.impersonation.ended')).toMatchObject([
      { actor: { kind: 'user', id: operatorId, onBehalfOf: id }, userId: id, data: { operatorId, by: 'logout' } },
    ])
    const { entries } = (await phone.send('GET', '/auth/activity')).body as unknown as {
      entries: { action: string; by: string; ip: string | null }[]
    }
    expect(entries.find(({ action }) => action === 'identity.impersonation.started')).toMatchObject({ by: 'operator', ip: null })
    expect(entries.filter(({ by }) => by === 'you').map(({ action }) => action)).toEqual([
      'identity.session.created',
      'identity.user.created',
    ])
    expect((await phone.send('POST', '/auth/impersonation/stop')).status).toBe(404)
  })

  test('the session whose cookie it replaces is over, and one that begins while its operator is thrown out does not', async () => {
    const { id } = await user()
    const { id: operatorId, browser, see } = await operator()
    await browser.send('POST', '/auth/login', { email: 'op@example.com', password })
    const own = browser.jar.get(session) ?? ''
    expect((await see(id)).status).toBe(200)
    browser.jar.set(session, own)
    expect((await browser.send('GET', '/auth/me')).status).toBe(401)

    const { sessions } = await house.auth.asSystem('test').sessions.list({ userId: operatorId })
    const panel = (await browser.send('GET', '/admin/api/ping')).status
    await house.auth.asSystem('test').sessions.revokeAll({ id: operatorId })
    // Let in by a session that has ended since, as when the body of the request came late.
    const auth = {
      status: 'operator' as const,
      userId: operatorId,
      sessionHandle: sessions[0]?.sessionHandle,
      role: 'admin',
      rights: [],
    }
    const late = house.service('impersonation')?.start(house.systemCtx('test'), id, { reason: 'late', readOnly: true }, { auth })
    await expect(late).rejects.toMatchObject({ status: 401 })
    expect(panel).toBe(200)
  })

  test('it is over, also to refresh, once the operator may less or the user has become an operator; the user is told of an operator', async () => {
    const { id, phone } = await user()
    const { id: first, browser, see } = await operator()
    await see(id)
    await house.auth.asSystem('test').users.setRole({ id: first, role: 'support' })
    expect((await browser.send('POST', '/auth/refresh', {})).status).toBe(401)
    expect((await browser.send('GET', '/auth/me')).status).toBe(401)
    await house.background.settled()
    const { entries } = (await phone.send('GET', '/auth/activity')).body as unknown as {
      entries: { action: string; by: string; ip: string | null }[]
    }
    expect(entries.find(({ action }) => action === 'identity.impersonation.ended')).toMatchObject({ by: 'operator', ip: null })

    const { browser: other, see: seeAgain } = await operator('op2@example.com')
    await seeAgain(id)
    expect((await other.send('GET', '/auth/me')).status).toBe(200)
    await house.auth.asSystem('test').users.setRole({ id, role: 'owner' })
    expect((await other.send('GET', '/auth/me')).status).toBe(401)
  })

  test('the banner on the account speaks as the browser of the operator asks, and the page as the user does', async () => {
    const { id, phone } = await user()
    const { browser, see } = await operator()
    await see(id)
    for (const [locale, asked, banner, title] of [
      ['it', 'en-GB, it;q=0.5', 'lang="en" aria-label="Somebody else’s account"', '<h1>Profilo</h1>'],
      ['en', 'it-CH', 'lang="it" aria-label="Account di un’altra persona"', '<h1>Profile</h1>'],
    ] as const) {
      await phone.send('PATCH', '/auth/me', { locale })
      const { text } = await browser.send('GET', '/account', undefined, { 'accept-language': asked })
      expect(text).toContain(`<html lang="${locale}">`)
      expect(text).toContain(`<aside class="impersonation" ${banner}>`)
      expect(text).toContain(title)
    }
    expect((await phone.send('GET', '/account', undefined, { 'accept-language': 'it' })).text).not.toContain('<aside')
  })

  test('it ends with its time, which no refresh prolongs', async () => {
    const { id } = await user()
    const { browser, see } = await operator()
    await see(id)
    for (const _ of [1, 2]) {
      house.advance(14 * minute)
      expect((await browser.send('POST', '/auth/refresh', {})).status).toBe(200)
    }
    house.advance(2 * minute - 1)
    expect((await browser.send('GET', '/auth/me')).status).toBe(200)
    house.advance(1)
    expect((await browser.send('GET', '/auth/me')).status).toBe(401)
    expect((await browser.send('POST', '/auth/refresh', {})).status).toBe(401)
  })

  test('it ends with whatever gives the operator the right, and with the sessions of the user', async () => {
    const { id, phone } = await user()
    const api = house.auth.asSystem('test')
    const ways: readonly ((operatorId: string, browser: Device, csrf: Record<string, string>) => Promise<unknown>)[] = [
      (operatorId) => api.users.setRole({ id: operatorId, role: 'support' }),
      (operatorId) => api.users.disable({ id: operatorId, reason: 'left' }),
      (operatorId) => api.sessions.revokeAll({ id: operatorId }),
      (_, browser, csrf) => browser.send('POST', '/admin/api/logout', {}, csrf),
      async () => {
        const { sessions } = await api.sessions.list({ userId: id })
        await phone.send('DELETE', `/auth/sessions/${sessions.find(({ impersonated }) => impersonated)?.sessionHandle}`)
      },
      () => phone.send('POST', '/auth/logout-all', {}),
    ]
    for (const [at, end] of ways.entries()) {
      const { id: operatorId, browser, csrf, see } = await operator(`op${at}@example.com`)
      await see(id)
      expect((await browser.send('GET', '/auth/me')).status).toBe(200)
      await end(operatorId, browser, csrf)
      expect([at, (await browser.send('GET', '/auth/me')).status]).toEqual([at, 401])
      await house.background.settled()
      await api.users.setRole({ id: operatorId, role: 'admin' })
      expect([at, (await browser.send('GET', '/auth/me')).status]).toEqual([at, 401])
    }
    expect(await audit('identity.impersonation.ended')).toHaveLength(ways.length)
  })

  test('the panel is told in any browser of the operator what they see, how to end it, and that it is over, however it ended', async () => {
    const { id, phone } = await user()
    const { browser, csrf, see, id: operatorId } = await operator()
    const { browser: colleague } = await operator('op2@example.com')
    const elsewhere = device(house)
    await elsewhere.send('POST', '/admin/api/login', { identifier: 'op@example.com', password })
    const current = async (by = elsewhere) => {
      const { status, body } = await by.send('GET', '/admin/api/impersonation')
      expect(status).toBe(200)
      await house.background.settled() // that this was a use of their session
      return (body as unknown as { current: { sessionHandle: string } | null }).current
    }
    expect(await current()).toBeNull()

    await see(id)
    const sessionHandle = browser.jar.get(session)?.split('.')[0]
    const seen = { sessionHandle, userId: id, reason: 'ticket 17', readOnly: true, endsAt: '2026-01-01T12:30:00.000Z' }
    expect([await current(), await current(browser), await current(colleague)]).toEqual([seen, seen, null])
    expect((await browser.send('DELETE', `/admin/api/sessions/${sessionHandle}`, undefined, csrf)).status).toBe(204)
    expect([await current(), (await browser.send('GET', '/auth/me')).status]).toEqual([null, 401])
    expect(await audit('identity.impersonation.ended')).toMatchObject([
      { actor: { kind: 'user', id: operatorId }, userId: id, data: { operatorId, by: 'operator' } },
    ])

    await see(id)
    const { sessions } = await house.auth.asSystem('test').sessions.list({ userId: id })
    const handle = sessions.find(({ impersonated }) => impersonated)?.sessionHandle
    expect(await current()).toMatchObject({ sessionHandle: handle })
    expect((await phone.send('DELETE', `/auth/sessions/${handle}`)).status).toBe(204)
    expect(await current()).toBeNull()

    await see(id)
    await house.auth.asSystem('test').users.setRole({ id, role: 'support' })
    expect(await current()).toBeNull()
    await house.auth.asSystem('test').users.setRole({ id, role: 'user' })

    await see(id)
    house.advance(29 * minute)
    expect(await current()).toMatchObject({ userId: id })
    house.advance(minute)
    expect(await current()).toBeNull()
  })

  test('an operator sees what one user sees at a time, and no device of the user makes room for it', async () => {
    const { id, phone } = await user()
    const grace = (await device(house).send('POST', '/auth/register', { email: 'grace@example.com', password })).body.user.id
    const { browser, see } = await operator()
    await see(id)
    const first = browser.jar.get(session) ?? ''
    await see(grace)
    expect((await browser.send('GET', '/auth/me')).body.email).toBe('grace@example.com')
    const stale = device(house)
    stale.jar.set(session, first)
    expect((await stale.send('GET', '/auth/me')).status).toBe(401)
    expect((await phone.send('GET', '/auth/me')).status).toBe(200)
  })
})
