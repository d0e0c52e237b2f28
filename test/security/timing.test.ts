import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultParameters } from '../../src/features/password/hashing.ts'
import { sqlite } from '../../src/sqlite.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { mailed } from '../flows/inbox.ts'
import { judgeTwice, stopwatch, type Took, type TookPair } from './timing-rule.ts'

const right = 'correct horse battery'
const wrong = 'not this one at all'
/** What each attempt shows. All are refused alike; the first is what the others are compared with. */
const attempts = {
  'a known user': { email: 'known@example.com', password: wrong },
  'an unknown user': { email: 'unknown@example.com', password: wrong },
  'a disabled user with the right password': { email: 'disabled@example.com', password: right },
  'a user without a password': { email: 'bare@example.com', password: wrong },
  'a user whose hash is older than a cost upgrade': { email: 'older@example.com', password: wrong },
} as const
type Kind = keyof typeof attempts
const kinds = Object.keys(attempts) as Kind[]
const [known, ...others] = kinds as [Kind, ...Kind[]]

/** Half of today's passes: what a house had before it raised its cost. */
const olderParameters = { ...defaultParameters, timeCost: 1 }

let house: ReturnType<typeof houseOn>

beforeAll(async () => {
  house = houseOn(sqlite(':memory:'), {}, { hashParameters: defaultParameters })
  const older = houseOn(sqlite(':memory:'), {}, { hashParameters: olderParameters })
  for (const kind of ['known', 'disabled', 'older']) {
    await device(house).send('POST', '/auth/register', { email: `${kind}@example.com`, password: right })
  }
  await device(older).send('POST', '/auth/register', { email: 'older@example.com', password: right })
  await moveHash(older, house)
  const system = house.auth.asSystem('timing')
  await system.users.create({ identifier: 'bare@example.com' })
  const { users } = await system.users.list()
  const disabled = users.find(({ email }) => email === 'disabled@example.com')
  await system.users.disable({ id: disabled?.id ?? '', reason: 'timing' })
  await older.auth.close()
})
afterAll(() => house.auth.close())

interface PasswordTables {
  password: { user_id: string; hash: string }
  user_identifier: { user_id: string; value: string }
}

/** Gives the user of the newer house the hash that the older house made for the same password. */
async function moveHash(from: typeof house, to: typeof house): Promise<void> {
  const [{ hash } = { hash: '' }] = await from.database
    .everything<PasswordTables>()
    .selectFrom('password')
    .select('hash')
    .execute()
  expect(hash).toContain('t=1')
  const db = to.database.everything<PasswordTables>()
  const owner = db.selectFrom('user_identifier').select('user_id').where('value', '=', 'older@example.com')
  const { numUpdatedRows } = await db.updateTable('password').set({ hash }).where('user_id', '=', owner).executeTakeFirstOrThrow()
  expect(numUpdatedRows).toBe(1n)
}

/** One refused login, more than a day after the one before: no delay and no count is left of that. */
async function timed(kind: Kind): Promise<Took> {
  house.advance(90_000_000)
  const browser = device(house)
  const watch = stopwatch()
  const { status } = await browser.send('POST', '/auth/login', attempts[kind])
  const took = watch()
  expect(status, kind).toBe(401)
  return took
}

/** Rounds of all kinds, each round in an order of its own. */
async function measure(of: readonly Kind[], rounds: number): Promise<Map<Kind, TookPair[]>> {
  const pairs = new Map(of.map((kind): [Kind, TookPair[]] => [kind, []]))
  for (let round = 0; round < rounds; round += 1) {
    const took = new Map<Kind, Took>()
    const order = [known, ...of]
    for (let index = 0; index < order.length; index += 1) {
      const kind = order[(index + round) % order.length] as Kind
      took.set(kind, await timed(kind))
    }
    for (const kind of of) pairs.get(kind)?.push([took.get(known) as Took, took.get(kind) as Took])
  }
  return pairs
}

test('PW-02: a refused login takes equally long for every kind of account, at the cost of production', async () => {
  await measure(others, 30)
  const measured = await measure(others, 300)
  for (const kind of others) {
    const standing = await judgeTwice(measured.get(kind) ?? [], async () => (await measure([kind], 1000)).get(kind) ?? [])
    expect(standing.equal, `${kind}: ${JSON.stringify(standing)}`).toBe(true)
  }
}, 1_800_000)

test('PW-02: where addresses are proved first, a registration, a resend, a forgotten password and a wrong code take equally long for known and unknown addresses', async () => {
  const options = { ...mailed, email: { verification: 'strict' } } as const
  const hiding = houseOn(sqlite(':memory:'), options, { hashParameters: defaultParameters })
  const send = (path: string, body: object) => device(hiding).send('POST', path, body)
  await send('/auth/register', { email: 'known@example.com', password: right })
  let fresh = 0
  const asked = {
    registration: (email: string) => send('/auth/register', { email, password: right }),
    resend: (email: string) => send('/auth/verify/resend', { email }),
    forgot: (email: string) => send('/auth/password/forgot', { email }),
    code: (email: string) => send('/auth/verify', { email, code: '000000' }),
  }
  async function pairs(ask: (email: string) => Promise<unknown>, rounds: number): Promise<TookPair[]> {
    const found: TookPair[] = []
    for (let round = 0; round < rounds; round += 1) {
      const took: Partial<Record<'known' | 'unknown', Took>> = {}
      for (const who of round % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
        fresh += 1
        const watch = stopwatch()
        await ask(who === 'known' ? 'known@example.com' : `unknown-${fresh}@example.com`)
        took[who] = watch()
      }
      found.push([took.known as Took, took.unknown as Took])
    }
    return found
  }
  for (const [what, ask] of Object.entries(asked)) {
    await pairs(ask, 10)
    const standing = await judgeTwice(await pairs(ask, 100), () => pairs(ask, 400))
    expect(standing.equal, `${what}: ${JSON.stringify(standing)}`).toBe(true)
  }
  await hiding.auth.close()
}, 600_000)
