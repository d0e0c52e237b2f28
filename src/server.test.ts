import { expect, onTestFinished, test } from 'vitest'
import { freePort } from './cli/test-desk.ts'
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
  const port = await freePort()
  const options = { baseUrl: `http://127.0.0.1:${port}`, secret: 's'.repeat(40), storage }
  const server = await startServer({ options, port, migrate: true })
  onTestFinished(() => server.close())
  const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${server.url}/readyz`)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(pings).toBeLessThan(10)
})

test('a demonstration fills an empty house, whose charts live; in production it is refused', async () => {
  const port = await freePort()
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

test('a demonstration has mails of today that were given up: counted, in the queue, and sent once somebody says so', async () => {
  const port = await freePort()
  const carried: string[] = []
  const transport = { send: async ({ to }: { to: string }) => void carried.push(to) }
  const options = {
    baseUrl: `http://127.0.0.1:${port}`,
    secret: 's'.repeat(40),
    storage: sqlite(':memory:'),
    telemetry: true,
    mail: { from: 'House <house@example.com>', transport },
    email: {},
  } as const
  const server = await startServer({ options, port, migrate: true, demo: true })
  onTestFinished(() => server.close())
  const system = server.auth.asSystem('test')
  const { mails } = await system.mail.listQueue({ state: 'dead' })
  expect(mails.length).toBeGreaterThan(3)
  for (const { address, template, lastError, attempts } of mails) {
    expect([template, lastError, attempts]).toEqual(['verify-email', '550 5.7.1 Relaying denied', 1])
    expect((await system.users.list({ q: address ?? '' })).users).toMatchObject([{ emailVerified: false }])
  }
  const missing = async () => {
    const { days } = await system.telemetry.daily()
    return days.filter(({ day, mailFailures }) => mailFailures < mails.filter((mail) => mail.createdAt.startsWith(day)).length)
  }
  await expect.poll(missing).toEqual([])
  await system.jobs.redrive({ kind: 'mail.send' })
  await expect.poll(() => carried.toSorted()).toEqual(mails.map(({ address }) => address ?? '').toSorted())
  await expect.poll(async () => (await system.mail.listQueue({})).mails).toEqual([])
})

test('a browser that opens the bare address is led to the account page, below the path of the base URL; programs and closed pages are not', async () => {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const ask = async (path: string, accept = 'text/html,application/xhtml+xml,*/*;q=0.8', method = 'GET') => {
    const { status, headers } = await fetch(origin + path, { method, headers: { accept }, redirect: 'manual' })
    return [status, headers.get('location')]
  }
  const open = (path: string, more = {}) => {
    const options = { baseUrl: origin + path, secret: 's'.repeat(40), storage: sqlite(':memory:'), ...more }
    return startServer({ options, port, migrate: true })
  }
  const atRoot = await open('')
  expect([await ask('/'), await ask('/?from=mail'), await ask('/', '*/*'), await ask('/', undefined, 'POST')]).toEqual([
    [303, '/account'],
    [303, '/account'],
    [404, null],
    [404, null],
  ])
  await atRoot.close()
  const below = await open('/id')
  expect([await ask('/id'), await ask('/id/'), await ask('/id/account/'), await ask('/'), await ask('/account/')]).toEqual([
    [303, '/id/account'],
    [303, '/id/account'],
    [303, '/id/account'],
    [404, null],
    [404, null],
  ])
  await below.close()
  const without = await open('', { pages: { account: false } })
  onTestFinished(() => without.close())
  expect([await ask('/'), await ask('/account/')]).toEqual([
    [404, null],
    [404, null],
  ])
})
