import { open } from 'node:fs/promises'
import type { Auth } from 'keywright'
import { postgres } from 'keywright/postgres'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Contender, compare, perSecond } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { openAuth, post, registerWithTokens, type TokenPair } from '../house.ts'

const devices = 16
const full = 'SQLite, synchronous FULL'

/** What a durable write costs, where one is unavoidable. */
export const refreshes: Benchmark = {
  definition: `Refreshes per second through \`auth.handle\` (POST /auth/refresh with a refresh token: one transaction that rotates the credential and records the event, then a signed access token), ${devices} devices in flight, each with a session of its own. "append and fdatasync" is 4 KiB on the same disk, one after the other: what the disk alone can do. PostgreSQL runs as its server is configured.`,
  run: (pace) =>
    withPlaces(async ({ folder, postgres: freshPostgres }) => {
      const url = await freshPostgres()
      const storages = [
        { name: full, storage: sqlite(`${folder}/full.db`) },
        { name: 'SQLite, synchronous NORMAL', storage: sqlite({ path: `${folder}/normal.db`, synchronous: 'NORMAL' }) },
        ...(url === undefined ? [] : [{ name: 'PostgreSQL', storage: postgres(url) }]),
      ]
      const houses: { name: string; auth: Auth }[] = []
      for (const { name, storage } of storages) houses.push({ name, auth: await openAuth(storage) })
      const file = await open(`${folder}/append`, 'a')
      try {
        const contenders: Contender[] = []
        for (const { name, auth } of houses) {
          const against = name === full ? {} : { against: [full] }
          contenders.push({ name, unit: 'per second', ...against, round: await refreshRound(auth, pace.roundMs) })
        }
        const append = async () => {
          await file.write(Buffer.alloc(4096))
          await file.datasync()
        }
        const disk: Contender = {
          name: 'append and fdatasync',
          unit: 'per second',
          against: [full],
          round: () => perSecond(pace.roundMs, 1, append),
        }
        return await compare(pace, [...contenders, disk])
      } finally {
        await file.close()
        for (const { auth } of houses) await auth.close()
      }
    }),
}

/** Each device spends its newest refresh token. */
async function refreshRound(auth: Auth, ms: number): Promise<Contender['round']> {
  const pairs: TokenPair[] = []
  for (let index = 0; index < devices; index++) pairs.push(await registerWithTokens(auth, `device-${index}@example.com`))
  return () =>
    perSecond(ms, devices, async (caller) => {
      const refreshToken = pairs[caller]?.refreshToken
      const response = await post(auth, '/auth/refresh', { refreshToken }, 200, { 'x-auth-strategy': 'bearer' })
      const next = (await response.json()) as TokenPair
      if (next.refreshToken === refreshToken) throw new Error('the refresh token stayed the same')
      pairs[caller] = next
    })
}
