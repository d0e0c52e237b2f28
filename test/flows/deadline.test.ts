import { afterEach, expect, test } from 'vitest'
import type { AuthOptions } from '../../src/app/options.ts'
import { memoryThrough } from '../memory-through.ts'
import { device } from './browser.ts'
import { houseOn } from './house.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A house whose database takes its time, on the house's clock. */
async function slowHouse(options: Partial<AuthOptions> = {}) {
  const slow = { eachMs: 0, only: '', statements: [] as string[] }
  const storage = memoryThrough((run) => (sql, parameters) => {
    if (slow.only === '' || slow.only === sql) house.advance(slow.eachMs)
    slow.statements.push(sql)
    return run(sql, parameters)
  })
  // What is done by the clock would make time pass, too.
  const house = houseOn(storage, { infra: { runJobs: false }, ...options })
  closers.push(() => house.auth.close())
  await house.auth.ready()
  /** What is stored, asked without a caller. */
  const count = async (table: 'user_profile' | 'session' | 'outbox') => {
    const db = house.database.everything<Record<typeof table, { id: string }>>()
    return (await db.selectFrom(table).selectAll().execute()).length
  }
  return { house, slow, count, ada: device(house) }
}

test('a request over a slow database ends with the statement that is under way at its deadline, and is 503', async () => {
  const { house, slow, ada: browser } = await slowHouse()
  expect((await browser.send('POST', '/auth/register', ada)).status).toBe(201)
  await house.background.settled()
  slow.eachMs = 2_000
  const since = house.ambient.clock.monotonicMs()
  const { status, body, headers } = await device(house).send('POST', '/auth/login', ada)
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '1'])
  expect(headers.getSetCookie()).toEqual([])
  // The last one begins before 15 s are over; a transaction it belongs to is rolled back.
  expect(house.ambient.clock.monotonicMs() - since).toBeLessThanOrEqual(15_000 + 2_000 + 2_000)
  slow.eachMs = 0
  expect((await browser.send('GET', '/auth/me')).status).toBe(200)
  expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(200)
})

test('what was not committed at the deadline never happens: neither user nor session nor event', async () => {
  const commits: string[] = []
  const { house, slow, count } = await slowHouse({
    hooks: {
      inTransaction: {
        'identity.user.created': async () => {
          commits.push('reached')
          house.advance(15_000)
        },
      },
    },
  })
  slow.statements = []
  const { status } = await device(house).send('POST', '/auth/register', ada)
  expect([status, commits]).toEqual([503, ['reached']])
  expect(slow.statements.at(-1)).toBe('rollback')
  expect([await count('user_profile'), await count('session'), await count('outbox')]).toEqual([0, 0, 0])
})

test('a commit that was begun in time is waited for, however long it takes', async () => {
  const { house, slow, count } = await slowHouse()
  Object.assign(slow, { eachMs: 60_000, only: 'commit' })
  const ctx = { ...house.systemCtx('a test'), deadlineMs: house.ambient.clock.monotonicMs() + 1 }
  const before = await count('outbox')
  await house.database.transaction(ctx, async (tx) => tx.emit('identity.key.rotated', { data: { kid: 'k', alg: 'EdDSA' } }))
  expect(await count('outbox')).toBe(before + 1)
  await expect(house.database.transaction(ctx, async () => {})).rejects.toMatchObject({ code: 'unavailable' })
})

test('trusted code has no deadline', async () => {
  const { house, slow } = await slowHouse()
  slow.eachMs = 60_000
  const { kid } = await house.auth.asSystem('a test').keys.rotate()
  expect(kid).toBeTypeOf('string')
})

test('http.deadline says how long a request may take', async () => {
  const { house, slow, ada: browser } = await slowHouse({ http: { deadline: '1m' } })
  await browser.send('POST', '/auth/register', ada)
  slow.eachMs = 1_500
  expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(200)
})

test('a guard and authenticate() are bounded too', async () => {
  const { house, slow, ada: browser } = await slowHouse()
  await browser.send('POST', '/auth/register', ada)
  const headers = { cookie: [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ') }
  slow.eachMs = 15_000
  expect((await house.auth.authenticate({ headers })).status).toBe('unavailable')
  slow.eachMs = 0
  expect((await house.auth.authenticate({ headers })).status).toBe('active')
})
