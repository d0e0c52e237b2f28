/**
 * A second node on a database: told an access token, it checks it until it is refused, and says when that was. Started by `nodes.ts`.
 *
 *     checker.js LOCATION [cut | REDIS_URL PREFIX]
 *
 * @module
 */
import { createAuth } from 'keywright'
import { postgres } from 'keywright/postgres'
import { redis, type SessionBus } from 'keywright/redis'
import type { Storage } from 'keywright/server'
import { sqlite } from 'keywright/sqlite'
import { isIn, optionsOn } from '../house.ts'
import { monotonicMs, type Said } from '../nodes.ts'

const [location = '', bus, prefix = ''] = process.argv.slice(2)
const storage: Storage = location.startsWith('postgres') ? postgres(location) : sqlite(location)
/** Carries nothing: what is left is reading. */
const cut: SessionBus = { publish: async () => {}, subscribe: async () => async () => {} }
const beside = bus === undefined || bus === 'cut' ? undefined : redis(bus, { prefix })
const carrier = bus === 'cut' ? cut : beside?.bus
const auth = createAuth({ ...optionsOn(storage), ...(carrier && { infra: { bus: carrier } }) })
await auth.ready()

const say = (accessToken: string, what: Said['what']) => process.send?.({ accessToken, what, atMs: monotonicMs() } satisfies Said)

process.on('message', async (accessToken: string) => {
  const headers = { authorization: `Bearer ${accessToken}` }
  if (!(await isIn(auth, headers))) throw new Error('the session was refused before it was ended')
  say(accessToken, 'let in')
  while (await isIn(auth, headers)) await new Promise((resolve) => setImmediate(resolve))
  say(accessToken, 'refused')
})
process.once('disconnect', async () => {
  await auth.close()
  await beside?.close()
})
process.send?.('ready')
