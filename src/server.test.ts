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

test('a demonstration fills an empty house, whose charts live; in production it is refused', async () => {
  const port = 20_000 + ((process.pid + 1) % 20_000)
  const secret = 's'.repeat(40)
  const options = { baseUrl: `http://127.0.0.1:${port}`, secret, storage: sqlite(':memory:'), telemetry: true } as const
  const config = { options, port, migrate: true, demo: true }
  await expect(startServer({ ...config, production: true })).rejects.toThrow('a demonstration is for development')
  const server = await startServer(config)
  onTestFinished(() => server.close())
  const system = server.auth.asSystem('test')
  expect((await system.users.list({ q: 'giulia' })).users).toMatchObject([{ lastName: 'Ferrari', role: 'user' }])
  expect((await system.users.list()).total).toEqual({ count: 40, exact: true })
  expect((await system.sessions.list()).total?.count).toBeGreaterThan(40)
  const { days } = await system.telemetry.daily()
  expect(days.filter(({ logins, activeUsers }) => logins > 0 && activeUsers > 0).length).toBeGreaterThan(25)
})
