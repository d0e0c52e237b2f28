import { expect, test } from 'vitest'
import { houseOn } from '../../../test/flows/house.ts'
import { sqlite } from '../../sqlite.ts'

test('an operator sees what nobody works on, what was given up and which store does not answer, beside what is well', async () => {
  const templates = { getMailTemplate: () => Promise.reject(new Error('no connection')) }
  const options = { mail: { from: 'hi@example.com', transport: 'inbox' }, stores: { templates }, infra: { runJobs: false } }
  const house = houseOn(sqlite(':memory:'), options as never)
  const system = house.auth.asSystem('test')
  await system.password.provision({ identifier: 'ada@example.com' })
  const well = await system.system.get()
  expect(well).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    baseUrl: 'https://app.example.com',
    database: { engine: 'sqlite', migrations: { pending: [], drifted: [] } },
    changes: { way: 'alone', isCurrent: true },
    uptimeSeconds: 0,
  })
  const checks = async () => new Map((await system.system.get()).checks.map(({ name, ...check }) => [name, check]))
  expect([...(await checks())].map(([name, { level }]) => [name, level])).toEqual([
    ['settings', 'ok'],
    ['keys', 'ok'],
    ['jobs', 'ok'],
    ['mail', 'ok'],
    ['events', 'ok'],
    ['stores.templates', 'fault'],
  ])

  house.advance(600_000)
  const waiting = await checks()
  expect(waiting.get('jobs')).toMatchObject({
    code: 'jobs_overdue',
    level: 'fault',
    figures: { dueSince: '2026-01-01T12:00:00.000Z' },
  })
  expect(waiting.get('events')).toMatchObject({ code: 'events_waiting', level: 'fault' })
  expect(waiting.get('stores.templates')).toMatchObject({ code: 'store_faulty', detail: 'no connection' })
  expect((await system.system.get()).uptimeSeconds).toBe(600)
  await house.auth.close()
})
