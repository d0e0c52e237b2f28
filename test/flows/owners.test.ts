import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { clientPasswords } from '../stores/passwords.ts'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'

const password = 'correct horse battery'
const script = { authorization: `Bearer ${'k'.repeat(43)}` }

describe.each(engines.filter(({ name }) => name !== 'sqlite-memory'))('owners, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  const system = () => house.auth.asSystem('test')

  beforeEach(async () => {
    engine = await open()
    const mail = { from: 'Example <hi@example.com>', transport: { async send() {} } }
    house = houseOn(engine.storage, { mail, admin: { secret: 'k'.repeat(43) }, infra: { runJobs: false } }, { jobsAtOnce: true })
    await house.auth.ready()
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  let people = 0
  async function owner(): Promise<{ id: string; browser: Device; csrf: Record<string, string> }> {
    const browser = device(house)
    const { id } = (await browser.send('POST', '/auth/register', { email: `owner-${++people}@example.com`, password })).body.user
    await system().users.setRole({ id, role: 'owner' })
    return { id, browser, csrf: { 'x-csrf-token': browser.jar.get('__Host-keywright-csrf') ?? '' } }
  }
  type Owner = Awaited<ReturnType<typeof owner>>

  /** Every way to lose an owner. */
  const ways: Readonly<Record<string, (of: Owner) => Promise<{ status: number; body: { code: string } }>>> = {
    demoted: ({ id }) => device(house).send('PUT', `/admin/api/users/${id}/role`, { role: 'admin' }, script),
    disabled: ({ id }) => device(house).send('POST', `/admin/api/users/${id}/disable`, { reason: 'a quarrel' }, script),
    deleted: ({ id }) => device(house).send('DELETE', `/admin/api/users/${id}`, {}, script),
    'gone by themselves': ({ browser, csrf }) => browser.send('DELETE', '/auth/account', { currentPassword: password }, csrf),
  }

  const standing = async () => {
    const { users } = await system().users.list({ role: 'owner', status: 'active' })
    const alive = await Promise.all(
      users.map(async ({ email }) => (await device(house).send('POST', '/auth/login', { email, password })).status),
    )
    return alive.filter((status) => status === 200).length
  }

  test.each(Object.keys(ways))('the last owner cannot be %s', async (way) => {
    const lose = ways[way] as (typeof ways)[string]
    const [last, second] = [await owner(), await owner()]
    expect((await lose(second)).status).toBe(200)
    expect(await lose(last)).toMatchObject({ status: 409, body: { code: 'last_owner' } })
    expect(await standing()).toBe(1)
    const again = await device(house).send('PUT', `/admin/api/users/${last.id}/role`, { role: 'owner' }, script)
    expect(again.status).toBe(200)
  })

  test('an owner who is shut out is none that stays, and may lose their role', async () => {
    const [last, shut] = [await owner(), await owner()]
    await system().users.disable({ id: shut.id, reason: 'on leave' })
    await expect(system().users.setRole({ id: last.id, role: 'user' })).rejects.toMatchObject({ code: 'last_owner' })
    expect((await system().users.setRole({ id: shut.id, role: 'user' })).role).toBe('user')
    const stranger = await system().users.create({ identifier: 'somebody@example.com' })
    expect((await system().users.disable({ id: stranger.id, reason: 'spam' })).disabledAt).not.toBeNull()
  })

  test('an owner without a password is none that stays, until they have one', async () => {
    const last = await owner()
    const invited = await system().users.create({ identifier: 'invited@example.com', role: 'owner' })
    for (const [way, lose] of Object.entries(ways))
      expect(await lose(last), way).toMatchObject({ status: 409, body: { code: 'last_owner' } })
    const { temporaryPassword } = await system().password.reset({ id: invited.id })
    const login = await device(house).send('POST', '/auth/login', { email: 'invited@example.com', password: temporaryPassword })
    expect(login.body).toMatchObject({ methods: ['password_change'] })
    expect((await ways.demoted?.(last))?.status).toBe(200)
    expect(await ways.demoted?.({ ...last, id: invited.id })).toMatchObject({ status: 409, body: { code: 'last_owner' } })
  })

  test('an owner of whom a new password is demanded is none that stays, and yet the last one', async () => {
    const [last, owing] = [await owner(), await owner()]
    await system().password.requireReset({ id: owing.id })
    expect(await ways.demoted?.(last)).toMatchObject({ status: 409, body: { code: 'last_owner' } })
    await system().password.requireReset({ id: last.id })
    for (const way of ['demoted', 'disabled', 'deleted'])
      expect(await ways[way]?.(last), way).toMatchObject({ status: 409, body: { code: 'last_owner' } })
  })

  test('an owner who never chose a password may lose their role, also beside nobody who stays', async () => {
    const invited = await system().users.create({ identifier: 'invited@example.com', role: 'owner' })
    expect((await system().users.setRole({ id: invited.id, role: 'user' })).role).toBe('user')
  })

  test('where passwords live in a store of the application it is not asked while an owner is lost: whoever is there may have one', async () => {
    await house.auth.close()
    const known = clientPasswords()
    const asked: string[] = []
    const find = (id: string) => {
      asked.push(id)
      return known.find(id)
    }
    const passwords = { ...known, find }
    house = houseOn(engine.storage, { stores: { passwords }, admin: { secret: 'k'.repeat(43) } }, { jobsAtOnce: true })
    const last = await owner()
    await system().users.create({ identifier: 'other@example.com', role: 'owner' })
    asked.length = 0
    expect((await ways.demoted?.(last))?.status).toBe(200)
    expect(asked).toEqual([])
  })

  test('an act on many leaves the last owner, and says so', async () => {
    const ids = [(await owner()).id, (await owner()).id]
    for (const action of ['disable', 'delete'] as const) {
      const { id } = await system().bulk.start({ action, selector: { ids }, reason: 'a quarrel' })
      await house.background.settled()
      const { rows } = await system().bulk.rows({ id })
      expect(rows.filter(({ code }) => code === 'last_owner')).toHaveLength(1)
      expect(await standing()).toBe(1)
    }
  })

  test('two owners who are lost at the same moment, by whichever way, leave one', async () => {
    for (const first of Object.keys(ways))
      for (const second of Object.keys(ways)) {
        const [a, b] = [await owner(), await owner()]
        const others = (await system().users.list({ role: 'owner', status: 'active' })).users.map(({ id }) => id)
        const kept = others.filter((id) => id !== a.id && id !== b.id)
        for (const id of kept) await system().users.setRole({ id, role: 'user' })
        const answers = await Promise.all([ways[first]?.(a), ways[second]?.(b)])
        expect(answers.map((answer) => answer?.status).sort(), `${first}, ${second}`).toEqual([200, 409])
        expect(await standing(), `${first}, ${second}`).toBe(1)
      }
  })

  test('nobody inherits the house of whoever was first: neither when they go unseen, nor later', async () => {
    await house.auth.close()
    house = houseOn(engine.storage, { admin: { policy: 'first-user' }, account: { grace: false } }, { jobsAtOnce: true })
    const atPanel = (email: string) => device(house).send('POST', '/admin/api/login', { identifier: email, password })
    const register = async (email: string) =>
      (await device(house).send('POST', '/auth/register', { email, password })).body.user.id
    const racers = await Promise.all(['a@example.com', 'b@example.com'].map(register))
    const doors = await Promise.all(['a@example.com', 'b@example.com'].map(atPanel))
    expect(doors.map(({ status }) => status).sort()).toEqual([200, 403])
    const first = racers[doors.findIndex(({ status }) => status === 200)] ?? ''
    expect(await system().account.delete({ id: first })).toEqual({ status: 'deleted' })
    await register('c@example.com')
    const left = await Promise.all(['a@example.com', 'b@example.com', 'c@example.com'].map(atPanel))
    expect(left.map(({ status }) => status).sort()).toEqual([401, 403, 403])
    const heir = await register('heir@example.com')
    await system().users.setRole({ id: heir, role: 'owner' })
    expect((await atPanel('heir@example.com')).status).toBe(403)
  })

  test('the first account that goes before anybody has asked is the first all the same', async () => {
    await house.auth.close()
    house = houseOn(engine.storage, { admin: { policy: 'first-user' }, account: { grace: false } }, { jobsAtOnce: true })
    const first = await system().users.create({ identifier: 'first@example.com' })
    await system().account.delete({ id: first.id })
    await device(house).send('POST', '/auth/register', { email: 'next@example.com', password })
    const login = await device(house).send('POST', '/admin/api/login', { identifier: 'next@example.com', password })
    expect(login.body.code).toBe('forbidden')
  })
})
