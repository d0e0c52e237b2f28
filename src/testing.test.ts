import { expect, onTestFinished, test, vi } from 'vitest'
import { createTestAuth, type TestAuthOptions } from './testing.ts'

async function open(options: TestAuthOptions<object, []> = {}) {
  const house = await createTestAuth(options)
  onTestFinished(() => house.close())
  return house
}

test('createTestAuth refuses to run outside a test run: its password hashes are cheap', async () => {
  vi.stubEnv('NODE_ENV', 'production')
  vi.stubEnv('VITEST', undefined)
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(createTestAuth()).rejects.toMatchObject({ name: 'BootError', remedy: expect.stringContaining('createAuth') })
})

test('a seeded user logs in with a real client, each client with cookies of its own', async () => {
  const { seed, loginAs, client } = await open()
  const ada = await seed.user({ email: 'ada@example.com', password: 'a sentence of her own', role: 'admin', firstName: 'Ada' })
  const hers = await loginAs({ email: ada.email })
  expect(await hers.me()).toMatchObject({ id: ada.id, role: 'admin', firstName: 'Ada' })
  const other = await client().me().result()
  expect(!other.ok && other.error.code).toBe('unauthorized')
  expect((await client().login({ email: ada.email, password: 'a sentence of her own' })).status).toBe('active')
})

test('people nobody described are different people', async () => {
  const { seed } = await open()
  const [one, two] = [await seed.user(), await seed.user()]
  expect(one.email).not.toBe(two.email)
})

test('time passes only when a test says so, and a session ends when its time has come', async () => {
  const { loginAs, clock } = await open({ startAt: new Date('2030-05-01T00:00:00Z') })
  const client = await loginAs()
  expect(clock.now()).toEqual(new Date('2030-05-01T00:00:00Z'))
  expect(clock.advance('13d')).toEqual(new Date('2030-05-14T00:00:00Z'))
  expect((await client.me()).createdAt).toBe('2030-05-01T00:00:00.000Z')
  clock.advance('15d')
  const answer = await client.me().result()
  expect(!answer.ok && answer.error.status).toBe(401)
})

test('a clock that is set ahead or back shows another time, and none has passed', async () => {
  const { clock } = await open({ startAt: new Date('2030-05-01T00:00:00Z') })
  clock.advance('1h')
  expect(clock.set(new Date('2030-04-01T00:00:00Z'))).toEqual(new Date('2030-04-01T00:00:00Z'))
  expect([clock.now(), clock.monotonicMs()]).toEqual([new Date('2030-04-01T00:00:00Z'), 3_600_000])
  expect(clock.advance('1m')).toEqual(new Date('2030-04-01T00:01:00Z'))
  expect(clock.monotonicMs()).toBe(3_660_000)
})

test('events are there when the answer is, and next() answers each of them once', async () => {
  const { client, events } = await open()
  const coming = events.next('identity.user.created')
  expect(events.ofType('identity.user.created')).toEqual([])
  await client().register({ email: 'ada@example.com', password: 'correct horse battery staple' })
  await client().register({ email: 'bob@example.com', password: 'correct horse battery staple' })
  const created = events.ofType('identity.user.created')
  expect(created).toHaveLength(2)
  expect(await coming).toBe(created[0])
  expect(await events.next('identity.user.created')).toBe(created[1])
})

test('limits are off until a test asks for them', async () => {
  const strict = await open({ http: { limits: { login: { address: { limit: 1, per: 60_000 }, shared: false } } } })
  await strict.seed.user({ email: 'ada@example.com' })
  await strict.loginAs({ email: 'ada@example.com' })
  await expect(strict.loginAs({ email: 'ada@example.com' })).rejects.toMatchObject({ code: 'rate_limited' })
  await expect(strict.loginAs({ email: 'ada@example.com' }, { ip: '203.0.113.9' })).resolves.toBeDefined()
})
