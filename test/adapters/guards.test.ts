import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { BootError } from 'keywright'
import { toExpress } from 'keywright/express'
import { toHono } from 'keywright/hono'
import { toKoa } from 'keywright/koa'
import { toNode } from 'keywright/node'
import { sqlite } from 'keywright/sqlite'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/kernel/ambient/ambient.ts'
import { houseOn } from '../flows/house.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
type House = ReturnType<typeof houseOn>

function open(options: Parameters<typeof houseOn>[1] = {}) {
  const logged: [object, string][] = []
  const logger = { ...silentLogger, error: (details: object, message: string) => void logged.push([details, message]) }
  const house = houseOn(sqlite(':memory:'), { ...options, infra: { logger } })
  onTestFinished(() => house.auth.close())
  return { house, logged }
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

const post = (url: string, body: object, headers = {}) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })

async function tokenOf({ auth }: House): Promise<string> {
  const request = new Request('https://app.example.com/auth/register', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-strategy': 'bearer' },
    body: JSON.stringify(ada),
  })
  const { accessToken } = (await (await auth.handle(request)).json()) as { accessToken: string }
  return accessToken
}

const guarded: Record<string, (auth: House['auth']) => RequestListener> = {
  express(auth) {
    return express().get('/orders', toExpress(auth).guard({ role: 'admin' }), (_req, res) => void res.end())
  },
  node: (auth) => toNode(auth).guard((_req, res) => void res.end(), { role: 'admin' }),
  hono: (auth) => getRequestListener(new Hono().get('/orders', toHono(auth).guard({ role: 'admin' }), (c) => c.text('')).fetch),
}

describe.each(Object.entries(guarded))('a guard in %s', (_, listener) => {
  test('refuses like every refusal: with an id, an instance and https remembered', async () => {
    const { house } = open()
    const origin = await serve(listener(house.auth))
    const nobody = await fetch(`${origin}/orders`)
    const id = nobody.headers.get('x-correlation-id')
    expect([nobody.status, nobody.headers.get('strict-transport-security')]).toEqual([401, 'max-age=31536000'])
    expect(await nobody.json()).toMatchObject({ code: 'unauthorized', instance: `urn:uuid:${id}` })
    const user = await fetch(`${origin}/orders`, { headers: { authorization: `Bearer ${await tokenOf(house)}` } })
    expect([user.status, await user.json()]).toEqual([403, expect.objectContaining({ code: 'forbidden' })])
  })

  test('says when to come back while the house cannot boot, and the cause is logged once', async () => {
    const storage = sqlite('/dev/null/identity.db')
    const logged: [object, string][] = []
    const logger = { ...silentLogger, error: (details: object, message: string) => void logged.push([details, message]) }
    const { auth } = houseOn(storage, { infra: { logger } })
    const origin = await serve(listener(auth))
    const answers = [await fetch(`${origin}/orders`), await fetch(`${origin}/orders`)]
    expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual(Array(2).fill([503, '1']))
    const answer = await auth.handle(new Request('https://app.example.com/auth/me'))
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.has('strict-transport-security')]).toEqual([
      503,
      '1',
      true,
    ])
    expect(await answer.json()).toMatchObject({ instance: `urn:uuid:${answer.headers.get('x-correlation-id')}` })
    expect(logged.map(([details, message]) => [Object.keys(details), message])).toEqual([
      [['err', 'id'], 'requests are refused: something we need is away'],
    ])
  })
})

test('a demand that cannot be meant is found where the guard is made, and by require', async () => {
  const { house } = open()
  const demands = { permission: 'orders:read' } as object
  expect(() => toExpress(house.auth).guard(demands)).toThrow(BootError)
  expect(() => toHono(house.auth).guard(demands)).toThrow(BootError)
  expect(() => toNode(house.auth).guard(() => {}, demands)).toThrow(BootError)
  const headers = { authorization: `Bearer ${await tokenOf(house)}` }
  await expect(house.auth.require({ headers }, demands)).rejects.toThrow('require.permission is not an option')
})

describe('a bug behind a guard', () => {
  test('Express: a `next` that throws is called once, answered with 500 and logged', async () => {
    const { house, logged } = open()
    const guard = toExpress(house.auth).guard()
    const bug = new Error('a route with a bug')
    let calls = 0
    const origin = await serve((req, res) =>
      guard(req, res, () => {
        calls += 1
        throw bug
      }),
    )
    const answer = await fetch(origin, { headers: { authorization: `Bearer ${await tokenOf(house)}` } })
    expect([answer.status, await answer.json(), calls]).toEqual([500, expect.objectContaining({ code: 'internal_error' }), 1])
    expect(logged).toEqual([[{ err: bug, id: answer.headers.get('x-correlation-id') }, 'a request failed']])
  })

  test('Node: a listener that rejects is answered with 500, and one that has begun is cut off', async () => {
    const { house, logged } = open()
    const { guard } = toNode(house.auth)
    const authorization = `Bearer ${await tokenOf(house)}`
    const early = await serve(guard(() => Promise.reject(new Error('early'))))
    expect((await fetch(early, { headers: { authorization } })).status).toBe(500)
    const late = await serve(
      guard(async (_req, res) => {
        res.writeHead(200, { 'content-length': '100' }).write('half')
        throw new Error('late')
      }),
    )
    await expect(fetch(late, { headers: { authorization } }).then((answer) => answer.text())).rejects.toThrow()
    expect(logged).toHaveLength(2)
  })
})

describe('an answer of the host, in Koa', () => {
  test('may break, where the host listens for that, without ending the process', async () => {
    const { house } = open()
    const unhandled: unknown[] = []
    const heard: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    const app = new Koa().use(toKoa(house.auth).routes).use((ctx) => {
      ctx.respond = false
      ctx.res.on('error', ({ code }: NodeJS.ErrnoException) => void heard.push(code))
      ctx.res.end('whole')
      ctx.res.write('too late')
    })
    app.silent = true
    const origin = await serve(app.callback())
    expect(await (await fetch(`${origin}/elsewhere`)).text()).toBe('whole')
    expect((await fetch(`${origin}/auth/me`)).status).toBe(401)
    expect([unhandled, heard]).toEqual([[], ['ERR_STREAM_WRITE_AFTER_END']])
  })

  test('is over for whoever stands above us, also where the connection was lost before it came to us', async () => {
    const { house } = open()
    let done = (_: unknown) => {}
    const over = new Promise((resolve) => {
      done = resolve
    })
    const app = new Koa().use(async (ctx, next) => {
      ctx.req.socket.destroy()
      await once(ctx.res, 'close')
      await next()
      done('over')
    })
    const origin = await serve(app.use(toKoa(house.auth).routes).callback())
    await expect(fetch(`${origin}/auth/me`)).rejects.toThrow()
    expect(await over).toBe('over')
  })
})

describe('the address behind a guard', () => {
  test('Hono: a call with the rights of the request comes from the socket’s peer', async () => {
    const { house } = open()
    const { routes, guard } = toHono(house.auth)
    const app = new Hono().use(routes).post('/rename', guard(), async (c) => {
      await house.auth.as(c.req.raw).updateMe({ firstName: 'Ada' })
      return c.body(null, 204)
    })
    const authorization = `Bearer ${await tokenOf(house)}`
    const heard = new Promise((resolve) => void house.auth.on('identity.user.updated', ({ ip }) => resolve(ip)))
    expect((await post(`${await serve(getRequestListener(app.fetch))}/rename`, {}, { authorization })).status).toBe(204)
    expect(await heard).toBe('127.0.0.1')
  })

  test('Hono: who got in, and from where, is known also after a limit of Hono replaced the request', async () => {
    const { house } = open()
    const { guard, current } = toHono(house.auth)
    const app = new Hono().post('/rename', guard(), bodyLimit({ maxSize: 1024 }), async (c) => {
      const { userId } = current(c)
      await house.auth.as(c.req.raw).updateMe({ firstName: (await c.req.json<{ name: string }>()).name })
      return c.json({ userId })
    })
    const authorization = `Bearer ${await tokenOf(house)}`
    const heard = new Promise((resolve) => void house.auth.on('identity.user.updated', ({ ip }) => resolve(ip)))
    const body = new Blob([JSON.stringify({ name: 'Ada' })]).stream()
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers: { authorization }, body, duplex: 'half' }
    const answer = await fetch(`${await serve(getRequestListener(app.fetch))}/rename`, init)
    expect([answer.status, await answer.json()]).toEqual([200, { userId: expect.any(String) }])
    expect(await heard).toBe('127.0.0.1')
  })

  test('an address nobody knows is stored as none', async () => {
    const { house } = open()
    const headers = { authorization: `Bearer ${await tokenOf(house)}` }
    const { sessions } = await house.auth.as({ headers }).sessions.list()
    expect(sessions.map(({ ipAddress }) => ipAddress)).toEqual([null])
  })
})

describe('a body the host has read before us, in Hono', () => {
  const reading = (read: (request: Request, hono: { json(): Promise<unknown> }) => Promise<unknown>) => {
    const { house } = open()
    const app = new Hono().use(async (c, next) => {
      await read(c.req.raw, c.req)
      await next()
    })
    return serve(getRequestListener(app.use(toHono(house.auth).routes).fetch))
  }

  test('works where Hono keeps it', async () => {
    const origin = await reading((_, hono) => hono.json())
    expect((await post(`${origin}/auth/register`, ada)).status).toBe(201)
  })

  test('is refused with a reason where nothing was kept', async () => {
    const origin = await reading((raw) => raw.json())
    const answer = await post(`${origin}/auth/register`, ada)
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'validation_failed', detail: 'The body was read before the request came here.' }),
    ])
  })
})
