import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { toExpress } from 'keywright/express'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Contender, compare, metered } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { openAuth, registerWithCookie, registerWithTokens } from '../house.ts'
import { answersOf, driveElsewhere } from '../load.ts'

const connections = 16

/** What a guard costs an Express route. */
export const guard: Benchmark = {
  definition: `Answers per second of the server's processor time, an Express route over loopback HTTP, ${connections} kept-alive connections from a process of its own, SQLite: the route alone, behind \`app.use(routes)\`, and behind both that and \`guard()\`, its handler reading \`current(req)\`. All answer the same body.`,
  run: (pace) =>
    withPlaces(async ({ folder }) => {
      const auth = await openAuth(sqlite(`${folder}/identity.db`))
      const { accessToken } = await registerWithTokens(auth, 'bearer@example.com')
      const cookie = await registerWithCookie(auth, 'cookie@example.com')
      const { routes, guard: guarded, current } = toExpress(auth)
      const app = express()
      const userId = 'ffffffff-ffff-4fff-8fff-ffffffffffff' // as long as the one of the guarded route
      app.get('/bare', (_req, res) => void res.json({ userId, orders: [] }))
      app.use(routes)
      app.get('/open', (_req, res) => void res.json({ userId, orders: [] }))
      app.get('/orders', guarded(), (req, res) => void res.json({ userId: current(req).userId, orders: [] }))
      const server = app.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const answers = (path: string, headers: Record<string, string> = {}): Contender['round'] => {
        const load = { port, connections, ms: pace.roundMs, method: 'GET', path, headers, expect: [200] }
        return async () => {
          const { value, coreSeconds } = await metered(() => driveElsewhere(load))
          return answersOf(value) / coreSeconds
        }
      }
      const unit = 'per core second'
      const guardedBy = (how: string, headers: Record<string, string>): Contender => ({
        name: `guard(), ${how}`,
        unit,
        against: ['route alone'],
        target: { of: 'ratio', atLeast: 0.85 },
        round: answers('/orders', headers),
      })
      try {
        return await compare(pace, [
          { name: 'route alone', unit, round: answers('/bare') },
          { name: 'behind routes', unit, against: ['route alone'], round: answers('/open') },
          guardedBy('cookie', { cookie }),
          guardedBy('bearer', { authorization: `Bearer ${accessToken}` }),
        ])
      } finally {
        server.close()
        await auth.close()
      }
    }),
}
