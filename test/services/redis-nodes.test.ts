/**
 * Two nodes on one PostgreSQL that hear of each other through Redis, and what becomes of them when it is killed, emptied or hangs.
 *
 * @module
 */
import { afterEach, describe, expect, test } from 'vitest'
import { buildAuth } from '../../src/app/build.ts'
import type { AuthOptions } from '../../src/app/options.ts'
import { testParameters } from '../../src/features/password/hashing.ts'
import { type Logger, realAmbient, type StartTimer, silentLogger } from '../../src/kernel/ambient/ambient.ts'
import { type RedisClient, redis, redisBus, redisLimits } from '../../src/redis.ts'
import { engines } from '../engines.ts'
import { layWire } from '../faults/wire.ts'
import { device } from '../flows/browser.ts'
import { storageAt } from '../flows/house.ts'
import { answeringRedis, clientAt, freshPrefix, privateRedis } from '../redis.ts'

type Node = ReturnType<typeof node>

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const bearer = { 'x-auth-strategy': 'bearer' }
const tenGuesses = { login: { address: { limit: 10, per: 300_000 }, shared: true } }

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A node on the real clock, which revocations are measured by. `reads` false: no timer runs, so only the bus can tell it anything. */
function node(location: string, infra: AuthOptions['infra'], of: { reads: boolean; logger?: Logger }) {
  const time = realAmbient()
  const never: StartTimer = () => () => {}
  // A feed that does not read is never current; its clock stands still, so that it believes what it knows until it hears better.
  const clock = of.reads ? time.clock : { now: time.clock.now, monotonicMs: () => 0 }
  const startTimer = of.reads ? time.startTimer : never
  const options: AuthOptions = {
    baseUrl: 'https://app.example.com',
    secret: 's'.repeat(40),
    storage: storageAt(location),
    http: { limits: tenGuesses },
    infra: { runJobs: false, ...infra },
  }
  const house = buildAuth(
    options,
    { ...time, clock, startTimer, logger: of.logger ?? silentLogger },
    { hashParameters: testParameters, hashSlots: 64, migrate: true, strict: true },
  )
  closers.push(() => house.auth.close())
  return Object.assign(house, { advance() {} })
}

async function openPostgres(): Promise<string> {
  const engine = await engines.find(({ name }) => name === 'postgres')?.open()
  if (engine?.location === undefined) throw new Error('PostgreSQL does not answer')
  closers.push(engine.cleanup)
  return engine.location
}

async function connected(url: string) {
  const client = await clientAt(url).connect()
  closers.push(() => client.destroy())
  return client
}

/** Somebody with a session that `second` has already answered for, from memory. @returns a look at it on that node, and its end on the first */
async function sessionOn(first: Node, second: Node) {
  const { body } = await device(first).send(
    'POST',
    '/auth/register',
    { ...ada, email: `ada-${freshPrefix()}@example.com` },
    bearer,
  )
  const headers = { authorization: `Bearer ${body.accessToken}` }
  const statusOnSecond = async () => (await second.auth.authenticate({ headers })).status
  expect(await statusOnSecond()).toBe('active')
  return {
    statusOnSecond,
    async revoke() {
      const { status } = await device(first).send('POST', '/auth/logout', { refreshToken: body.refreshToken }, bearer)
      expect(status).toBe(204)
    },
  }
}

const refused = (look: () => Promise<string>) => expect.poll(look, { interval: 10 }).not.toBe('active')

let strangers = 0

/** How many of `count` guesses at one node are judged, each on an account of its own: the delays of one account are not what counts here. */
async function judged(house: Node, count: number, ip: string): Promise<number> {
  let passed = 0
  for (let nr = 0; nr < count; nr += 1) {
    strangers += 1
    const guess = { email: `nobody-${strangers}@example.com`, password: 'a wrong guess' }
    passed += (await device(house, ip).send('POST', '/auth/login', guess)).status === 429 ? 0 : 1
  }
  return passed
}

const hasBoth = answeringRedis !== undefined && engines.some(({ name }) => name === 'postgres')

describe.skipIf(!hasBoth)('two nodes on one PostgreSQL with the bus of Redis', () => {
  test('a session revoked on one is refused on the other, although that one reads nothing', async () => {
    const location = await openPostgres()
    const prefix = freshPrefix()
    const bus = async () => redisBus(await connected(answeringRedis ?? ''), { prefix })
    const first = node(location, { bus: await bus() }, { reads: false })
    const second = node(location, { bus: await bus() }, { reads: false })
    await first.auth.ready()
    await second.auth.ready()
    const { statusOnSecond, revoke } = await sessionOn(first, second)
    await revoke()
    await refused(statusOnSecond)
  })

  test('a node under another prefix is told nothing: it is the bus that tells', async () => {
    const location = await openPostgres()
    const prefix = freshPrefix()
    const busOf = async (of: string) => redisBus(await connected(answeringRedis ?? ''), { prefix: of })
    const first = node(location, { bus: await busOf(prefix) }, { reads: false })
    const second = node(location, { bus: await busOf(freshPrefix()) }, { reads: false })
    await first.auth.ready()
    await second.auth.ready()
    const { statusOnSecond, revoke } = await sessionOn(first, second)
    let told = (): void => {}
    const delivered = new Promise<void>((resolve) => (told = resolve))
    closers.push(await (await busOf(prefix)).subscribe(() => told()))
    await revoke()
    await delivered
    expect(await statusOnSecond()).toBe('active')
  })

  test('both count logins together in Redis', async () => {
    const location = await openPostgres()
    const prefix = freshPrefix()
    const limits = async () => redisLimits(await connected(answeringRedis ?? ''), { prefix })
    const first = node(location, { limits: await limits() }, { reads: true })
    const second = node(location, { limits: await limits() }, { reads: true })
    await first.auth.ready()
    const [one, two] = await Promise.all([judged(first, 12, '192.0.2.1'), judged(second, 12, '192.0.2.1')])
    expect(one + two).toBe(10)
    expect(await first.database.everything<{ rate_limit: object }>().selectFrom('rate_limit').selectAll().execute()).toEqual([])
  })
})

/** What an operator reads. */
function logbook() {
  const lines: string[] = []
  const note = (_: object, message: string) => void lines.push(message)
  return { lines, logger: { ...silentLogger, warn: note, error: note } }
}

const failures = [
  ['killed, and empty when it is back', (own) => own.kill(), (own) => own.start()],
  ['hanging', async (own) => own.hang(), async (own) => own.resume()],
] as const satisfies [string, ...((own: Awaited<ReturnType<typeof privateRedis>>) => Promise<void>)[]][]

describe.skipIf(!hasBoth).each(failures)('F-10: Redis is %s', (_, fail, heal) => {
  test('revocations reach the other node within 2 s by reading, limits are counted in the process, and it heals without a restart', async () => {
    const location = await openPostgres()
    const own = await privateRedis()
    closers.push(() => own.close())
    const books = [logbook(), logbook()] as const
    const infraOf = async (client: RedisClient) => ({ bus: redisBus(client), limits: redisLimits(client) })
    const first = node(location, await infraOf(await connected(own.url)), { reads: true, logger: books[0].logger })
    const listening = await connected(own.url)
    const second = node(location, await infraOf(listening), { reads: true, logger: books[1].logger })
    await first.auth.ready()
    await second.auth.ready()
    expect(await judged(first, 6, '192.0.2.7')).toBe(6)
    const before = await sessionOn(first, second)
    const during = await sessionOn(first, second)

    await fail(own)
    await before.revoke()
    await refused(before.statusOnSecond)
    expect(await judged(first, 12, '192.0.2.8')).toBe(10)
    expect(await judged(second, 12, '192.0.2.8')).toBe(10)
    for (const { lines } of books) expect(lines).toEqual(['the store of rate limits does not answer; counting in this process'])

    await heal(own)
    for (const [index, house] of [first, second].entries()) {
      const lastLine = async () => {
        await judged(house, 1, '192.0.2.9')
        return books[index]?.lines.at(-1)
      }
      await expect.poll(lastLine, { timeout: 10_000, interval: 100 }).toBe('rate limits are shared again')
    }
    await expect.poll(() => listening.isReady, { timeout: 10_000 }).toBe(true)
    await during.revoke()
    await refused(during.statusOnSecond)
    const [one, two] = await Promise.all([judged(first, 12, '192.0.2.10'), judged(second, 12, '192.0.2.10')])
    expect(one + two).toBe(10)
    // Who listens does so on a connection of its own, which is made anew by itself.
    await expect.poll(() => listening.pubSubNumSub(['keywright:changes'])).toMatchObject({ 'keywright:changes': 2 })
  }, 90_000)
})

describe.skipIf(!hasBoth)('a connection by URL', () => {
  test('a line that swallows everything is made anew, although commands go out on it all the time', async () => {
    const own = await privateRedis()
    closers.push(() => own.close())
    const wire = await layWire(own.url)
    closers.push(() => wire.close())
    const connection = redis(wire.url)
    closers.push(() => connection.close())
    const isAnswered = () =>
      connection.ping().then(
        () => true,
        () => false,
      )
    expect(await isAnswered()).toBe(true)
    wire.halfOpen()
    expect(await isAnswered()).toBe(false)
    await expect.poll(isAnswered, { timeout: 14_000, interval: 100 }).toBe(true)
  })

  test('a house starts while Redis is away, counts for itself, and uses Redis when it comes', async () => {
    const location = await openPostgres()
    const own = await privateRedis()
    closers.push(() => own.close())
    await own.kill()
    const { lines, logger } = logbook()
    const connection = redis(own.url)
    closers.push(() => connection.close())
    const house = node(location, { bus: connection.bus, limits: connection.limits }, { reads: true, logger })
    const since = performance.now()
    await house.auth.ready()
    expect(await judged(house, 12, '192.0.2.1')).toBe(10)
    expect(performance.now() - since).toBeLessThan(15_000)
    await expect(connection.ping()).rejects.toMatchObject({ code: 'unavailable' })
    expect(lines).toEqual(['the store of rate limits does not answer; counting in this process'])

    await own.start()
    await expect
      .poll(
        () =>
          connection.ping().then(
            () => 'there',
            () => 'away',
          ),
        { timeout: 10_000 },
      )
      .toBe('there')
    const other = await connected(own.url)
    await expect
      .poll(() => other.pubSubNumSub(['keywright:changes']), { timeout: 10_000 })
      .toMatchObject({ 'keywright:changes': 1 })
    expect(await judged(house, 1, '192.0.2.2')).toBe(1)
    expect(await other.keys('keywright:limit:*')).toHaveLength(1)
  })

  test('what was published leaves before the connection goes, also when it was made for that', async () => {
    const heard: string[] = []
    const prefix = freshPrefix()
    const listener = redisBus(await connected(answeringRedis ?? ''), { prefix })
    closers.push(await listener.subscribe((line) => heard.push(line)))
    const connection = redis(answeringRedis ?? '', { prefix })
    const sent = connection.bus.publish('the last word')
    await connection.close()
    await sent
    await expect.poll(() => heard).toEqual(['the last word'])
  })

  test('one that was never used is let go of without having been made', async () => {
    await redis('redis://127.0.0.1:1').close()
  })

  test('it names where it is without credentials', () => {
    expect(redis('redis://user:secret@cache.internal:6380/2').location).toBe('redis: cache.internal:6380/2')
  })
})
