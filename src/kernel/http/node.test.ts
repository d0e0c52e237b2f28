import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express, { type Request } from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { toNodeListener } from './node.ts'
import { testCore } from './test-core.ts'

const servers: Server[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((closed) => server.close(closed)))))

const { core, logged } = testCore({ limits: false })
const listener = toNodeListener(core)

async function serve(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler)
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const login = (url: string, headers = {}) =>
  fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"name":"alice"}',
  })

async function raw(url: string, lines: readonly string[]): Promise<string> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  let said = ''
  for await (const chunk of socket.setEncoding('utf8')) said += chunk
  return said
}

describe('on raw http', () => {
  test('requests are answered, with several cookies, and unknown paths are 404', async () => {
    const url = await serve(listener)
    const answer = await login(url)
    expect([answer.status, answer.headers.getSetCookie().length, await answer.json()]).toEqual([200, 2, { status: 'active' }])
    expect((await fetch(`${url}/orders`)).status).toBe(404)
    expect((await fetch(`${url}/auth/health`, { method: 'HEAD' })).status).toBe(200)
  })

  test('the address is that of the socket', async () => {
    const { core } = testCore({ limits: { login: { address: { limit: 1, per: 60_000 }, shared: true } } })
    const url = await serve(
      toNodeListener({
        ...core,
        handle: (request, from) => core.handle(request, { ip: from?.ip === '127.0.0.1' ? '192.0.2.9' : 'wrong' }),
      }),
    )
    expect((await login(url)).status).toBe(200)
    expect((await login(url)).status).toBe(429)
    expect(core.ctxOf({ headers: {}, socket: { remoteAddress: '::ffff:192.0.2.9' } }).from?.ip).toBe('192.0.2.9')
  })

  test('a body too large in chunks is refused and the connection closed', async () => {
    const url = await serve(listener)
    const chunk = `${(80_000).toString(16)}\r\n${' '.repeat(80_000)}`
    const said = await raw(url, [
      'POST /auth/login HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      '',
      chunk,
    ])
    expect(said).toMatch(/^HTTP\/1\.1 413 /)
    expect(said).toMatch(/connection: close/i)
    expect(said).toContain('"payload_too_large"')
  })

  test('a request that is no URL is a problem, not a crash', async () => {
    const url = await serve(listener)
    for (const host of ['a b', 'exa<mple', '@', 'host:port']) {
      const said = await raw(url, ['GET /auth/health HTTP/1.1', `Host: ${host}`, 'Connection: close'])
      expect(said).toMatch(/^HTTP\/1\.1 400 /)
    }
    expect((await fetch(`${url}/auth/health`)).status).toBe(200)
  })
})

describe('in Express', () => {
  test('a body the host has parsed works, and the host’s request object is left as it was', async () => {
    const app = express()
    let before: PropertyKey[] = []
    let request: Request | undefined
    app.use(express.json(), (req, _res, next) => {
      request = req
      before = Reflect.ownKeys(req)
      next()
    })
    app.use(listener)
    const url = await serve(app)
    expect((await login(url)).status).toBe(200)
    expect(Reflect.ownKeys(request ?? {}).filter((key) => !before.includes(key))).toEqual([])
    expect(request && 'rawBody' in request).toBe(false)
    expect((await login(url, { 'content-type': 'text/plain' })).status).toBe(415)
  })

  test('a body the host has not parsed works too, also on a mount', async () => {
    const app = express()
    app.use('/auth', listener)
    const url = await serve(app)
    expect((await login(url)).status).toBe(200)
    expect((await fetch(`${url}/auth/health?x=1`)).status).toBe(200)
  })

  test('a parsed body on a mount works, and pollution in it is still refused', async () => {
    const app = express()
    app.use(express.json())
    app.use('/auth', listener)
    const url = await serve(app)
    expect((await login(url)).status).toBe(200)
    const body = '{"name":"a","__proto__":{"admin":true}}'
    const answer = await fetch(`${url}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(answer.status).toBe(400)
  })

  test('a body the host has read and kept nothing of is refused with that reason', async () => {
    const app = express()
    app.use((req, _res, next) => void req.resume().on('end', () => next()))
    app.use(listener)
    const url = await serve(app)
    const answer = await login(url)
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'validation_failed', detail: 'The body was read before the request came here.' }),
    ])
    expect((await fetch(`${url}/auth/health`)).status).toBe(200)
  })

  test('what is not ours is passed on', async () => {
    const app = express()
    app.use(listener)
    app.get('/orders', (_req, res) => void res.send('orders'))
    const url = await serve(app)
    expect(await (await fetch(`${url}/orders`)).text()).toBe('orders')
    expect((await fetch(`${url}/auth/nothing`)).headers.get('content-type')).toBe('application/problem+json')
  })

  test('nothing above was a bug', () => expect(logged).toEqual([]))
})
