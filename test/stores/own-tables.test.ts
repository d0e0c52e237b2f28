import { hash } from '@node-rs/bcrypt'
import { describe, expect, onTestFinished, test } from 'vitest'
import { seedFirstAdmin } from '../../src/app/bootstrap.ts'
import type { AuthOptions } from '../../src/app/options.ts'
import type { IPasswordStore, ISessionStore, SessionInfo } from '../../src/stores.ts'
import { passwordStoreCases } from '../../src/testing/conformance/passwords.ts'
import { sessionStoreCases } from '../../src/testing/conformance/sessions.ts'
import { engines } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { clientUsers } from './client-users.ts'
import { clientSessions, queryBuilderSessions } from './device-sessions.ts'
import { clientPasswords, queryBuilderPasswords } from './passwords.ts'
import { queryBuilderUsers } from './query-builder-users.ts'

const kinds = [
  { kind: 'a query builder', users: () => queryBuilderUsers(), passwords: queryBuilderPasswords, sessions: queryBuilderSessions },
  { kind: 'a generated client', users: () => clientUsers(), passwords: clientPasswords, sessions: clientSessions },
]

describe.each(kinds)('stores in the style of $kind', ({ passwords, sessions }) => {
  test.each(sessionStoreCases(sessions))('sessions keep the promise: $name', ({ run }) => run())
  test.each(passwordStoreCases(() => ({ store: passwords(), userId: 'ada' })))('passwords keep the promise: $name', ({ run }) =>
    run(),
  )
})

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const fresh = 'another long sentence'
const bearer = { 'x-auth-strategy': 'bearer' }

describe.each(engines)('everything in stores of the application, on $name', ({ open }) => {
  async function houseWith(stores: NonNullable<AuthOptions['stores']>) {
    const engine = await open()
    const house = houseOn(engine.storage, { stores })
    onTestFinished(async () => {
      await house.auth.close()
      await engine.cleanup()
    })
    await house.auth.ready()
    return house
  }

  test.each(kinds)('the life of an account, with $kind', async ({ users, passwords, sessions }) => {
    const stores = { users: users(), passwords: passwords(), sessions: sessions() }
    const house = await houseWith(stores)
    const laptop = device(house)
    const { body, status } = await laptop.send('POST', '/auth/register', ada)
    expect(status).toBe(201)
    expect(await stores.passwords.find(body.user.id)).toMatch(/^\$argon2id\$/)
    const phone = device(house)
    expect((await phone.send('POST', '/auth/login', ada)).status).toBe(200)
    expect(await stores.sessions.getSessionsForUser(body.user.id)).toHaveLength(2)

    const list = await laptop.send('GET', '/auth/sessions')
    expect(list.body.sessions.map(({ current }) => current).toSorted()).toEqual([false, true])
    expect((await phone.send('POST', '/auth/refresh', {})).status).toBe(200)

    const csrf = (await laptop.send('GET', '/auth/csrf')).body.csrfToken
    const change = { currentPassword: ada.password, newPassword: fresh }
    expect((await laptop.send('POST', '/auth/password/change', change, { 'x-csrf-token': csrf })).status).toBe(200)
    expect((await phone.send('GET', '/auth/me')).status).toBe(401)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
    await house.background.settled()
    expect(await stores.sessions.getSessionsForUser(body.user.id)).toHaveLength(1)

    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(401)
    expect((await device(house).send('POST', '/auth/login', { ...ada, password: fresh })).status).toBe(200)
    await laptop.send('POST', '/auth/logout', {})
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
  })

  test('a session whose record somebody deletes behind our back is over within two seconds, for cookies and tokens', async () => {
    const sessions = queryBuilderSessions()
    const house = await houseWith({ sessions })
    const browser = device(house)
    const app = device(house)
    const { body } = await browser.send('POST', '/auth/register', ada)
    const { accessToken } = (await app.send('POST', '/auth/login', ada, bearer)).body
    const authorization = { authorization: `Bearer ${accessToken}` }
    expect((await app.send('GET', '/auth/me', undefined, authorization)).status).toBe(200)
    await sessions.revokeAllSessionsForUser(body.user.id)
    house.advance(2_000)
    expect((await browser.send('GET', '/auth/me')).status).toBe(401)
    expect((await app.send('GET', '/auth/me', undefined, authorization)).status).toBe(401)
  })

  test('SES-04: a session ended here is refused at once, although its record cannot be removed', async () => {
    const sound = queryBuilderSessions()
    const sessions = { ...sound, revokeSession: async () => Promise.reject(new Error('their database is down')) }
    const house = await houseWith({ sessions })
    const browser = device(house)
    await browser.send('POST', '/auth/register', ada)
    const other = device(house)
    await other.send('POST', '/auth/login', ada)
    await browser.send('DELETE', '/auth/sessions')
    expect((await other.send('GET', '/auth/me')).status).toBe(401)
    expect((await browser.send('GET', '/auth/sessions')).body.sessions).toHaveLength(1)
  })

  test('a store of sessions that is away is 503, never "logged out"', async () => {
    const sound = queryBuilderSessions()
    const state = { away: false }
    const sessions = {
      ...sound,
      getSession: (handle: string) => (state.away ? Promise.reject(new Error('gone')) : sound.getSession(handle)),
    }
    const house = await houseWith({ sessions })
    const browser = device(house)
    await browser.send('POST', '/auth/register', ada)
    state.away = true
    house.advance(3_000)
    const { status, headers } = await browser.send('GET', '/auth/me')
    expect([status, headers.getSetCookie()]).toEqual([503, []])
    state.away = false
    expect((await browser.send('GET', '/auth/me')).status).toBe(200)
  })

  test('a login that owes a step leaves no record of a session that never began', async () => {
    const sessions = queryBuilderSessions()
    const house = await houseWith({ sessions })
    const { body } = await device(house).send('POST', '/auth/register', ada)
    const { temporaryPassword } = await house.auth.asSystem('test').password.reset({ id: body.user.id })
    await house.background.settled()
    const owed = await device(house).send('POST', '/auth/login', { ...ada, password: temporaryPassword })
    expect(owed.body.status).toBe('factor_required')
    await house.background.settled()
    expect(await sessions.getSessionsForUser(body.user.id)).toEqual([])
  })

  test('instants may come back as milliseconds, as query builders answer them on SQLite', async () => {
    const sound = queryBuilderSessions()
    const inMs = (info: SessionInfo) =>
      Object.fromEntries(
        Object.entries(info).map(([key, value]) => [key, value instanceof Date ? value.getTime() : value]),
      ) as unknown as SessionInfo
    const sessions: ISessionStore = {
      ...sound,
      createSession: async (info) => inMs(await sound.createSession(info)),
      getSession: async (handle) => {
        const found = await sound.getSession(handle)
        return found && inMs(found)
      },
      getSessionsForUser: async (userId) => (await sound.getSessionsForUser(userId)).map(inMs),
    }
    const browser = device(await houseWith({ sessions }))
    expect((await browser.send('POST', '/auth/register', ada)).status).toBe(201)
    const { body } = await browser.send('GET', '/auth/sessions')
    expect(body.sessions).toMatchObject([{ createdAt: '2026-01-01T12:00:00.000Z', current: true }])
  })

  test('a column too narrow for a better hash refuses the upgrade and not the login', async () => {
    const sound = queryBuilderPasswords()
    const bcrypt = await hash(ada.password, 4)
    const state = { narrow: false }
    const passwords: IPasswordStore = {
      ...sound,
      set: async (userId, fresh, ifCurrent) => {
        if (state.narrow) throw new Error('value too long for type character varying(60)')
        return sound.set(userId, fresh, ifCurrent)
      },
    }
    const house = await houseWith({ passwords })
    const { id } = (await device(house).send('POST', '/auth/register', ada)).body.user
    await sound.set(id, bcrypt)
    state.narrow = true
    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(200)
    expect(await sound.find(id)).toBe(bcrypt)
    state.narrow = false
    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(200)
    expect(await sound.find(id)).toMatch(/^\$argon2id\$/)
  })

  test('a registration that is refused leaves no hash behind', async () => {
    const passwords = clientPasswords()
    const written = new Set<string>()
    const noting: typeof passwords = { ...passwords, set: (id, ...rest) => passwords.set(written.add(id) && id, ...rest) }
    const house = await houseWith({ passwords: noting })
    const { body } = await device(house).send('POST', '/auth/register', ada)
    expect((await device(house).send('POST', '/auth/register', ada)).status).toBe(409)
    const left = await Promise.all([...written].map(async (id) => ((await passwords.find(id)) ? [id] : [])))
    expect([written.size, left.flat()]).toEqual([2, [body.user.id]])
  })

  test('the first admin logs in with a hash of the application, and of two that boot at once one is made', async () => {
    const house = await houseWith({ passwords: clientPasswords() })
    const told: string[] = []
    const handOver = async ({ password }: { password: string }) => void told.push(password)
    await Promise.all([1, 2].map((nr) => seedFirstAdmin(house, { identifier: `admin-${nr}@example.com`, handOver })))
    await seedFirstAdmin(house, { identifier: 'admin-3@example.com', handOver })
    const { users } = await house.auth.asSystem('test').users.list()
    expect(users.map(({ role }) => role)).toEqual(['owner'])
    const admin = { email: users[0]?.email, password: told.at(-1) }
    expect((await device(house).send('POST', '/auth/login', admin)).body.methods).toEqual(['password_change'])
  })

  test('a store of hashes that hangs between the halves of a change lets no old password in, and refuses to guess', async () => {
    const sound = queryBuilderPasswords()
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const passwords: typeof sound = {
      ...sound,
      set: (userId, hash, ifCurrent) =>
        ifCurrent === undefined ? sound.set(userId, hash) : held.then(() => sound.set(userId, hash, ifCurrent)),
    }
    const house = await houseWith({ passwords })
    const laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
    const csrf = (await laptop.send('GET', '/auth/csrf')).body.csrfToken
    const change = { currentPassword: ada.password, newPassword: fresh }
    const changing = laptop.send('POST', '/auth/password/change', change, { 'x-csrf-token': csrf })
    const intents = house.database.everything<{ password_intent: object }>().selectFrom('password_intent').selectAll()
    await expect.poll(async () => (await intents.execute()).length).toBe(1)
    const logIn = async (password: string) => (await device(house).send('POST', '/auth/login', { ...ada, password })).status
    expect(await logIn(ada.password)).toBe(503)

    house.advance(10_000)
    const phone = device(house)
    expect((await phone.send('POST', '/auth/login', ada)).status).toBe(200)
    release()
    expect((await changing).status).toBe(200)
    expect((await phone.send('GET', '/auth/me')).status).toBe(401)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
    expect([await logIn(ada.password), await logIn(fresh)]).toEqual([401, 200])
    expect(await intents.execute()).toEqual([])
  })

  test('a store of hashes whose answer gets lost is asked what became of the change', async () => {
    const sound = clientPasswords()
    const state = { lost: false }
    const passwords: typeof sound = {
      ...sound,
      async set(...args) {
        const answer = await sound.set(...args)
        if (state.lost) throw new Error('connection reset')
        return answer
      },
    }
    const house = await houseWith({ passwords })
    const { body } = await device(house).send('POST', '/auth/register', ada)
    state.lost = true
    const { temporaryPassword } = await house.auth.asSystem('test').password.reset({ id: body.user.id })
    const owed = await device(house).send('POST', '/auth/login', { ...ada, password: temporaryPassword })
    expect(owed.body.methods).toEqual(['password_change'])
  })

  test('cleaning up is an endpoint only where the store can do it', async () => {
    const can = await houseWith({ sessions: queryBuilderSessions() })
    const cannot = await houseWith({ sessions: clientSessions() })
    expect((await device(can).send('POST', '/auth/sessions/cleanup', {})).status).toBe(401)
    expect((await device(cannot).send('POST', '/auth/sessions/cleanup', {})).status).not.toBe(401)
  })

  test('a hash that the application replaces itself is the one that counts', async () => {
    const passwords = queryBuilderPasswords()
    const house = await houseWith({ passwords })
    const first = (await device(house).send('POST', '/auth/register', ada)).body.user.id
    const second = (await device(house).send('POST', '/auth/register', { email: 'bob@example.com', password: fresh })).body.user
      .id
    await passwords.set(first, (await passwords.find(second)) ?? null)
    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(401)
    expect((await device(house).send('POST', '/auth/login', { ...ada, password: fresh })).status).toBe(200)
  })
})
