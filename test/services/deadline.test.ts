/**
 * A way to PostgreSQL on which every statement arrives, but late: requests end at their deadline, on the real clock.
 *
 * @module
 */
import { afterEach, describe, expect, test } from 'vitest'
import { buildAuth } from '../../src/app/build.ts'
import { testParameters } from '../../src/features/password/hashing.ts'
import { realAmbient } from '../../src/kernel/ambient/ambient.ts'
import { engines } from '../engines.ts'
import { layWire } from '../faults/wire.ts'
import { device } from '../flows/browser.ts'
import { storageAt } from '../flows/house.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const eve = { email: 'eve@example.com', password: 'correct horse battery' }
const bearer = { 'x-auth-strategy': 'bearer' }
const deadlineMs = 1_000
const lateMs = 250

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function houseByWire(open: (typeof engines)[number]['open']) {
  const engine = await open()
  closers.push(engine.cleanup)
  const wire = await layWire(engine.location ?? '')
  closers.push(() => wire.close())
  const options = {
    baseUrl: 'https://app.example.com',
    secret: 's'.repeat(40),
    storage: storageAt(wire.url),
    http: { deadline: `${deadlineMs}ms` as const, limits: false as const },
    infra: { runJobs: false },
  }
  const house = buildAuth(options, realAmbient(), { hashParameters: testParameters, hashSlots: 8, migrate: true, strict: true })
  closers.push(() => house.auth.close())
  await house.auth.ready()
  return { house: Object.assign(house, { advance() {} }), wire }
}

describe.each(engines.filter(({ name }) => name === 'postgres'))('a slow way to $name', ({ open }) => {
  test('logins and registrations are 503 in time, nothing of them has happened, and nobody is logged out', async () => {
    const { house, wire } = await houseByWire(open)
    const { body } = await device(house).send('POST', '/auth/register', ada, bearer)
    const headers = { ...bearer, authorization: `Bearer ${body.accessToken}` }
    await house.background.settled()

    wire.delay(lateMs)
    const since = performance.now()
    const answers = await Promise.all([
      device(house).send('POST', '/auth/login', ada, bearer),
      device(house).send('POST', '/auth/register', eve, bearer),
    ])
    const tookMs = performance.now() - since
    wire.delay(0)

    expect(answers.map(({ status }) => status)).toEqual([503, 503])
    // The statement at the deadline, a rollback, a connection that was opened for it, and a machine that is busy; without a deadline it is 36 statements.
    expect(tookMs).toBeLessThan(deadlineMs + 6 * lateMs + 4_000)
    const rows = await house.database
      .everything<{ user_identifier: { value: string } }>()
      .selectFrom('user_identifier')
      .select('value')
      .execute()
    expect(rows.map(({ value }) => value)).toEqual([ada.email])
    expect((await device(house).send('GET', '/auth/me', undefined, headers)).status).toBe(200)
    expect((await device(house).send('POST', '/auth/register', eve, bearer)).status).toBe(201)
  })
})
