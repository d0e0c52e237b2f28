import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'
import { houses, testIn } from './houses.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const moved = { ...ada, email: 'ada@new.example' }
const fresh = 'violet harbour lamp 42'

describe.each(houses)('the change of an address on $name', (kind) => {
  const test = testIn(kind)
  let house: ReturnType<typeof houseOn>
  let cleanup: () => Promise<void>
  let laptop: Device

  beforeEach(async () => {
    const opened = await kind.open()
    const mail = { from: 'Example <hi@example.com>', transport: 'inbox' as const }
    const options = { stores: opened.stores, mail, email: {}, infra: { runJobs: false } }
    house = houseOn(opened.storage, options, { jobsAtOnce: true })
    cleanup = opened.cleanup
    laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
  })
  afterEach(async () => {
    await house.auth.close()
    await cleanup()
  })

  const post = (path: string, body: object) => device(house).send('POST', `/auth${path}`, body)
  const login = async (as: object) => (await post('/login', as)).status

  /** Lets a minute pass, and every mail that is due go out. @returns the token in the newest one to an address */
  async function tokenFor(to: string): Promise<string> {
    await house.background.settled()
    house.advance(60_000)
    house.service('jobs').worker.poke()
    await house.background.settled()
    const text = (house.service('mail')?.inbox?.messages() ?? []).find((mail) => mail.to === to)?.text
    return new URL(/https:\S+/.exec(text ?? '')?.[0] ?? '').searchParams.get('token') ?? ''
  }
  async function request(newEmail: string) {
    const { csrfToken } = (await laptop.send('GET', '/auth/csrf')).body
    return laptop.send('POST', '/auth/email/change', { newEmail }, { 'x-csrf-token': csrfToken })
  }

  test('EC-02: the new address answers first, the old one hears of it and can undo it; both links work once', async () => {
    expect(await request('ADA@new.example')).toMatchObject({ status: 200, body: { ok: true } })
    const token = await tokenFor(moved.email)
    expect((await laptop.send('GET', '/auth/me')).body.email).toBe(ada.email)

    expect(await post('/email/change/confirm', { token })).toMatchObject({ status: 200, body: { ok: true } })
    expect((await laptop.send('GET', '/auth/me')).body).toMatchObject({ email: moved.email, emailVerified: true })
    expect([await login(ada), await login(moved)]).toEqual([401, 200])
    expect((await post('/email/change/confirm', { token })).body.code).toBe('ticket_rejected')

    const undo = await tokenFor(ada.email)
    expect(await post('/email/change/revert', { token: undo })).toMatchObject({ status: 200, body: { ok: true } })
    expect(await laptop.send('GET', '/auth/me')).toMatchObject({ status: 401, body: { code: 'session_revoked' } })
    expect([await login(ada), await login(moved)]).toEqual([401, 401])
    expect((await post('/email/change/revert', { token: undo })).body.code).toBe('ticket_rejected')

    const reset = await tokenFor(ada.email)
    expect((await post('/password/reset', { token: reset, newPassword: fresh })).status).toBe(200)
    expect(await login({ ...ada, password: fresh })).toBe(200)
    const back = await device(house)
    await back.send('POST', '/auth/login', { ...ada, password: fresh })
    expect((await back.send('GET', '/auth/me')).body).toMatchObject({ email: ada.email, emailVerified: true })
    expect((await post('/register', moved)).status).toBe(201)

    const { entries } = await house.auth.asSystem('test').audit.list({ action: 'identity.user.email.changed' })
    expect(entries.map(({ data, before, after }) => ({ data, before, after }))).toEqual([
      { data: { by: 'revert' }, before: { email: moved.email }, after: { email: ada.email } },
      { data: { by: 'user' }, before: { email: ada.email }, after: { email: moved.email } },
    ])
  })

  test('an address that was taken meanwhile is refused, nothing has changed, and nobody hears that it had', async () => {
    await request(moved.email)
    const token = await tokenFor(moved.email)
    expect((await post('/register', moved)).status).toBe(201)
    expect(await post('/email/change/confirm', { token })).toMatchObject({ status: 409, body: { code: 'identifier_taken' } })
    expect((await laptop.send('GET', '/auth/me')).body.email).toBe(ada.email)
    await tokenFor(moved.email)
    await tokenFor(moved.email)
    expect(
      house
        .service('mail')
        ?.inbox?.messages()
        .filter(({ to, subject }) => to === ada.email && subject.includes('changed')),
    ).toEqual([])
  })
})
