import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../../test/engines.ts'
import { device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'
import type { AuthOptions } from '../../app/options.ts'
import type { AuthEvent } from '../../kernel/contract/event.ts'
import { telemetryStoreCases } from '../../testing/conformance/telemetry.ts'
import { MailRefused } from '../mail/index.ts'
import type { ITelemetryStore, TelemetryEvent, TelemetryFilter } from './index.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const day = 86_400_000

/** A store as an application would write it for a test. */
function eventsInMemory(change: Partial<ITelemetryStore> = {}): ITelemetryStore & { readonly kept: Map<string, TelemetryEvent> } {
  const kept = new Map<string, TelemetryEvent>()
  const isAsked = (one: TelemetryEvent, { event, userId, tenantId, sessionId, from, to }: TelemetryFilter) =>
    Object.entries({ event, userId, tenantId, sessionId }).every(
      ([key, wanted]) => wanted === undefined || one[key as keyof TelemetryEvent] === wanted,
    ) &&
    (from === undefined || new Date(one.timestamp) >= from) &&
    (to === undefined || new Date(one.timestamp) < to)
  return {
    kept,
    save: async (event) => void kept.set(event.id, event),
    query: async ({ limit = 100, offset = 0, ...filter }) =>
      [...kept.values()]
        .filter((one) => isAsked(one, filter))
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(offset, offset + limit),
    async forget(userId) {
      for (const [id, event] of kept) if (event.userId === userId) kept.delete(id)
    },
    ...change,
  }
}

describe.each(engines.filter(({ name }) => name !== 'sqlite-file'))('telemetry, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  const heard: AuthEvent[] = []

  function start(options: Partial<AuthOptions> = {}, startAt?: string) {
    const transport = { send: () => Promise.reject(new MailRefused('550 no such mailbox', { isAddress: false })) }
    const mail = { from: 'Example <hi@example.com>', transport }
    const given = { mail, telemetry: true, infra: { runJobs: false, logger: silent }, ...options }
    house = houseOn(engine.storage, given, { jobsAtOnce: true }, startAt)
    house.auth.on('*', (event) => void heard.push(event))
  }
  beforeEach(async () => {
    engine = await open()
    heard.length = 0
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const system = () => house.auth.asSystem('desk').telemetry
  const telemetry = () => {
    const service = house.service('telemetry')
    if (!service) throw new Error('telemetry is off')
    return service
  }
  /** What is kept, newest first, once everything has arrived. */
  async function kept(filter: Parameters<ReturnType<typeof system>['list']>[0] = {}) {
    await house.background.settled()
    return (await system().list({ limit: 100, ...filter })).events
  }
  async function register(from = device(house)) {
    const { body } = await from.send('POST', '/auth/register', ada)
    return { from, id: body.user.id }
  }

  test('what somebody tracks is theirs, whatever a body or a header says of a user, a session or an address', async () => {
    start()
    const { from, id } = await register(device(house, '203.0.113.77'))
    const forged = { userId: 'grace', tenantId: 'other', sessionId: 'hers', ip: '198.51.100.1', data: { plan: 'free' } }
    const answer = await from.send('POST', '/tools/track/shop.cart.opened', forged, { 'x-forwarded-for': '198.51.100.1' })
    expect([answer.status, answer.body]).toEqual([202, { ok: true }])
    const [{ sessionHandle = '' } = {}] = (await from.send('GET', '/auth/sessions')).body.sessions
    const [event, ...more] = await kept({ event: 'shop.*' })
    expect(more).toEqual([])
    expect(event).toMatchObject({ event: 'shop.cart.opened', userId: id, tenantId: 'default', data: { plan: 'free' } })
    expect(event).toMatchObject({ sessionId: sessionHandle, ip: '203.0.113.0' })

    for (const name of ['identity.auth.login.success', 'Identity.Auth.login.success', 'a%00b', '.', 'x'.repeat(101)])
      expect([400, 404]).toContain((await from.send('POST', `/tools/track/${name}`, {})).status)
    expect((await from.send('POST', '/tools/track/big', { data: { text: 'x'.repeat(2_040) } })).status).toBe(400)
    expect((await from.send('POST', '/tools/track/big', { data: { text: 'é'.repeat(1_020) } })).status).toBe(400)
    expect((await from.send('POST', '/tools/track/big', { data: { text: 'x'.repeat(2_030) } })).status).toBe(202)
    expect((await device(house).send('POST', '/tools/track/shop', {})).status).toBe(401)
    expect((await from.send('GET', '/tools/telemetry')).status).not.toBe(200)
    expect((await from.send('POST', '/auth/tools/track/shop', {})).status).toBe(404)
  })

  test('one user cannot fill the tables: so many events a day, however many at once, and what was counted goes', async () => {
    start({ telemetry: { trackedPerDay: 5 }, account: { grace: false } }, '2026-01-01T23:00:00Z')
    const { from, id } = await register()
    const track = (who: typeof from) => who.send('POST', '/tools/track/shop.cart.opened', {})
    const answers = await Promise.all(Array.from({ length: 12 }, () => track(from)))
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(5)
    const refused = answers.find(({ status }) => status === 429)
    expect([refused?.body.code, refused?.headers.get('retry-after')]).toEqual(['rate_limited', '3600'])
    expect(await kept({ event: 'shop.*' })).toHaveLength(5)
    const grace = device(house)
    await grace.send('POST', '/auth/register', { ...ada, email: 'grace@example.com' })
    expect((await track(grace)).status).toBe(202)
    house.advance(3_600_000)
    expect((await track(from)).status).toBe(202)

    const counted = () => house.database.everything<Record<string, Record<string, unknown>>>().selectFrom('telemetry_tracked')
    await telemetry().sweep()
    expect(await counted().select(['day', 'user_id', 'count']).execute()).toEqual([{ day: '2026-01-02', user_id: id, count: 1 }])
    await house.auth.asSystem('test').account.delete({ id })
    expect(await counted().selectAll().execute()).toEqual([])
  })

  test('figures fall on the day it happened, each event counts once, and a person once a day', async () => {
    start({ notices: { newDevice: false } }, '2026-01-01T23:59:50Z')
    const { from, id } = await register()
    const wrong = { ...ada, password: 'a wrong one, surely' }
    await device(house).send('POST', '/auth/login', wrong)
    await from.send('POST', '/auth/password/forgot', { email: ada.email })
    await house.background.settled()
    house.advance(20_000)
    await device(house).send('POST', '/auth/login', ada)
    await device(house).send('POST', '/auth/login', ada)
    await house.auth.asSystem('import').users.create({ identifier: 'grace@example.com' })
    await house.background.settled()
    const days = [
      { day: '2026-01-01', logins: 0, failures: 1, registrations: 1, activeUsers: 1, mailFailures: 1 },
      { day: '2026-01-02', logins: 2, failures: 0, registrations: 0, activeUsers: 1, mailFailures: 0 },
    ]
    expect(await system().daily({ from: '2026-01-01' })).toEqual({ days })

    const count = (await kept()).length
    expect(count).toBe(heard.length)
    const again = () => telemetry().take(house.systemCtx('once more'), heard)
    await Promise.all([again(), again()])
    expect(await system().daily({ from: '2026-01-01' })).toEqual({ days })
    expect(await kept()).toHaveLength(count)
    expect((await system().daily({})).days).toHaveLength(30)
    await expect(system().daily({ from: '2024-01-01' })).rejects.toMatchObject({ code: 'validation_failed' })

    const first = await system().query({ event: 'identity.auth.*', limit: 2 })
    const rest = await system().query({ event: 'identity.auth.*', limit: 2, cursor: first.nextCursor ?? '' })
    expect([first, rest].map(({ data }) => data.map(({ event }) => event))).toEqual([
      ['identity.auth.login.success', 'identity.auth.login.success'],
      ['identity.auth.login.failed'],
    ])
    expect(rest.nextCursor).toBeNull()
    const [latest] = first.data
    expect((await kept({ sessionId: latest?.sessionId ?? '' })).every(({ sessionId }) => sessionId === latest?.sessionId)).toBe(
      true,
    )
    const ofDay = await kept({ userId: id, from: '2026-01-02T00:00:00Z', to: '2026-01-03T00:00:00Z' })
    expect(new Set(ofDay.map(({ timestamp }) => timestamp))).toEqual(new Set(['2026-01-02T00:00:10.000Z']))
    expect(await kept({ tenantId: 'other' })).toEqual([])
  })

  test('events go after their time and figures stay; what comes later than that is not counted again', async () => {
    start({ telemetry: { retention: '7d', anonymizeIps: false } })
    await register(device(house, '203.0.113.77'))
    expect(await kept({ event: 'identity.user.created' })).toMatchObject([{ ip: '203.0.113.77' }])
    house.advance(6 * day)
    await telemetry().sweep()
    expect(await kept()).not.toEqual([])
    house.advance(2 * day)
    await telemetry().sweep()
    expect(await kept()).toEqual([])
    await telemetry().take(house.systemCtx('late'), heard)
    expect(await kept()).toEqual([])
    const { days } = await system().daily({ from: '2026-01-01', to: '2026-01-01' })
    expect(days).toMatchObject([{ registrations: 1, activeUsers: 1 }])
    house.advance(400 * day)
    await telemetry().sweep()
    expect((await system().daily({ from: '2026-01-01', to: '2026-01-01' })).days).toMatchObject([{ registrations: 0 }])
  })

  test('whoever is gone is in no event, also in one that comes late', async () => {
    start()
    const { from, id } = await register()
    await from.send('POST', '/tools/track/shop', { data: { who: 'ada' } })
    expect(await kept({ userId: id })).not.toEqual([])
    await house.auth.asSystem('support').account.delete({ id })
    expect(JSON.stringify(await kept())).not.toMatch(new RegExp(`${id}|ada|Firefox`))
    expect((await kept()).map(({ event }) => event)).toContain('identity.user.deleted')
    await telemetry().take(house.systemCtx('late'), heard)
    expect(await kept({ event: 'identity.session.created' })).toMatchObject([
      { userId: null, sessionId: null, ip: null, data: {} },
    ])
    expect((await system().daily({ from: '2026-01-01', to: '2026-01-01' })).days).toMatchObject([{ activeUsers: 1 }])
  })

  test('a store of the application gets every event, and is asked in place of ours', async () => {
    const store = eventsInMemory()
    start({ stores: { telemetry: store } })
    const { id } = await register()
    expect((await kept({ userId: id })).map((one) => one.id)).toEqual((await store.query?.({ userId: id }))?.map((one) => one.id))
    const [first] = (await system().list({ limit: 1 })).events
    const { events, nextCursor } = await system().list({ limit: 1, cursor: '1' })
    expect([events[0]?.id === first?.id, nextCursor]).toEqual([false, null])
    expect((await system().daily({})).days.at(-1)).toMatchObject({ registrations: 1, activeUsers: 1 })
    const rows = await house.database
      .everything<{ telemetry_event: object }>()
      .selectFrom('telemetry_event')
      .selectAll()
      .execute()
    expect(JSON.stringify(rows)).not.toContain(id)
    await house.auth.asSystem('support').account.delete({ id })
    await house.background.settled()
    expect([...store.kept.values()].filter(({ userId }) => userId === id)).toEqual([])
  })
})

for (const { name, run } of telemetryStoreCases(() => eventsInMemory())) test(`events in memory: ${name}`, run)

const [once, filters, forgetting] = telemetryStoreCases(eventsInMemory).map(({ name }) => name)

test.each<[string, (sound: ReturnType<typeof eventsInMemory>) => Partial<ITelemetryStore>, unknown[]]>([
  ['keeps an event twice', ({ kept }) => ({ save: async (event) => void kept.set(`${event.id} ${kept.size}`, event) }), [once]],
  ['forgets nobody', () => ({ forget: async () => {} }), [forgetting]],
  ['knows no filter', ({ query }) => ({ query: async () => (await query?.({})) ?? [] }), [once, filters]],
])('the suite finds a store that %s', async (_, change, broken) => {
  const open = () => {
    const sound = eventsInMemory()
    return { ...sound, ...change(sound) }
  }
  const found = await Promise.all(
    telemetryStoreCases(open).map(({ name, run }) =>
      run().then(
        () => [],
        () => [name],
      ),
    ),
  )
  expect(found.flat()).toEqual(broken)
})
