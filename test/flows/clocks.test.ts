import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'

type House = ReturnType<typeof houseOn>

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const hour = 3_600_000
const day = 24 * hour

/** Engines several nodes can open. */
const shared = engines.filter(({ name }) => name !== 'sqlite-memory')
/** Engines with a clock of their own. */
const servers = engines.filter(({ name }) => name === 'postgres')

/** Nodes on one database, each with a clock of its own. */
function nodesOn(open: (typeof engines)[number]['open']) {
  let engine: OpenedEngine
  const houses: House[] = []
  beforeEach(async () => {
    engine = await open()
  })
  afterEach(async () => {
    for (const house of houses.splice(0)) await house.auth.close()
    await engine.cleanup()
  })

  async function node(options: Parameters<typeof houseOn>[1] = {}, startAt?: string): Promise<House> {
    const house = houseOn(engine.storage, options, {}, startAt)
    houses.push(house)
    await house.auth.ready()
    return house
  }
  return node
}

/** The same browser, as it meets another node. */
function moved(from: Device, house: House): Device {
  const to = device(house)
  for (const [cookie, value] of from.jar) to.jar.set(cookie, value)
  return to
}

const sweep = (house: House) => house.service('sessions').cleanup(house.ambient.clock.now(), 'default')
const me = async (browser: Device) => (await browser.send('GET', '/auth/me')).status

describe.each(engines)('a clock on $name that', ({ open }) => {
  const node = nodesOn(open)

  test('leaps 15 days ahead removes no session: set right, everybody is still logged in', async () => {
    const house = await node()
    const laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
    house.jump(15 * day)
    expect(await me(laptop)).toBe(401)
    expect(await sweep(house)).toBe(0)
    house.jump(-15 * day)

    expect(await me(laptop)).toBe(200)
    house.advance(15 * day)
    expect(await sweep(house)).toBe(1)
  })

  test('stays ahead for a day is believed: a machine that slept goes on to sweep', async () => {
    const house = await node()
    await device(house).send('POST', '/auth/register', ada)
    house.jump(15 * day)
    expect(await sweep(house)).toBe(0)
    house.advance(day - 1)
    expect(await sweep(house)).toBe(0)
    house.advance(1)
    expect(await sweep(house)).toBe(1)
  })

  test('leaps again while it is in doubt is in doubt for another day', async () => {
    const house = await node()
    await device(house).send('POST', '/auth/register', ada)
    house.jump(hour)
    expect(await sweep(house)).toBe(0)
    house.advance(day - 1)
    house.jump(15 * day)
    house.advance(1)
    expect(await sweep(house)).toBe(0)
  })
})

describe.each(engines)('a clock on $name that is set back', ({ open }) => {
  const node = nodesOn(open)
  const limit = { address: { limit: 2, per: 60_000 }, shared: true }
  const status = async (house: House, password: string) =>
    (await device(house).send('POST', '/auth/login', { ...ada, password })).status
  const statuses = async (house: House, ...passwords: string[]) => {
    const seen: number[] = []
    for (const password of passwords) seen.push(await status(house, password))
    return seen
  }
  const { password: right } = ada

  test('shuts no limit for the length of the jump, and opens none', async () => {
    const house = await node({ http: { limits: { login: limit } } })
    await device(house).send('POST', '/auth/register', ada)
    expect(await statuses(house, right, right, right)).toEqual([200, 200, 429])
    house.jump(-hour)
    expect(await statuses(house, right, right, right)).toEqual([200, 200, 429])
    house.advance(30_000)
    expect(await statuses(house, right, right)).toEqual([200, 429])
  })

  test('makes nobody wait who owes no wait: who logged in, or mistyped once or twice', async () => {
    const house = await node()
    await device(house).send('POST', '/auth/register', ada)
    expect(await statuses(house, right, 'a wrong guess', 'a wrong guess')).toEqual([200, 401, 401])
    house.jump(-hour)
    expect(await statuses(house, 'a wrong guess', right)).toEqual([401, 200])
    house.jump(-20_000)
    expect(await status(house, right)).toBe(200)
  })

  test('makes nobody who guessed wait longer than the longest delay, nor shorter', async () => {
    const house = await node()
    await device(house).send('POST', '/auth/register', ada)
    const guess = 'a wrong guess'
    expect(await statuses(house, guess, guess, guess, guess, guess, guess)).toEqual([401, 401, 401, 401, 401, 429])
    house.jump(-hour)
    const refused = await device(house).send('POST', '/auth/login', ada)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30'])
    house.advance(29_999)
    expect(await status(house, right)).toBe(429)
    house.advance(1)
    expect(await statuses(house, guess, right)).toEqual([401, 429])
    house.advance(2_000)
    expect(await status(house, right)).toBe(200)
  })
})

describe.each(servers)('a clock that was ahead before its node started, on $name,', ({ open }) => {
  const node = nodesOn(open)

  test('removes nothing that lives by the clock of the database', async () => {
    const ahead = await node({}, '2126-01-01T12:00:00Z')
    const laptop = device(ahead)
    await laptop.send('POST', '/auth/register', ada)
    ahead.advance(15 * day)
    expect(await sweep(ahead)).toBe(0)

    expect(await me(moved(laptop, await node()))).toBe(200)
  })
})

describe.each(shared)('a clock that is ahead of that of another node on $name', ({ open }) => {
  const node = nodesOn(open)

  test('leaves no session alive elsewhere when it logs somebody out everywhere, or everywhere else', async () => {
    const right = await node()
    const wrong = await node()
    const [laptop, phone, tablet] = [device(right), device(right), device(right)]
    await laptop.send('POST', '/auth/register', ada)
    for (const other of [phone, tablet]) await other.send('POST', '/auth/login', ada)
    wrong.jump(15 * day)
    const late = device(wrong)
    await late.send('POST', '/auth/login', ada)
    expect((await late.send('DELETE', '/auth/sessions')).body.revoked).toBe(3)
    for (const one of [laptop, phone, tablet]) expect(await me(one)).toBe(401)

    await laptop.send('POST', '/auth/login', ada)
    expect((await late.send('POST', '/auth/logout-all', {})).status).toBe(204)
    expect(await me(laptop)).toBe(401)
  })

  test('lets one more guess through, and no further, to who goes from one to the other', async () => {
    const nodes = [await node(), await node()] as const
    await device(nodes[0]).send('POST', '/auth/register', ada)
    nodes[1].jump(hour)
    const answers: number[] = []
    for (let round = 0; round < 20; round += 1) {
      for (const house of nodes)
        answers.push((await device(house).send('POST', '/auth/login', { ...ada, password: 'a wrong guess' })).status)
    }
    expect(answers.filter((status) => status === 401)).toHaveLength(6)
  })

  test('RT-01: dates a rotation, and a copy of the credential before it opens nothing and gets nothing; in time it ends the family', async () => {
    const right = await node()
    const wrong = await node()
    const browser = device(right)
    await browser.send('POST', '/auth/register', ada)
    const copy = moved(browser, right)
    wrong.jump(hour)
    const there = moved(browser, wrong)
    expect((await there.send('POST', '/auth/refresh', {})).status).toBe(200)

    expect(await me(copy)).toBe(401)
    expect((await moved(copy, right).send('POST', '/auth/refresh', {})).status).toBe(503)
    expect(await me(moved(there, right))).toBe(200)
    right.advance(hour + 30_001)
    expect((await moved(copy, right).send('POST', '/auth/refresh', {})).body.code).toBe('refresh_rejected')
    expect(await me(moved(there, right))).toBe(401)
  })

  test('by no more than 30 s loses nobody whose answer to a refresh got lost', async () => {
    const right = await node()
    const wrong = await node()
    const browser = device(right)
    await browser.send('POST', '/auth/register', ada)
    wrong.jump(30_000)
    const lost = moved(browser, wrong)
    await lost.send('POST', '/auth/refresh', {})
    expect(await me(browser)).toBe(200)
    expect((await browser.send('POST', '/auth/refresh', {})).status).toBe(200)
    const cookie = '__Host-keywright-session'
    expect(browser.jar.get(cookie)).toBe(lost.jar.get(cookie))
  })
})
