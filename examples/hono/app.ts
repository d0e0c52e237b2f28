/**
 * A Hono application with accounts.
 *
 * @module
 */
import { Hono } from 'hono'
import { createAuth } from 'keywright'
import { toHono } from 'keywright/hono'
import { sqlite } from 'keywright/sqlite'

/** Builds the application; whoever calls it decides where it listens. */
export function createApp(settings: { baseUrl: string; secret: string; database: string }) {
  const { baseUrl, secret, database } = settings
  const auth = createAuth({ baseUrl, secret, storage: sqlite(database) })
  const { routes, guard, current } = toHono(auth)
  const app = new Hono()
  app.use(routes)
  app.get('/orders', guard(), (c) => c.json({ userId: current(c).userId, orders: [] }))
  app.post('/refunds', guard({ role: 'admin', within: '5m' }), (c) => c.json({ refunded: true }))
  return { app, auth }
}
