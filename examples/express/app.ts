/**
 * An Express application with accounts, and a feature of its own: its endpoints join ours in routing, limits, OpenAPI and the client, its
 * table is migrated with ours, and its event is heard and audited like ours.
 *
 * @module
 */
import express from 'express'
import { createAuth } from 'keywright'
import { toExpress } from 'keywright/express'
import { sqlite } from 'keywright/sqlite'
import { notes } from './notes.ts'

/** Builds the application; whoever calls it decides where it listens. */
export function createApp(settings: { baseUrl: string; secret: string; database: string; mostNotes?: number }) {
  const { baseUrl, secret, database, ...ofNotes } = settings
  const auth = createAuth({ baseUrl, secret, storage: sqlite(database), features: [notes(ofNotes)] })
  const { routes, guard, current } = toExpress(auth)
  const app = express()
  app.use(routes)
  app.get('/orders', guard(), (req, res) => {
    res.json({ userId: current(req).userId, orders: [] })
  })
  app.post('/refunds', guard({ role: 'admin', within: '5m' }), (_req, res) => {
    res.json({ refunded: true })
  })
  return { app, auth }
}
