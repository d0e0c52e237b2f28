import { createServer, type RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { toExpress } from 'keywright/express'
import { toHono } from 'keywright/hono'
import { toNode } from 'keywright/node'
import { sqlite } from 'keywright/sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import type { Auth } from '../../src/index.ts'
import { houseOn } from '../flows/house.ts'

type Host = (auth: Auth) => RequestListener

const hosts: readonly { name: string; listener: Host }[] = [
  {
    name: 'express, bodies left alone',
    listener(auth) {
      const { routes, guard, current } = toExpress(auth)
      const app = express().use(routes)
      return app.get('/orders', guard(), (req, res) => void res.json({ userId: current(req).userId }))
    },
  },
  {
    name: 'express, bodies parsed before us',
    listener(auth) {
      const { routes, guard, current } = toExpress(auth)
      const app = express().use(express.json(), routes)
      return app.get('/orders', guard(), (req, res) => void res.json({ userId: current(req).userId }))
    },
  },
  {
    name: 'express, mounted on a path',
    listener(auth) {
      const { routes, guard, current } = toExpress(auth)
      const app = express().use('/auth', routes)
      return app.get('/orders', guard(), (req, res) => void res.json({ userId: current(req).userId }))
    },
  },
  {
    name: 'node',
    listener(auth) {
      const { routes, guard, current } = toNode(auth)
      const orders = guard((req, res) => void res.end(JSON.stringify({ userId: current(req).userId })))
      return (req, res) => routes(req, res, () => (req.url === '/orders' ? void orders(req, res) : res.writeHead(404).end()))
    },
  },
  {
    name: 'hono',
    listener(auth) {
      const { routes, guard, current } = toHono(auth)
      const app = new Hono()
      app.use(routes)
      app.get('/orders', guard(), (c) => c.json({ userId: current(c).userId }))
      return getRequestListener(app.fetch)
    },
  },
]

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(listener: Host) {
  const house = houseOn(sqlite(':memory:'))
  const server = createServer(listener(house.auth))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () => house.auth.close(),
    () => new Promise((resolve) => server.close(resolve)),
  )
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

const register = (origin: string, body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' })) =>
  fetch(`${origin}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-strategy': 'bearer' },
    body,
  })

describe.each(hosts)('$name', ({ listener }) => {
  test('registers, guards, and passes on what is not ours', async () => {
    const origin = await serve(listener)
    const registered = await register(origin)
    expect(registered.status).toBe(201)
    const { accessToken, user } = (await registered.json()) as { accessToken: string; user: { id: string } }
    const orders = await fetch(`${origin}/orders`, { headers: { authorization: `Bearer ${accessToken}` } })
    expect(await orders.json()).toEqual({ userId: user.id })
    const refused = await fetch(`${origin}/orders`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect((await fetch(`${origin}/elsewhere`)).status).toBe(404)
    expect((await fetch(`${origin}/auth/nothing`)).status).toBe(404)
  })

  test('several cookies arrive as several headers, and a refusal is a problem', async () => {
    const origin = await serve(listener)
    const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' })
    const answer = await fetch(`${origin}/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(answer.headers.getSetCookie().length).toBeGreaterThan(1)
    const refused = await register(origin, JSON.stringify({ email: 'not an address', password: 'correct horse battery' }))
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ code: 'validation_failed' })
  })
})

test('CS-01: a guard refuses what another site made a browser send', async () => {
  const origin = await serve((auth) => {
    const { routes, guard } = toExpress(auth)
    const app = express().use(routes)
    return app.post('/refunds', guard(), (_req, res) => void res.json({ refunded: true }))
  })
  const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' })
  const { headers } = await fetch(`${origin}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const cookie = headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const post = (site: string) => fetch(`${origin}/refunds`, { method: 'POST', headers: { cookie, 'sec-fetch-site': site } })
  expect((await post('cross-site')).status).toBe(403)
  expect((await post('same-origin')).status).toBe(200)
})
