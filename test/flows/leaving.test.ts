import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'
import { houses, type OpenedHouse, testIn } from './houses.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const minute = 60_000
const day = 24 * 60 * minute

describe.each(houses)('leaving on $name', (kind) => {
  const test = testIn(kind)
  let opened: OpenedHouse
  let house: ReturnType<typeof houseOn>
  let laptop: Device

  /** A house with Ada in it, logged in on her laptop. */
  async function enter(grace: '14d' | false): Promise<string> {
    const options = {
      account: { grace },
      stores: opened.stores,
      mail: { from: 'Example <hi@example.com>', transport: 'inbox' as const },
      infra: { runJobs: false },
    }
    house = houseOn(opened.storage, options, { jobsAtOnce: true, production: false })
    laptop = device(house)
    return (await laptop.send('POST', '/auth/register', ada)).body.user.id
  }
  beforeEach(async () => {
    opened = await kind.open()
  })
  afterEach(async () => {
    await house.auth.close()
    await opened.cleanup()
  })

  const login = () => device(house).send('POST', '/auth/login', ada)
  const wish = (from: Device, body: object = {}) =>
    from.send('DELETE', '/auth/account', body, { 'x-csrf-token': from.jar.get('__Host-keywright-csrf') ?? '' })
  const restore = (token: string) => device(house).send('POST', '/auth/account/restore', { token })
  const system = () => house.auth.asSystem('support')
  const audited = async (action: string) => (await system().audit.list({ action })).entries
  const mails = async () => {
    await house.background.settled()
    return house.service('mail')?.inbox?.messages() ?? []
  }
  const newestToken = async () => /token=([\w-]{43})/.exec((await mails())[0]?.text ?? '')?.[1] ?? ''

  test('who wants to be gone is out at once, and a link of a mail keeps the account until the grace is over', async () => {
    const id = await enter('14d')
    const phone = device(house)
    await phone.send('POST', '/auth/login', ada)
    expect((await laptop.send('DELETE', '/auth/account', ada, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await wish(laptop, { currentPassword: 'a wrong one, surely' })).body.code).toBe('invalid_credentials')
    expect(await wish(laptop, { currentPassword: ada.password })).toMatchObject({
      status: 200,
      body: { status: 'scheduled', deleteAt: '2026-01-15T12:00:00.000Z' },
    })
    expect([...laptop.jar.keys()]).toEqual(['__Host-keywright-device'])
    expect((await phone.send('GET', '/auth/me')).status).toBe(401)
    expect((await login()).body.code).toBe('invalid_credentials')
    expect((await device(house).send('POST', '/auth/register', ada)).body.code).toBe('identifier_taken')
    const [mail] = await mails()
    expect(mail).toMatchObject({ to: ada.email, subject: 'Your account at Example will be deleted' })
    expect(mail?.text).toContain('January 15, 2026')
    house.advance(minute)
    await device(house).send('POST', '/auth/password/forgot', ada)
    expect((await mails())[0]?.subject).toBe('Your account at Example will be deleted') // a new password would open nothing

    const token = await newestToken()
    const both = await Promise.all([restore(token), restore(token)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400])
    expect((await login()).body.user.id).toBe(id)

    house.advance(minute)
    const again = device(house)
    await again.send('POST', '/auth/login', ada)
    expect((await wish(again)).body.status).toBe('scheduled') // just logged in: nothing more is asked for
    expect((await restore(token)).body.code).toBe('ticket_rejected')
    const late = await newestToken()
    expect(late).not.toBe(token)
    house.advance(14 * day - 1)
    await house.service('account').carryOutDue()
    expect((await system().account.export({ id })).data.users).toMatchObject({ id })
    house.advance(1)
    expect((await restore(late)).body.code).toBe('ticket_rejected')
    await Promise.all([house.service('account').carryOutDue(), house.service('account').carryOutDue()])
    expect(await audited('identity.user.deleted')).toMatchObject([{ userId: id, data: { reason: 'user' } }])
    const { user } = (await device(house).send('POST', '/auth/register', ada)).body
    expect(user.id).not.toBe(id)
  })

  test('EC-05: of two wishes at once one deletes, and nobody else is touched', async () => {
    const id = await enter(false)
    const grace = device(house)
    await grace.send('POST', '/auth/register', { ...ada, email: 'grace@example.com' })
    house.advance(10 * minute + 1)
    const fresh = device(house)
    await fresh.send('POST', '/auth/login', ada)
    expect((await wish(laptop)).body.code).toBe('step_up_required')
    expect((await laptop.send('GET', '/auth/account/export')).body.code).toBe('step_up_required')
    const answers = await Promise.all([wish(laptop, { currentPassword: ada.password }), wish(fresh)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
    expect(answers.filter(({ body }) => body.status === 'deleted')).toHaveLength(1)
    expect((await wish(laptop, { currentPassword: ada.password })).status).toBe(401)
    expect(await audited('identity.user.deleted')).toHaveLength(1)
    expect((await grace.send('GET', '/auth/me')).body.email).toBe('grace@example.com')
    expect((await login()).body.code).toBe('invalid_credentials')
    const { stores } = opened
    if (stores.users) expect((await stores.users.findById(id)) ?? null).toBe(null)
    if (stores.passwords) expect((await stores.passwords.find(id)) ?? null).toBe(null)
    if (stores.sessions) expect(await stores.sessions.getSessionsForUser(id, 'default')).toEqual([])
  })

  test('CC-04: a login that races a deletion ends with it', async () => {
    const id = await enter('14d')
    const racers = Array.from({ length: 8 }, () => device(house))
    const answers = await Promise.all([wish(laptop), ...racers.map((racer) => racer.send('POST', '/auth/login', ada))])
    expect(answers[0]?.status).toBe(200)
    const alive = await Promise.all(racers.map(async (racer) => (await racer.send('GET', '/auth/me')).status))
    expect(alive).toEqual(racers.map(() => 401))
    const token = await newestToken()
    await system().account.restore({ id })
    house.advance(minute)
    expect((await login()).status).toBe(200)
    expect((await restore(token)).body.code).toBe('ticket_rejected')
  })
})
