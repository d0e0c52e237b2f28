import { once } from 'node:events'
import { Agent, createServer, get } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import type { Clock } from '../kernel/ambient/ambient.ts'
import { virtualClock } from '../testing/clock.ts'
import { createDrain } from './drain.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server with a door for a load balancer's probe, as `startServer` has one. */
async function serving(clock: Pick<Clock, 'monotonicMs'>) {
  const server = createServer((req, res) => {
    if (req.url === '/readyz') {
      drain.probed(req.socket.remoteAddress)
      res.writeHead(drain.isDraining() ? 503 : 200).end()
      return
    }
    drain.arrived(res)
    res.end('answered')
  })
  const drain = createDrain(server, clock)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`
  closers.push(() => server.closeAllConnections())
  return { drain, server, origin }
}

/** A fresh connection each, as a probe and a load balancer's next request may be. */
const statusOf = (origin: string, path: string, localAddress = '127.0.0.1') =>
  new Promise<number | string>((resolve) => {
    const agent = new Agent({ keepAlive: false })
    get(origin + path, { agent, localAddress }, (res) => res.resume().on('end', () => resolve(res.statusCode ?? 0))).on(
      'error',
      (error) => resolve('code' in error ? String(error.code) : error.message),
    )
  })

test('what a load balancer sends before it has heard of a stop, and what it had sent when it heard, is answered', async () => {
  const clock = virtualClock(new Date('2026-03-01T09:00:00Z'))
  const { drain, origin } = await serving(clock)
  expect(await statusOf(origin, '/readyz')).toBe(200)
  clock.advance('100ms')
  expect(await statusOf(origin, '/readyz')).toBe(200)
  const ended = drain.end()
  expect(await statusOf(origin, '/')).toBe(200)
  clock.advance('100ms')
  expect(await statusOf(origin, '/readyz')).toBe(503)
  clock.advance('1300ms')
  expect(await statusOf(origin, '/')).toBe(200)
  clock.advance('500ms')
  await ended
  expect(await statusOf(origin, '/')).toBe('ECONNREFUSED')
})

test('of two load balancers both are told before the port is let go, and what the second sent before is answered', async () => {
  const clock = virtualClock(new Date('2026-03-01T09:00:00Z'))
  const { drain, origin } = await serving(clock)
  const [one, other] = ['127.0.0.1', '127.0.0.2']
  const ask = (from: string) => statusOf(origin, '/readyz', from)
  for (let round = 0; round < 3; round++) {
    clock.advance('500ms')
    expect(await ask(one)).toBe(200)
    clock.advance('4500ms')
    expect(await ask(other)).toBe(200)
  }
  const ended = drain.end()
  clock.advance('500ms')
  expect(await ask(one)).toBe(503)
  clock.advance('4500ms')
  expect([await statusOf(origin, '/', other), await ask(other)]).toEqual([200, 503])
  clock.advance('3s')
  await ended
  expect(await statusOf(origin, '/')).toBe('ECONNREFUSED')
})

test('where nobody asks for readiness regularly a stop waits for nobody', async () => {
  const { drain, origin } = await serving(virtualClock(new Date('2026-03-01T09:00:00Z')))
  expect(await statusOf(origin, '/readyz')).toBe(200)
  await drain.end() // no time has passed by this clock
  expect(await statusOf(origin, '/')).toBe('ECONNREFUSED')
})

test('a probe that has ceased is not waited for', async () => {
  const clock = virtualClock(new Date('2026-03-01T09:00:00Z'))
  const { drain, origin } = await serving(clock)
  await statusOf(origin, '/readyz')
  clock.advance('100ms')
  await statusOf(origin, '/readyz')
  const ended = drain.end()
  clock.advance('2s')
  await ended // long before the time that a stop may take to be noticed
  expect(await statusOf(origin, '/')).toBe('ECONNREFUSED')
})
