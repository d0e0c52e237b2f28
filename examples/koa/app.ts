/**
 * A Koa application with accounts.
 *
 * @module
 */

import { createAuth } from 'keywright'
import { toKoa } from 'keywright/koa'
import { sqlite } from 'keywright/sqlite'
import Koa from 'koa'

/** Builds the application; whoever calls it decides where it listens. */
export function createApp(settings: { baseUrl: string; secret: string; database: string }) {
  const { baseUrl, secret, database } = settings
  const auth = createAuth({ baseUrl, secret, storage: sqlite(database) })
  const { routes, guard, current } = toKoa(auth)
  const [forEverybody, forAdmins] = [guard(), guard({ role: 'admin', within: '5m' })]
  const app = new Koa()
  app.use(routes)
  app.use((ctx, next) => (ctx.path === '/refunds' ? forAdmins(ctx, next) : forEverybody(ctx, next)))
  app.use((ctx) => {
    if (ctx.path === '/orders') ctx.body = { userId: current(ctx).userId, orders: [] }
    if (ctx.path === '/refunds' && ctx.method === 'POST') ctx.body = { refunded: true }
  })
  return { app, auth }
}
