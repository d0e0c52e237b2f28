/**
 * Accounts in a bare `node:http` server.
 *
 * @module
 */
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createAuth } from 'keywright'
import { toNode } from 'keywright/node'
import { sqlite } from 'keywright/sqlite'

const send = (res: ServerResponse, value: object) => {
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify(value))
}

/** Builds the server; whoever calls it decides where it listens. */
export function createApp(settings: { baseUrl: string; secret: string; database: string }) {
  const { baseUrl, secret, database } = settings
  const auth = createAuth({ baseUrl, secret, storage: sqlite(database) })
  const { routes, guard, current } = toNode(auth)
  const own: Record<string, RequestListener> = {
    'GET /orders': guard((req, res) => send(res, { userId: current(req).userId, orders: [] })),
    'POST /refunds': guard((_req, res) => send(res, { refunded: true }), { role: 'admin', within: '5m' }),
  }
  const nothing: RequestListener = (_req, res) => void res.writeHead(404).end()
  const app = createServer((req, res) => routes(req, res, () => (own[`${req.method} ${req.url}`] ?? nothing)(req, res)))
  return { app, auth }
}
