import { afterEach, expect, test } from 'vitest'
import { sqlite } from '../../src/sqlite.ts'
import { device } from './browser.ts'
import { houseOn } from './house.ts'

const password = 'correct horse battery'
let house: ReturnType<typeof houseOn>
afterEach(() => house.auth.close())

test('RL-05: spellings of one phone number share the limit of registrations, and are one person at the login', async () => {
  house = houseOn(sqlite(':memory:'), { users: { identifiers: ['email', 'phone'] }, http: { limits: {} } })
  const spellings = ['+39 (06) 698-1234', '+39066981234', '+39.06.698.1234', '+39 06 6981234']
  const send = (path: string, identifier: string) => device(house).send('POST', path, { identifier, password })
  const statuses: number[] = []
  for (const identifier of spellings) statuses.push((await send('/auth/register', identifier)).status)
  expect(statuses).toEqual([201, 409, 409, 429])
  for (const identifier of spellings) expect((await send('/auth/login', identifier)).status).toBe(200)
})

test('RL-05: guesses at one phone number are one count, however it is spelled', async () => {
  house = houseOn(sqlite(':memory:'), { users: { identifiers: ['phone'] } })
  const guess = (identifier: string) =>
    device(house)
      .send('POST', '/auth/login', { identifier, password: 'a wrong guess' })
      .then(({ status }) => status)
  const statuses: number[] = []
  for (const identifier of [
    '+39 (06) 698-1234',
    '+39066981234',
    '+39.06.698.1234',
    '+39 06 6981234',
    '+39-066981234',
    '+39 066981234',
  ])
    statuses.push(await guess(identifier))
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  // A text that is no identifier of an allowed kind slows down alike.
  const others: number[] = []
  for (const identifier of [
    'ada@bücher.example',
    'Ada@Bücher.example',
    'ada@xn--bcher-kva.example',
    'ADA@BÜCHER.EXAMPLE',
    'ada@Bücher.Example',
    'ada@bücher.Example',
  ])
    others.push(await guess(identifier))
  expect(others).toEqual([401, 401, 401, 401, 401, 429])
})

test('counts of guesses are kept under keyed digests: who reads them cannot look a name or an address up', async () => {
  const keysUnder = async (secret: string) => {
    house = houseOn(sqlite(':memory:'), { secret })
    await device(house).send('POST', '/auth/login', { email: 'ada@example.com', password: 'a wrong guess' })
    const rows = house.database.everything<Record<'login_account' | 'login_throttle', { key: string }>>()
    const tables = ['login_account', 'login_throttle'] as const
    const keys = await Promise.all(tables.map((table) => rows.selectFrom(table).select('key').executeTakeFirstOrThrow()))
    await house.auth.close()
    return keys.map(({ key }) => key)
  }
  const [mine, yours] = [await keysUnder('a'.repeat(40)), await keysUnder('b'.repeat(40))]
  expect(new Set([...mine, ...yours]).size).toBe(4)
  expect(await keysUnder('a'.repeat(40))).toEqual(mine)
})
