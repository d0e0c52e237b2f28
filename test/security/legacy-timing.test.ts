import { hash as bcrypt } from '@node-rs/bcrypt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultParameters } from '../../src/features/password/hashing.ts'
import { sqlite } from '../../src/sqlite.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { judgeTwice, stopwatch, type Took, type TookPair } from './timing-rule.ts'

const password = 'correct horse battery'
/** Cheaper than production, where the difference to be hidden is ten times as long. */
const cost = 6
const accounts = ['ours', 'bare', 'disabled', 'nobody'] as const

let house: ReturnType<typeof houseOn>

beforeAll(async () => {
  const legacyHash = await bcrypt('of nobody', cost)
  house = houseOn(sqlite(':memory:'), { password: { legacyHash } }, { hashParameters: defaultParameters })
  for (const name of ['ours', 'disabled', 'old'])
    await device(house).send('POST', '/auth/register', { email: `${name}@example.com`, password })
  const system = house.auth.asSystem('timing')
  await system.users.create({ identifier: 'bare@example.com' })
  const idOf = async (name: string) =>
    (await system.users.list()).users.find(({ email }) => email === `${name}@example.com`)?.id ?? ''
  await system.users.disable({ id: await idOf('disabled'), reason: 'timing' })
  const { numUpdatedRows } = await house.database
    .everything<{ password: { user_id: string; hash: string } }>()
    .updateTable('password')
    .set({ hash: await bcrypt(password, cost) })
    .where('user_id', '=', await idOf('old'))
    .executeTakeFirstOrThrow()
  expect(numUpdatedRows).toBe(1n)
})
afterAll(() => house.auth.close())

/** One refused login, more than a day after the one before. */
async function timed(name: string): Promise<Took> {
  house.advance(90_000_000)
  const browser = device(house)
  const given = { email: `${name}@example.com`, password: name === 'disabled' ? password : 'not this one' }
  const watch = stopwatch()
  const { status } = await browser.send('POST', '/auth/login', given)
  const took = watch()
  expect(status, name).toBe(401)
  return took
}

async function measure(name: string, rounds: number): Promise<TookPair[]> {
  const pairs: TookPair[] = []
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) pairs.push([await timed('old'), await timed(name)])
    else pairs.push(((later: Took, first: Took) => [first, later] as const)(await timed(name), await timed('old')))
  }
  return pairs
}

test.each(accounts)(
  'PW-02: with a hash of the old system shown, time does not tell the account "%s" from one that still has such a hash',
  async (name) => {
    await measure(name, 10)
    const standing = await judgeTwice(await measure(name, 300), () => measure(name, 1000))
    expect(standing.equal, JSON.stringify(standing)).toBe(true)
  },
  900_000,
)
