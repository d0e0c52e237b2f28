import { describe, expect, onTestFinished, test } from 'vitest'
import type { IUserStore } from '../../src/stores.ts'
import { userStoreCases } from '../../src/testing/conformance/users.ts'
import { engines } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { clientUsers } from './client-users.ts'
import { queryBuilderUsers } from './query-builder-users.ts'

const kinds = [
  { kind: 'a query builder', open: () => queryBuilderUsers() },
  { kind: 'a generated client', open: () => clientUsers() },
]

describe.each(kinds)('a store of users in the style of $kind', ({ open }) => {
  test.each(userStoreCases(open))('keeps the promise: $name', ({ run }) => run())
})

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const grace = { email: 'grace@example.com', password: 'another long sentence' }

describe.each(engines)('people in a store of the application, all else on $name', ({ open }) => {
  async function houseWith(users: IUserStore) {
    const engine = await open()
    const house = houseOn(engine.storage, { stores: { users } })
    onTestFinished(async () => {
      await house.auth.close()
      await engine.cleanup()
    })
    await house.auth.ready()
    const pending = async () =>
      (await house.database.everything<{ user_intent: { user_id: string } }>().selectFrom('user_intent').selectAll().execute())
        .length
    return { house, pending }
  }

  test.each(kinds)('register, log in, change the profile, see it, log out, with $kind', async ({ open: openUsers }) => {
    const users = openUsers()
    const { house, pending } = await houseWith(users)
    const browser = device(house)
    const registered = await browser.send('POST', '/auth/register', ada)
    expect(registered.status).toBe(201)
    expect((await users.findById(registered.body.user.id))?.identifiers[0]?.value).toBe('ada@example.com')
    expect(await pending()).toBe(0)
    const csrf = (await browser.send('GET', '/auth/csrf')).body.csrfToken
    expect((await browser.send('PATCH', '/auth/me', { firstName: 'Ada' }, { 'x-csrf-token': csrf })).status).toBe(200)
    expect((await users.findById(registered.body.user.id))?.firstName).toBe('Ada')
    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(200)
    expect((await device(house).send('POST', '/auth/register', ada)).body.code).toBe('identifier_taken')
    expect(await pending()).toBe(0)
  })

  test('of 16 who register one address at once one is there, and nothing half-way', async () => {
    const users = queryBuilderUsers()
    const { house, pending } = await houseWith(users)
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => device(house, `192.0.2.${index}`).send('POST', '/auth/register', ada)),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(15).fill(409)])
    expect([users.count(), await pending()]).toEqual([1, 0])
  })

  test('a process that dies after their row and before ours leaves nobody: the clean-up takes the row back', async () => {
    const users = queryBuilderUsers()
    // Never answers: as far as anybody else can see, this process is gone.
    const dead: IUserStore = { ...users, create: (user) => users.create(user).then(() => new Promise(() => {})) }
    const { house, pending } = await houseWith(dead)
    void device(house).send('POST', '/auth/register', ada)
    await expect.poll(() => users.count()).toBe(1)
    expect(await pending()).toBe(1)
    house.advance(61_000)
    expect(await house.service('users').undoAbandoned(house.systemCtx('test').at)).toBe(1)
    expect([users.count(), await pending()]).toEqual([0, 1])
    house.advance(24 * 3_600_000)
    await house.service('users').undoAbandoned(house.systemCtx('test').at)
    expect(await pending()).toBe(0)
  })

  test('a slow owner whose intent was revoked meanwhile is refused, and leaves nobody', async () => {
    const users = queryBuilderUsers()
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow: IUserStore = { ...users, create: (user) => held.then(() => users.create(user)) }
    const { house, pending } = await houseWith(slow)
    const answer = device(house).send('POST', '/auth/register', grace)
    await expect.poll(pending).toBe(1)
    house.advance(61_000)
    await house.service('users').undoAbandoned(house.systemCtx('test').at)
    release()
    expect((await answer).status).toBe(503)
    expect([users.count(), await pending()]).toEqual([0, 0])
  })

  test('a role that the application changes itself is seen within two seconds, one changed here on the next request', async () => {
    const users = queryBuilderUsers()
    const { house } = await houseWith(users)
    const browser = device(house)
    const { id } = (await browser.send('POST', '/auth/register', ada)).body.user
    const cleanup = async () => (await browser.send('POST', '/auth/sessions/cleanup', {})).status
    expect(await cleanup()).toBe(403)
    await users.update(id, { role: 'admin' })
    house.advance(2_000)
    expect(await cleanup()).toBe(200)
  })

  test('a store that is away is 503 for a login, never "wrong password", and nobody is logged out', async () => {
    const users = queryBuilderUsers()
    const state = { away: false }
    const boom = async (): Promise<never> => {
      throw new Error('connection refused')
    }
    const flaky: IUserStore = {
      ...users,
      findById: (id) => (state.away ? boom() : users.findById(id)),
      findByIdentifier: (of) => (state.away ? boom() : users.findByIdentifier(of)),
    }
    const { house } = await houseWith(flaky)
    const browser = device(house)
    await browser.send('POST', '/auth/register', ada)
    state.away = true
    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(503)
    expect((await browser.send('GET', '/auth/me')).status).toBe(503)
    state.away = false
    expect((await browser.send('GET', '/auth/me')).status).toBe(200)
  })
})
