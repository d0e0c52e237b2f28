import { expect, onTestFinished, test } from 'vitest'
import { startServer } from './server.ts'
import { sqlite } from './sqlite.ts'
import type { Storage } from './storage/types.ts'

test('a crowd at /readyz makes the database work once a second, not once each', async () => {
  let pings = 0
  const memory = sqlite(':memory:')
  const storage: Storage = {
    ...memory,
    open(setup) {
      const database = memory.open(setup)
      const ping = () => {
        pings += 1
        return database.ping()
      }
      return { ...database, ping }
    },
  }
  const port = 20_000 + (process.pid % 20_000)
  const options = { baseUrl: `http://127.0.0.1:${port}`, secret: 's'.repeat(40), storage }
  const server = await startServer({ options, port, migrate: true })
  onTestFinished(() => server.close())
  const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${server.url}/readyz`)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(pings).toBeLessThan(10)
})
