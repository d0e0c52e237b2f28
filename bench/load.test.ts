import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createRawServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openConnection, requestText } from './connection.ts'
import { drive, type Load, rateOf } from './load.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  closers.push(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const loadOn = (port: number): Load => ({
  port,
  connections: 2,
  ms: 150,
  method: 'POST',
  path: '/login',
  headers: {},
  body: '{"who":"#"}',
  expect: [200, 503],
})

test('a load counts answers by status, keeps its connections and never sends one body twice', async () => {
  const bodies: string[] = []
  const peers = new Set<number | undefined>()
  const port = await serve(async (req, res) => {
    peers.add(req.socket.remotePort)
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk)
    bodies.push(Buffer.concat(chunks).toString())
    const body = 'ok'
    res.writeHead(bodies.length % 2 ? 200 : 503, { 'content-length': body.length }).end(body)
  })
  const outcome = await drive(loadOn(port))
  const { 200: good = 0, 503: refused = 0 } = outcome.counts

  expect(good + refused).toBe(bodies.length)
  expect(Math.abs(good - refused)).toBeLessThan(2)
  expect(outcome.latencies).toHaveLength(bodies.length)
  expect(new Set(bodies).size).toBe(bodies.length)
  expect(peers.size).toBe(2)
  expect(rateOf(outcome)).toBeCloseTo(rateOf(outcome, 200) + rateOf(outcome, 503))
})

test('each connection may be a client of its own', async () => {
  const clients = new Set<string | undefined>()
  const port = await serve((req, res) => {
    clients.add(req.headersDistinct['x-forwarded-for']?.[0])
    res.writeHead(200, { 'content-length': 0 }).end()
  })
  await drive({ ...loadOn(port), headers: { 'x-forwarded-for': '10.0.0.#' } })
  expect(clients).toEqual(new Set(['10.0.0.0', '10.0.0.1']))
})

test('a paced load sends no more than its pace', async () => {
  let served = 0
  const port = await serve((_req, res) => {
    served += 1
    res.writeHead(200, { 'content-length': 0 }).end()
  })
  await drive({ ...loadOn(port), perSecond: 100 })
  expect(served).toBeGreaterThan(0)
  expect(served).toBeLessThanOrEqual(16)
})

test('an answer nobody expects ends the run', async () => {
  const port = await serve((_req, res) => void res.writeHead(429, { 'content-length': 0 }).end())
  await expect(drive(loadOn(port))).rejects.toThrow('POST /login answered 429')
})

test('an answer may arrive byte by byte', async () => {
  const server = createRawServer((socket) => {
    socket.setNoDelay(true)
    const bytes = Buffer.from('HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok')
    const next = (at: number) => {
      if (at < bytes.length) socket.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1))
    }
    socket.once('data', () => next(0))
  }).listen(0, '127.0.0.1')
  closers.push(() => void server.close())
  await once(server, 'listening')
  const connection = await openConnection((server.address() as AddressInfo).port)
  expect(await connection.send(requestText('GET', '/', {}))).toBe(204)
  connection.close()
})
