import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { toNodeListener } from '../../src/kernel/http/node.ts'
import { sqlite } from '../../src/sqlite.ts'
import { device } from './browser.ts'
import { houseOn } from './house.ts'

/** Slow enough that every request of a test arrives while the first hash still runs. */
const slow = { memoryCost: 65_536, timeCost: 4, parallelism: 1 }
const ada = { email: 'ada@example.com', password: 'correct horse battery' }

let house: ReturnType<typeof houseOn>
let busy: Promise<unknown>

beforeEach(async () => {
  // Whoever waits is never sent away by the clock, however slow the machine: that is tried where the pool is.
  const around = { startTimer: () => () => {} }
  house = houseOn(sqlite(':memory:'), {}, { hashSlots: 1, hashParameters: slow, around })
  await house.auth.ready()
})
afterEach(async () => {
  await busy
  await house.auth.close()
})

/** Keeps the one slot busy with hashes of trusted code, which no fairness bounds. */
function occupy(): void {
  const hashes = Array.from({ length: 4 }, () => house.service('password').provision('a temporary one', false))
  busy = Promise.all(hashes)
}

const guess = (ip: string, email: string) => device(house, ip).send('POST', '/auth/login', { email, password: 'a wrong guess' })

async function failuresIn(table: 'login_account' | 'login_throttle'): Promise<readonly number[]> {
  const db = house.database.everything<Record<typeof table, { failures: number }>>()
  return (await db.selectFrom(table).select('failures').execute()).map(({ failures }) => failures).sort()
}

/** Lets everything that is ready have its turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const statuses = (answers: readonly { readonly status: number }[]) => answers.map(({ status }) => status).sort()

test('of one address two logins wait; the others are sent away without a guess being counted, and another address gets in', async () => {
  occupy()
  const crowd = Array.from({ length: 6 }, (_, i) => guess('198.51.100.7', `user-${i}@example.com`))
  const answers = await Promise.all([...crowd, guess('203.0.113.9', 'user-6@example.com')])
  expect(statuses(answers.slice(0, 6))).toEqual([401, 401, 503, 503, 503, 503])
  expect(answers[6]?.status).toBe(401)
  const refused = answers.filter(({ status }) => status === 503)
  for (const { body, headers } of refused) {
    expect(body.code).toBe('unavailable')
    expect(['1', '2', '3', '4', '5']).toContain(headers.get('retry-after'))
  }
  for (const table of ['login_account', 'login_throttle'] as const) {
    expect(await failuresIn(table)).toEqual([0, 0, 0, 0, 1, 1, 1])
  }
})

test('of one account one stranger waits, from wherever they come, and a browser it knows has a line of its own', async () => {
  const laptop = device(house)
  await laptop.send('POST', '/auth/register', ada)
  occupy()
  const strangers = Array.from({ length: 5 }, (_, i) => guess(`198.51.100.${i}`, ada.email))
  const login = laptop.send('POST', '/auth/login', ada)
  expect(statuses(await Promise.all(strangers))).toEqual([401, 503, 503, 503, 503])
  expect((await login).status).toBe(200)
})

test('a 503 uses up no guess: however many were refused, five are judged before the delay', async () => {
  occupy()
  const answers = await Promise.all(Array.from({ length: 10 }, () => guess('198.51.100.7', ada.email)))
  expect(statuses(answers).filter((status) => status === 401)).toHaveLength(1)
  expect(statuses(answers)).toContain(503)
  house.advance(1000)
  for (let i = 0; i < 4; i += 1) expect((await guess('198.51.100.7', ada.email)).status).toBe(401)
  expect((await guess('198.51.100.7', ada.email)).status).toBe(429)
})

test('registrations wait in the same line, and one that is sent away leaves nobody behind', async () => {
  occupy()
  const register = (i: number) => device(house).send('POST', '/auth/register', { ...ada, email: `user-${i}@example.com` })
  expect(statuses(await Promise.all([0, 1, 2, 3].map(register)))).toEqual([201, 201, 503, 503])
  expect((await house.auth.asSystem('test').users.list()).users).toHaveLength(2)
})

test('a request whose socket has closed leaves the line before its turn, and its guess is not counted', async () => {
  const answers: Promise<Response>[] = []
  const handle: typeof house.auth.handle = (request, from) => {
    const answer = house.auth.handle(request, from)
    answers.push(answer)
    return answer
  }
  const server = createServer(toNodeListener({ ...house.auth, handle })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    occupy()
    let isTaken = true
    const freed = busy.then(() => {
      isTaken = false
    })
    const { port } = server.address() as AddressInfo
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
    const gone = send({ port, host: '127.0.0.1', method: 'POST', path: '/auth/login', headers })
    gone.on('error', () => {}) // the hang-up is ours
    gone.end(JSON.stringify(ada))
    await once(server, 'request')
    while ((await failuresIn('login_throttle')).length === 0) await turn()
    gone.destroy()
    expect((await answers[0])?.status).toBe(503)
    expect(isTaken).toBe(true)
    expect(await failuresIn('login_account')).toEqual([0])
    await freed
  } finally {
    server.close()
  }
})
