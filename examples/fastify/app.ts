/**
 * A Fastify application with accounts.
 *
 * @module
 */
import fastify from 'fastify'
import { createAuth } from 'keywright'
import { toFastify } from 'keywright/fastify'
import { sqlite } from 'keywright/sqlite'

/** Builds the application; whoever calls it decides where it listens. */
export function createApp(settings: { baseUrl: string; secret: string; database: string }) {
  const { baseUrl, secret, database } = settings
  const auth = createAuth({ baseUrl, secret, storage: sqlite(database) })
  const { routes, guard, current } = toFastify(auth)
  const app = fastify()
  app.register(routes)
  app.get('/orders', { onRequest: guard() }, async (request) => ({ userId: current(request).userId, orders: [] }))
  app.post('/refunds', { onRequest: guard({ role: 'admin', within: '5m' }) }, async () => ({ refunded: true }))
  return { app, auth }
}
