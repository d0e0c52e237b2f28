/**
 * A server with a panel and people in it. Started by `benchmarks/panel.ts`.
 *
 * @module
 */
import { startServer } from 'keywright/server'
import { sqlite } from 'keywright/sqlite'
import { optionsOn, password } from '../house.ts'

const [path = '', port = ''] = process.argv.slice(2)
const owner = { identifier: 'owner@example.com', password }
const options = {
  ...optionsOn(sqlite(path)),
  baseUrl: `http://127.0.0.1:${port}`,
  admin: true,
  telemetry: true,
  mail: { from: 'bench@example.com', transport: 'inbox' as const },
}
const firstAdmin = { ...owner, handOver: async () => {} }
const server = await startServer({ options, port: Number(port), migrate: true, demo: true, firstAdmin })
const { users } = server.auth.asSystem('benchmark')
for (let nr = 0; nr < 200; nr++)
  await users.create({ identifier: `person${nr}@example.com`, firstName: 'Person', lastName: `Number ${nr}` })
process.once('disconnect', () => void server.close())
process.send?.({ url: server.url, ...owner })
