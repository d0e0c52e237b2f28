import { afterEach, describe, expect, test } from 'vitest'
import { postgres } from '../../src/postgres.ts'
import { engines } from '../engines.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { poolOf } from '../postgres.ts'

const password = 'correct horse battery'
const bearer = { 'x-auth-strategy': 'bearer' }
type House = ReturnType<typeof houseOn>
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe.each(engines)('many at once, on $name', ({ open }) => {
  test('LG-05: of 500 mixed refusals at once, none tells anything of another', async () => {
    const engine = await open()
    closers.push(engine.cleanup)
    const house = houseOn(engine.storage)
    closers.push(() => house.auth.close())
    await device(house).send('POST', '/auth/register', { email: 'known@example.com', password })
    const ask = (nr: number) => {
      const mark = `mark-${nr}-mark`
      const from = device(house, `198.51.100.${nr % 250}`)
      const headers = { 'x-correlation-id': mark }
      const kinds = [
        () => from.send('POST', '/auth/login', { email: `${mark}@example.com` }, headers),
        () => from.send('POST', '/auth/register', { email: `${mark}@example.com`, password: mark.slice(0, 5) }, headers),
        () => from.send('POST', '/auth/refresh', { refreshToken: mark }, headers),
        () => from.send('GET', '/auth/me', undefined, { ...headers, authorization: `Bearer ${mark}` }),
        () => from.send('PATCH', `/auth/${mark}`, { [mark]: mark }, headers),
      ]
      return (kinds[nr % kinds.length] as () => ReturnType<typeof from.send>)()
    }
    const answers = await Promise.all(Array.from({ length: 500 }, (_, nr) => ask(nr)))
    for (const [nr, { status, body, headers }] of answers.entries()) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      const own = `mark-${nr}-mark`
      expect(headers.get('x-correlation-id')).toBe(own)
      const marks = new Set(JSON.stringify([body, [...headers]]).match(/mark-\d+-mark/g))
      expect([...marks]).toEqual([own])
    }
  })

  const endings: readonly { how: string; end: (house: House, userId: string, browser: Device) => Promise<unknown> }[] = [
    { how: 'disabling', end: (house, id) => house.auth.asSystem('fraud desk').users.disable({ id, reason: 'race' }) },
    { how: 'resetting the password of', end: (house, id) => house.auth.asSystem('support').password.reset({ id }) },
    {
      how: 'the new password of',
      end: async (_house, _id, browser) => {
        const csrf = { 'x-csrf-token': browser.jar.get('__Host-keywright-csrf') ?? '' }
        const wish = { currentPassword: password, newPassword: 'another good secret' }
        expect((await browser.send('POST', '/auth/password/change', wish, csrf)).status).toBe(200)
        await browser.send('POST', '/auth/logout', {})
      },
    },
  ]

  test.each(endings)(
    'CC-04: logins that race $how their user leave no session behind',
    async ({ end }) => {
      const engine = await open()
      closers.push(engine.cleanup)
      const house = houseOn(engine.storage, {}, { hashSlots: 16 })
      closers.push(() => house.auth.close())
      const other = engine.location === undefined ? house : houseOn(storageAt(engine.location), {}, { hashSlots: 16 })
      if (other !== house) closers.push(() => other.auth.close())
      for (let round = 0; round < 6; round += 1) {
        const email = `ada-${round}@example.com`
        const browser = device(other)
        const { user } = (await browser.send('POST', '/auth/register', { email, password })).body
        const { refreshToken } = (await device(house).send('POST', '/auth/login', { email, password }, bearer)).body
        const login = (nr: number) => device(house, `198.51.100.${nr}`).send('POST', '/auth/login', { email, password }, bearer)
        const refresh = () => device(other).send('POST', '/auth/refresh', { refreshToken }, bearer)
        const race = (nr: number) => (nr % 4 === 3 ? refresh() : login(nr))
        const before = Array.from({ length: 2 * round }, (_, nr) => race(nr))
        const ending = end(other, user.id, browser)
        const after = Array.from({ length: 12 - 2 * round }, (_, nr) => race(2 * round + nr))
        const answers = await Promise.all([...before, ...after])
        await ending
        expect((await house.auth.asSystem('test').sessions.list({ userId: user.id })).sessions).toEqual([])
        await house.auth.asSystem('test').users.enable({ id: user.id }) // what was dead stays dead
        for (const { body } of answers.filter(({ status }) => status === 200)) {
          if (body.status !== 'active') continue
          const authorization = `Bearer ${body.accessToken}`
          expect((await device(other).send('GET', '/auth/me', undefined, { authorization })).status).toBe(401)
          expect((await device(house).send('POST', '/auth/refresh', { refreshToken: body.refreshToken }, bearer)).status).toBe(
            401,
          )
        }
      }
    },
    60_000,
  )
})

describe.each(engines.filter(({ name }) => name === 'postgres'))('CC-05: a pool of one connection to $name', ({ open }) => {
  test('200 flows at once wait for each other and never for themselves', async () => {
    const engine = await open()
    closers.push(engine.cleanup)
    const pool = poolOf(engine.location, { max: 1 })
    closers.push(() => pool.end())
    const house = houseOn(postgres(pool), {}, { hashSlots: 4 })
    closers.push(() => house.auth.close())
    await house.auth.ready()
    const flow = async (nr: number) => {
      const client = device(house, `198.51.${Math.floor(nr / 200)}.${1 + (nr % 200)}`)
      const registered = await client.send('POST', '/auth/register', { email: `ada-${nr}@example.com`, password })
      if (registered.status === 503) return [503]
      const me = await client.send('GET', '/auth/me')
      const refreshed = await client.send('POST', '/auth/refresh', {})
      return [registered.status, me.status, refreshed.status]
    }
    const statuses = await Promise.all(Array.from({ length: 200 }, (_, nr) => flow(nr)))
    const finished = statuses.filter((ones) => ones[0] === 201)
    expect(finished.length).toBeGreaterThan(0)
    expect(new Set(statuses.flat())).toSatisfy((seen: Set<number>) =>
      [...seen].every((status) => [200, 201, 503].includes(status)),
    )
    // Afterwards it is as fast as ever: nothing was left open.
    expect(await flow(1000)).toEqual([201, 200, 200])
  })
})

describe.each(engines.filter(({ name }) => name === 'postgres'))('CC-06: one order of locks on $name', ({ open }) => {
  test('somebody who logs out everywhere does not keep the operator from disabling them', async () => {
    const engine = await open()
    closers.push(engine.cleanup)
    const house = houseOn(engine.storage)
    closers.push(() => house.auth.close())
    const thief = device(house)
    const { user } = (await thief.send('POST', '/auth/register', { email: 'ada@example.com', password })).body
    const pool = poolOf(engine.location)
    closers.push(() => pool.end())
    const blocked = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    const waiting = async () => (await pool.query(blocked)).rowCount
    const other = await pool.connect()

    // Both stand before the same row: whichever took its locks in another order would now wait for the other one for ever.
    await other.query('begin')
    await other.query('select 1 from session_state for update')
    const logout = thief.send('POST', '/auth/logout-all', {})
    await expect.poll(waiting).toBe(1)
    const disabled = house.auth.asSystem('fraud desk').users.disable({ id: user.id, reason: 'race' })
    await expect.poll(waiting).toBe(2)
    await other.query('commit')
    other.release()

    const [left, gone] = await Promise.all([logout, disabled])
    expect(left.status).toBe(204)
    expect(gone.disabledAt).not.toBeNull()
    expect((await thief.send('GET', '/auth/me')).status).toBe(401)
  })
})
