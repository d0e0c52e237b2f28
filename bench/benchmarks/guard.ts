import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { toExpress } from 'keywright/express'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Contender, compare, finer, metered } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { openAuth, registerWithCookie, registerWithTokens } from '../house.ts'
import { answersOf, startDriver } from '../load.ts'

const connections = 16
const unit = 'per core second'

/** What a guard costs an Express route. */
export const guard: Benchmark = {
  definition: `Answers per second of the server's processor time, an Express route over loopback HTTP, ${connections} kept-alive connections from a process of its own, SQLite: the route alone, behind \`app.use(routes)\`, and behind both that and \`guard()\`, its handler reading \`current(req)\`. All answer the same body to the same request, credential included. Four times as many turns as elsewhere, each a quarter as long.`,
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
      const driver = await startDriver()
      const { rounds, roundMs } = finer(pace)
      const round = (path: string, headers: Record<string, string>) => async () => {
        const load = { port, connections, ms: roundMs, method: 'GET', path, headers, expect: [200] }
        const { value, coreSeconds } = await metered(() => driver.drive(load))
        return answersOf(value) / coreSeconds
      }
      const rowsBy = (how: string, headers: Record<string, string>): readonly Contender[] => {
        const alone = `route alone, ${how}`
        const against = [alone]
        return [
          { name: alone, unit, round: round('/bare', headers) },
          { name: `behind routes, ${how}`, unit, against, round: round('/open', headers) },
          {
            name: `guard(), ${how}`,
            unit,
            against,
            target: { of: 'ratio', atLeast: 0.85 },
            round: round('/orders', headers),
          },
        ]
      }
      try {
        return await compare({ rounds, roundMs }, [
          ...rowsBy('cookie', { cookie }),
          ...rowsBy('bearer', { authorization: `Bearer ${accessToken}` }),
        ])
      } finally {
        await driver.close()
        server.close()
        await auth.close()
      }
    }),
}
