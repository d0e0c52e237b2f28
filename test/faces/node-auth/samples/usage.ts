/**
 * The line that node-auth documents for sessions, as it stands there. What it leaves open is bound by the test.
 *
 * @module
 */
import express, { type Express } from 'express'
import type { AuthConfigurator, ISessionStore, RouterOptions } from 'keywright/node-auth'

type Configurator = Pick<AuthConfigurator, 'router' | 'middleware'>

export function createApp(
  auth: Configurator,
  sessionStore: ISessionStore | undefined,
  more: RouterOptions = {},
  mount = '/auth',
): Express {
  const app = express()
  app.use(express.json())
  if (Object.keys(more).length === 0 && mount === '/auth') app.use('/auth', auth.router({ sessionStore }))
  else app.use(mount, auth.router({ sessionStore, ...more }))
  return app
}
