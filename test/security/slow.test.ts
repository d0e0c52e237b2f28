/**
 * Callers who take their time, on the standalone server and by the clock of the wall: it is Node that counts here.
 *
 * @module
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/cli/test-desk.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { sqlite } from '../../src/sqlite.ts'
import { ada } from './routes.ts'

const second = 1_000
const many = 500
const operator = 'o'.repeat(40)

let server: RunningServer
let port: number
beforeAll(async () => {
  port = await freePort()
  const options = {
    baseUrl: `http://127.0.0.1:${port}`,
    secret: 's'.repeat(40),
    storage: sqlite(':memory:'),
    http: { limits: false } as const,
    admin: { secret: operator },
  }
  server = await startServer({ options, port, migrate: true, production: true })
})
afterAll(() => server.close())

const headers = ['host: 127.0.0.1', 'content-type: application/json', 'content-length: 4096']
  .map((line) => `${line}\r\n`)
  .join('')
const whole = (path: string) => `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`

/** What each says at once; from then on a byte a second, for as long as somebody listens. */
const ways: Readonly<Record<string, { readonly says: string; readonly endsWithinMs: number; readonly isRefused?: true }>> = {
  'no byte of a header': { says: '', endsWithinMs: 15 * second },
  'a slow header': { says: 'POST /auth/login HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ', endsWithinMs: 15 * second },
  'a slow header after a whole request': {
    says: `${whole('/auth/csrf')}GET /auth/csrf HTTP/1.1\r\nx-slow: `,
    endsWithinMs: 15 * second,
  },
  'a slow body': { says: `POST /auth/login HTTP/1.1\r\n${headers}\r\n{"email":"`, endsWithinMs: 30 * second },
  'a slow body in chunks': {
    says: 'POST /auth/login HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\n400\r\n',
    endsWithinMs: 30 * second,
  },
  'a slow file of somebody who may send none': {
    says: `POST /admin/api/imports?format=csv&reason=slow HTTP/1.1\r\n${headers}\r\n`,
    endsWithinMs: 30 * second,
    isRefused: true,
  },
  'a slow body that nobody reads': { says: `POST /healthz HTTP/1.1\r\n${headers}\r\n`, endsWithinMs: 30 * second },
}

/** Opens a connection that takes its time. */
function slowly(way: string): { readonly way: string; readonly socket: Socket; readonly endedAfterMs: Promise<number> } {
  const { says } = ways[way] ?? { says: '' }
  const socket = connect(port, '127.0.0.1')
  let beganMs = Number.NaN
  const drip = setInterval(() => says !== '' && socket.write('x'), second)
  // How long a machine takes to open so many at once is none of the server's time.
  socket.once('connect', () => {
    beganMs = performance.now()
  })
  socket.on('error', () => {}) // cut off while a byte was on its way
  socket.resume()
  if (says !== '') socket.write(says)
  const endedAfterMs = new Promise<number>((resolve) =>
    socket.once('close', () => {
      clearInterval(drip)
      resolve(performance.now() - beganMs)
    }),
  )
  return { way, socket, endedAfterMs }
}

/** Sends a file of users, a row every other second. @returns the answer */
async function sendRows(rows: number): Promise<Response> {
  async function* lines() {
    yield Buffer.from('email\n')
    for (let row = 0; row < rows; row += 1) {
      await wait(2 * second)
      yield Buffer.from(`person-${row}@example.com\n`)
    }
  }
  const sent = { method: 'POST', body: ReadableStream.from(lines()), duplex: 'half' as const }
  const headers = { authorization: `Bearer ${operator}`, 'content-type': 'text/csv' }
  return fetch(`${server.url}/admin/api/imports?format=csv&reason=slow`, { ...sent, headers })
}

/** Asks as everybody else does; whoever is not answered in time is not unaffected. */
async function ask(path: string, body?: object): Promise<number> {
  const given = body && { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const origin = { 'sec-fetch-site': 'same-origin' }
  const headers = { ...origin, ...given?.headers }
  return (await fetch(server.url + path, { ...given, headers, signal: AbortSignal.timeout(5 * second) })).status
}

test('HT-07: 500 connections that send slowly are cut off in time; nobody else waits for them, and the file of an operator may take its time', async () => {
  expect(await ask('/auth/register', ada)).toBe(201)
  const standstill = monitorEventLoopDelay({ resolution: 20 })
  standstill.enable()
  const file = sendRows(20)
  const names = Object.keys(ways)
  const slow = Array.from({ length: many }, (_, nr) => slowly(names[nr % names.length] ?? ''))
  const ends = Promise.all(slow.map(async ({ way, endedAfterMs }) => ({ way, endedAfterMs: await endedAfterMs })))
  await Promise.all(slow.map(({ socket }) => once(socket, 'connect')))
  let isOver = false
  ends.then(() => {
    isOver = true
  })
  const answers: number[] = []
  while (!isOver) {
    answers.push(await ask('/healthz'), await ask('/auth/login', ada))
    await wait(2 * second)
  }
  expect(new Set(answers)).toEqual(new Set([200]))
  const latest = Object.fromEntries(names.map((name) => [name, 0]))
  for (const { way, endedAfterMs } of await ends) latest[way] = Math.max(latest[way] ?? 0, endedAfterMs)
  standstill.disable()
  // A server that stands still with its machine takes callers, looks and lets go that much later.
  const standstillMs = 3 * (standstill.max / 1e6)
  for (const [way, { endsWithinMs, isRefused }] of Object.entries(ways)) {
    expect(latest[way], way).toBeLessThanOrEqual(endsWithinMs + standstillMs)
    if (!isRefused) expect(latest[way], way).toBeGreaterThan(5 * second) // whoever is on a bad line has a while
  }
  const answer = await file
  expect([answer.status, await answer.json()]).toMatchObject([201, { state: 'staged', counts: { rows: 20, ready: 20 } }])
}, 90_000)
