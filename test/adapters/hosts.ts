/**
 * The hosts that run in this process, each with the routes of `suite.ts`, mounted in the ways people mount.
 *
 * @module
 */
import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { bodyParser } from '@koa/bodyparser'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import type { Auth } from 'keywright'
import { toExpress } from 'keywright/express'
import { toFastify } from 'keywright/fastify'
import { toHono } from 'keywright/hono'
import { toKoa } from 'keywright/koa'
import { toNext } from 'keywright/next'
import { toNode } from 'keywright/node'
import Koa from 'koa'

type Mount = (auth: Auth) => RequestListener | Promise<RequestListener>

const inExpress =
  (mount: (app: express.Express, routes: ReturnType<typeof toExpress>['routes']) => unknown): Mount =>
  (auth) => {
    const { routes, guard, current } = toExpress(auth)
    const app = express()
    mount(app, routes)
    app.get('/orders', guard(), (req, res) => void res.json({ userId: current(req).userId }))
    app.post('/refunds', guard({ within: '5m' }), (req, res) => void res.json({ userId: current(req).userId }))
    app.get('/admin', guard({ role: 'admin' }), (req, res) => void res.json({ userId: current(req).userId }))
    app.post('/echo', express.json(), (req, res) => void res.json(req.body))
    app.get('/unguarded', (req, res) => void res.json({ userId: current(req).userId }))
    return app
  }

const inFastify =
  (prefix?: string): Mount =>
  async (auth) => {
    const { routes, guard, current } = toFastify(auth)
    const app = fastify()
    app.register(routes, prefix === undefined ? {} : { prefix })
    app.get('/orders', { onRequest: guard() }, async (request) => ({ userId: current(request).userId }))
    app.post('/refunds', { preHandler: guard({ within: '5m' }) }, async (request) => ({ userId: current(request).userId }))
    app.get('/admin', { preHandler: guard({ role: 'admin' }) }, async (request) => ({ userId: current(request).userId }))
    app.post('/echo', async (request) => request.body)
    app.get('/unguarded', async (request) => ({ userId: current(request).userId }))
    await app.ready()
    return (req, res) => app.routing(req, res)
  }

const inKoa =
  (...above: Koa.Middleware[]): Mount =>
  (auth) => {
    const { routes, guard, current } = toKoa(auth)
    const app = new Koa()
    app.silent = true
    for (const middleware of above) app.use(middleware)
    app.use(routes)
    app.use(bodyParser())
    const guards: Record<string, Koa.Middleware> = {
      'GET /orders': guard(),
      'POST /refunds': guard({ within: '5m' }),
      'GET /admin': guard({ role: 'admin' }),
    }
    app.use((ctx, next) => guards[`${ctx.method} ${ctx.path}`]?.(ctx, next) ?? next())
    app.use((ctx) => {
      const route = `${ctx.method} ${ctx.path}`
      if (route in guards || route === 'GET /unguarded') ctx.body = { userId: current(ctx).userId }
      if (route === 'POST /echo') ctx.body = ctx.request.body
    })
    return app.callback()
  }

const inHono =
  (mount: (app: Hono, routes: ReturnType<typeof toHono>['routes']) => unknown): Mount =>
  (auth) => {
    const { routes, guard, current } = toHono(auth)
    const app = new Hono().onError((_, c) => c.text('a bug', 500))
    mount(app, routes)
    app.get('/orders', guard(), (c) => c.json({ userId: current(c).userId }))
    app.post('/refunds', guard({ within: '5m' }), (c) => c.json({ userId: current(c).userId }))
    app.get('/admin', guard({ role: 'admin' }), (c) => c.json({ userId: current(c).userId }))
    app.post('/echo', async (c) => c.json(await c.req.json()))
    app.get('/unguarded', (c) => c.json({ userId: current(c).userId }))
    return getRequestListener(app.fetch)
  }

const inNode: Mount = (auth) => {
  const { routes, guard, current } = toNode(auth)
  const answer: RequestListener = (req, res) => void res.end(JSON.stringify({ userId: current(req).userId }))
  const own: Record<string, RequestListener> = {
    'GET /orders': guard(answer),
    'POST /refunds': guard(answer, { within: '5m' }),
    'GET /admin': guard(answer, { role: 'admin' }),
    'POST /echo': (req, res) => void req.pipe(res),
    'GET /unguarded': answer,
  }
  return (req, res) =>
    routes(req, res, () => {
      try {
        const listener = own[`${req.method} ${req.url}`]
        if (listener) listener(req, res)
        else res.writeHead(404).end()
      } catch {
        res.writeHead(500).end()
      }
    })
}

/** Next's part of the work, on its interface: a `Request` for the handler of a path and a method. */
const inNext: Mount = (auth) => {
  const peers = new WeakMap<Request, string | undefined>()
  const { routes, guard, current } = toNext(auth, { ipOf: (request) => peers.get(request) })
  const answer = (request: Request) => Response.json({ userId: current(request).userId })
  const own: Record<string, (request: Request, context: object) => Response | Promise<Response>> = {
    'GET /orders': guard(answer),
    'POST /refunds': guard(answer, { within: '5m' }),
    'GET /admin': guard(answer, { role: 'admin' }),
    'POST /echo': async (request) => Response.json(await request.json()),
    'GET /unguarded': answer,
  }
  return getRequestListener(
    async (request, { incoming }) => {
      const { pathname } = new URL(request.url)
      peers.set(request, incoming.socket.remoteAddress)
      const ours = pathname.startsWith('/auth/') ? routes[request.method as keyof typeof routes] : undefined
      return (ours ?? own[`${request.method} ${pathname}`])?.(request, {}) ?? new Response(null, { status: 404 })
    },
    { errorHandler: () => new Response(null, { status: 500 }) },
  )
}

/** As koa-mount does it: the mount is cut off while what is mounted runs. */
const cutMount: Koa.Middleware = async (ctx, next) => {
  const { path } = ctx
  if (path.startsWith('/auth/')) ctx.path = path.slice('/auth'.length)
  await next()
}

export const mounts: readonly { name: string; mount: Mount; basePath?: `/${string}` }[] = [
  { name: 'express, bodies left alone', mount: inExpress((app, routes) => app.use(routes)) },
  { name: 'express, bodies parsed before us', mount: inExpress((app, routes) => app.use(express.json(), routes)) },
  { name: 'express, mounted on a path', mount: inExpress((app, routes) => app.use('/auth', routes)) },
  {
    name: 'express, another base path',
    mount: inExpress((app, routes) => app.use('/api', routes)),
    basePath: '/api/identity',
  },
  { name: 'fastify', mount: inFastify() },
  { name: 'fastify, registered with a prefix', mount: inFastify('/auth') },
  { name: 'fastify, another base path', mount: inFastify(), basePath: '/api/identity' },
  { name: 'koa', mount: inKoa() },
  { name: 'koa, bodies parsed before us', mount: inKoa(bodyParser()) },
  { name: 'koa, mounted on a path, bodies parsed', mount: inKoa(bodyParser(), cutMount) },
  { name: 'hono', mount: inHono((app, routes) => app.use(routes)) },
  { name: 'hono, mounted on a path', mount: inHono((app, routes) => app.use('/auth/*', routes)) },
  { name: 'node', mount: inNode },
  { name: 'next', mount: inNext },
]
