/**
 * better-auth in a process of its own: what it hooks into the runtime slows nobody else down. Started by `peers.ts`.
 *
 *     peer.js LOCATION [CACHE_SECONDS]
 *
 * @module
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { perCoreSecond } from '../benchmark.ts'
import { origin, secret } from '../house.ts'
import { folder, type Round } from '../peers.ts'

interface PeerModule {
  openPeer(of: { location: string; origin: string; secret: string; cacheSeconds?: number }): Promise<{
    readonly cookie: string
    getSession(headers: Headers): Promise<unknown>
    close(): Promise<void>
  }>
}

const [location = '', cacheSeconds] = process.argv.slice(2)
const { openPeer }: PeerModule = await import(pathToFileURL(join(folder, 'better-auth.mjs')).href)
const cached = cacheSeconds === undefined ? {} : { cacheSeconds: Number(cacheSeconds) }
const { cookie, getSession, close } = await openPeer({ location, origin, secret, ...cached })
const headers = new Headers({ cookie })

process.on('message', async ({ ms, atOnce }: Round) => {
  const rate = await perCoreSecond(ms, atOnce, async () => {
    if ((await getSession(headers)) === null) throw new Error('getSession answered nobody')
  })
  process.send?.(rate)
})
process.once('disconnect', () => void close())
process.send?.('ready')
