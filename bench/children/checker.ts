/**
 * A second node on a database: told an access token, it checks it until it is refused, and says when that was. Started by
 * `benchmarks/revocation.ts`.
 *
 * @module
 */
import { createAuth } from 'keywright'
import { postgres } from 'keywright/postgres'
import type { SessionBus } from 'keywright/redis'
import type { Storage } from 'keywright/server'
import { sqlite } from 'keywright/sqlite'
import { optionsOn } from '../house.ts'

const [location = '', bus = 'heard'] = process.argv.slice(2)
const storage: Storage = location.startsWith('postgres') ? postgres(location) : sqlite(location)
/** Carries nothing: what is left is reading. */
const cut: SessionBus = { publish: async () => {}, subscribe: async () => async () => {} }
const auth = createAuth({ ...optionsOn(storage), ...(bus === 'cut' && { infra: { bus: cut } }) })
await auth.ready()

const isIn = async (accessToken: string): Promise<boolean> => {
  const { status } = await auth.authenticate({ headers: { authorization: `Bearer ${accessToken}` } })
  return status === 'active'
}

process.on('message', async (accessToken: string) => {
  if (!(await isIn(accessToken))) throw new Error('the session was refused before it was revoked')
  process.send?.('warm')
  for (;;) {
    if (!(await isIn(accessToken))) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  // One clock for both processes of a machine; the parent compares.
  process.send?.(performance.timeOrigin + performance.now())
})
process.once('disconnect', () => void auth.close())
process.send?.('ready')
