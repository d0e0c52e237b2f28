import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryThrough } from '../memory-through.ts'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

let house: ReturnType<typeof houseOn>
let statements: string[]
let browser: Device
let cookie: string
let authorization: string

beforeEach(async () => {
  statements = []
  const counting = memoryThrough((run) => (sql, parameters) => {
    statements.push(sql)
    return run(sql, parameters)
  })
  house = houseOn(counting, { infra: { runJobs: false } }) // what is done by the clock would be counted, too
  browser = device(house)
  await browser.send('POST', '/auth/register', ada)
  cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const { accessToken } = (await device(house).send('POST', '/auth/login', ada, { 'x-auth-strategy': 'bearer' })).body
  authorization = `Bearer ${accessToken}`
})
afterEach(() => house.auth.close())

async function queriesOf(work: () => Promise<unknown>): Promise<number> {
  await house.background.settled()
  statements = []
  await work()
  return statements.length
}

const credentials = [
  { how: 'a cookie', headersOf: () => ({ cookie }) },
  { how: 'a token', headersOf: () => ({ authorization }) },
]

test.each(credentials)('a check by $how asks three times cold, never warm, once when it is strict', async ({ headersOf }) => {
  const request = { method: 'GET', headers: headersOf() }
  const check = (strict?: boolean) => () => house.auth.require(request, strict ? { strict } : {})
  expect(await queriesOf(check())).toBe(3) // how it stands, who it is, by what names
  expect(await queriesOf(check())).toBe(0)
  expect(await queriesOf(check(true))).toBe(1)
  expect(await queriesOf(check())).toBe(0)
})

test('a session that was changed is asked for once more, and is warm again', async () => {
  const request = { method: 'GET', headers: { authorization } }
  await house.auth.require(request)
  await device(house).send('PATCH', '/auth/me', { firstName: 'Ada' }, { authorization })
  expect(await queriesOf(() => house.auth.require(request))).toBe(3)
  expect(await queriesOf(() => house.auth.require(request))).toBe(0)
})

/** Statements of a warm request, the check included: a new line here is a new cost of every caller. */
const costs: readonly (readonly [path: string, queries: number])[] = [
  ['/auth/me', 2],
  ['/auth/sessions', 2],
  ['/auth/csrf', 0],
  ['/.well-known/jwks.json', 0],
]

test.each(costs)('GET %s costs %i statements when the caller is known', async (path, queries) => {
  await browser.send('GET', path)
  expect(await queriesOf(() => browser.send('GET', path))).toBe(queries)
})

const operator = () => house.auth.asSystem('test')
const pages: readonly (readonly [what: string, read: () => Promise<unknown>])[] = [
  ['a list', () => operator().users.list({ limit: 100 })],
  ['a file', async () => new Response((await operator().bulk.export({})).body).text()],
]

test.each(pages)('%s of people costs the same however many are on its page', async (_, read) => {
  const ofOne = await queriesOf(read)
  for (let one = 0; one < 9; one += 1) await operator().users.create({ identifier: `person-${one}@example.com` })
  expect(await queriesOf(read)).toBe(ofOne)
})
