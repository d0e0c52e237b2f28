/**
 * An Express application with accounts, and a feature of its own whose endpoint joins ours in routing, limits, OpenAPI and the client.
 *
 * @module
 */
import express from 'express'
import { type Ctx, contract, createAuth, endpoint, feature } from 'keywright'
import { toExpress } from 'keywright/express'
import { sqlite } from 'keywright/sqlite'
import { z } from 'zod'

export const notesContract = contract('notes', {
  greet: endpoint({
    method: 'GET',
    path: '/notes/greeting',
    access: 'session',
    summary: 'A word for whoever is logged in',
    returns: z.object({ greeting: z.string() }),
  }),
})

const notes = feature({
  name: 'notes',
  contract: notesContract,
  create: ({ clock }) => ({
    greet: async (ctx: Ctx) => ({ greeting: `${clock.now().getUTCHours() < 12 ? 'Good morning' : 'Good day'}, ${ctx.actor.id}` }),
  }),
  handlers: (service) => ({ greet: ({ ctx }) => service.greet(ctx) }),
})

/** Builds the application; whoever calls it decides where it listens. */
export function createApp(settings: { baseUrl: string; secret: string; database: string }) {
  const auth = createAuth({
    baseUrl: settings.baseUrl,
    secret: settings.secret,
    storage: sqlite(settings.database),
    features: [notes],
  })
  const { routes, guard, current } = toExpress(auth)
  const app = express()
  app.use(routes)
  app.get('/orders', guard(), (req, res) => {
    res.json({ userId: current(req).userId, orders: [] })
  })
  return { app, auth }
}
