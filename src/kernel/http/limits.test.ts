import { describe, expect, test } from 'vitest'
import { realAmbient } from '../ambient/ambient.ts'
import type { Limit } from '../contract/limits.ts'
import { createAddressReader, prefixOf } from './address.ts'
import { gcra, type LimitStore, memoryLimitStore } from './limits.ts'
import { noon, req, testCore } from './test-core.ts'

const login = (more: Record<string, string> = {}) => req('POST', '/auth/login', more, { name: 'alice' })
const statuses = async (answers: readonly Promise<Response>[]) => (await Promise.all(answers)).map(({ status }) => status)
const tenAMinute: Limit = { limit: 10, per: 60_000 }

describe('the arithmetic', () => {
  test('a fresh key has the whole limit at once, then one request an interval', () => {
    let arrival: number | undefined
    const verdicts = Array.from({ length: 12 }, () => {
      const step = gcra(arrival, tenAMinute, 0)
      arrival = step.arrival
      return step.verdict
    })
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([...Array(10).fill(true), false, false])
    expect(verdicts.map(({ remaining }) => remaining)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0])
    expect(verdicts.at(-1)).toMatchObject({ retryAfterMs: 6000, resetMs: 60_000 })
    expect(gcra(arrival, tenAMinute, 5999).verdict.allowed).toBe(false)
    expect(gcra(arrival, tenAMinute, 6000).verdict.allowed).toBe(true)
  })

  test('200 requests at the same moment: exactly the limit passes', async () => {
    const store = memoryLimitStore()
    const verdicts = await Promise.all(Array.from({ length: 200 }, () => store.take('k', tenAMinute, noon)))
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(10)
  })

  test('memory is bounded however many keys come', async () => {
    const store = memoryLimitStore(2)
    for (const key of ['a', 'b', 'c']) await store.take(key, { limit: 1, per: 1000 }, noon)
    expect((await store.take('a', { limit: 1, per: 1000 }, noon)).allowed).toBe(true)
    expect((await store.take('c', { limit: 1, per: 1000 }, noon)).allowed).toBe(false)
  })
})

describe('limits of an endpoint', () => {
  const rows = { login: { address: { limit: 2, per: 60_000 }, shared: true } }

  test('over the limit is 429 with Retry-After and RateLimit headers, and time heals it', async () => {
    const { core, clock } = testCore({ limits: rows })
    const first = await core.handle(login(), { ip: '192.0.2.1' })
    expect([first.status, first.headers.get('ratelimit-limit'), first.headers.get('ratelimit-remaining')]).toEqual([
      200,
      '2',
      '1',
    ])
    await core.handle(login(), { ip: '192.0.2.1' })
    const refused = await core.handle(login(), { ip: '192.0.2.1' })
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('ratelimit-remaining')]).toEqual([
      429,
      '30',
      '0',
    ])
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' })
    clock.at = new Date(noon.getTime() + 30_000)
    expect((await core.handle(login(), { ip: '192.0.2.1' })).status).toBe(200)
  })

  test('the limit is counted before anybody looks at credentials', async () => {
    const { core } = testCore({ limits: { default: { address: { limit: 1, per: 60_000 }, shared: false } } })
    expect(await statuses([core.handle(req('GET', '/auth/me')), core.handle(req('GET', '/auth/me'))])).toEqual([401, 429])
  })

  test('a user is counted over all addresses', async () => {
    const { core } = testCore({ limits: { default: { subject: { limit: 2, per: 60_000 }, shared: false } } })
    const me = (ip: string) => core.handle(req('GET', '/auth/me', { authorization: 'Bearer alice' }), { ip })
    expect(await statuses([me('192.0.2.1'), me('192.0.2.2'), me('192.0.2.3')])).toEqual([200, 200, 429])
  })

  test('an address over its limit does not eat the limit of all', async () => {
    const { core } = testCore({
      limits: { login: { address: { limit: 1, per: 60_000 }, overall: { limit: 2, per: 60_000 }, shared: true } },
    })
    const from = (ip: string) => core.handle(login(), { ip })
    expect(
      await statuses([from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.2'), from('192.0.2.3')]),
    ).toEqual([200, 429, 429, 200, 429])
  })

  test('a clock that is set back or ahead keeps nobody out and lets nobody through: what this process counts, it counts by time that passes', async () => {
    const at = { wall: noon.getTime(), passed: 0 }
    const clock = { now: () => new Date(at.wall), monotonicMs: () => at.passed }
    const ambient = { ...realAmbient(), clock }
    const { core } = testCore({ ambient, limits: { default: { address: { limit: 2, per: 60_000 }, shared: false } } })
    const me = () => core.handle(req('GET', '/auth/me', { authorization: 'Bearer alice' }), { ip: '192.0.2.1' })
    expect(await statuses([me()])).toEqual([200])
    at.wall -= 3_600_000
    expect(await statuses([me(), me()])).toEqual([200, 429])
    at.wall += 7_200_000
    expect(await statuses([me()])).toEqual([429])
    at.passed += 30_000
    expect(await statuses([me(), me()])).toEqual([200, 429])
  })

  test('what the shared store counted by a clock that was ahead keeps nobody out longer than the limit lasts, and lets no more through', async () => {
    const at = { wall: noon.getTime(), passed: 0 }
    const clock = { now: () => new Date(at.wall), monotonicMs: () => at.passed }
    const { core } = testCore({ ambient: { ...realAmbient(), clock }, limits: rows, limitStore: memoryLimitStore() })
    const from = (ip: string) => core.handle(login(), { ip })
    at.wall += 3_600_000
    expect(await statuses([from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.1')])).toEqual([200, 200, 429])
    at.wall -= 3_600_000
    expect(await statuses([from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.1')])).toEqual([200, 200, 429])
    at.wall += 30_000
    at.passed += 30_000
    expect(await statuses([from('192.0.2.1'), from('192.0.2.1')])).toEqual([200, 429])
  })

  test('limits can be switched off', async () => {
    const { core } = testCore({ limits: false })
    expect(new Set(await statuses(Array.from({ length: 40 }, () => core.handle(login()))))).toEqual(new Set([200]))
  })

  test('a limit store that is down falls back to this process: never open, one warning', async () => {
    const limitStore: LimitStore = { take: () => Promise.reject(new Error('connection refused')) }
    const { core, logged } = testCore({ limits: rows, limitStore })
    expect(await statuses([core.handle(login()), core.handle(login()), core.handle(login())])).toEqual([200, 200, 429])
    expect(logged.map(([, message]) => message)).toEqual(['the store of rate limits does not answer; counting in this process'])
  })

  test('what a node counted itself goes on to count when the store is back, also empty, until its time has passed', async () => {
    const memory = memoryLimitStore()
    const store = { isAway: true }
    const limitStore: LimitStore = {
      take: (key, limit, now) => (store.isAway ? Promise.reject(new Error('connection refused')) : memory.take(key, limit, now)),
    }
    const { core, clock } = testCore({ limits: rows, limitStore })
    const from = (ip: string) => core.handle(login(), { ip })
    expect(await statuses([from('192.0.2.1'), from('192.0.2.2'), from('192.0.2.2')])).toEqual([200, 200, 200])
    store.isAway = false
    const answers = [from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.2'), from('192.0.2.3'), from('192.0.2.3')]
    expect(await statuses(answers)).toEqual([200, 429, 429, 200, 200])
    clock.at = new Date(noon.getTime() + 60_000)
    expect(await statuses([from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.1')])).toEqual([200, 200, 429])
  })

  test('a burst in the middle of which the store comes back is one burst', async () => {
    const memory = memoryLimitStore()
    const store = { asked: 0 }
    const limitStore: LimitStore = {
      take(key, limit, now) {
        store.asked += 1
        return store.asked <= 3 ? Promise.reject(new Error('a moment ago it did not answer')) : memory.take(key, limit, now)
      },
    }
    const ten = { login: { address: tenAMinute, shared: true } }
    const { core } = testCore({ limits: ten, limitStore })
    const burst = await statuses(Array.from({ length: 25 }, () => core.handle(login(), { ip: '192.0.2.1' })))
    expect(burst.filter((status) => status === 200)).toHaveLength(10)
  })

  test('a store of limits sees digests, never an address', async () => {
    const seen: string[] = []
    const memory = memoryLimitStore()
    const limitStore: LimitStore = {
      take(key, limit, now) {
        seen.push(key)
        return memory.take(key, limit, now)
      },
    }
    await testCore({ limitStore }).core.handle(login(), { ip: '192.0.2.77' })
    expect(seen).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
  })
})

describe('whose address it is', () => {
  test('forwarding headers of an untrusted peer change nothing', async () => {
    const { core } = testCore({ limits: { login: { address: { limit: 1, per: 60_000 }, shared: true } } })
    const answers = ['10.0.0.1', '10.0.0.2'].map((ip) => core.handle(login({ 'x-forwarded-for': ip }), { ip: '192.0.2.1' }))
    expect(await statuses(answers)).toEqual([200, 429])
    expect(core.ctxOf(login({ 'x-forwarded-for': '10.0.0.1' }), { ip: '192.0.2.1' }).from?.ip).toBe('192.0.2.1')
  })

  test('behind proxies the chain is read from right to left, over trusted hops only', () => {
    const read = createAddressReader(['10.0.0.0/8', '::1'])
    expect(read('10.0.0.1', '198.51.100.7, 203.0.113.9, 10.1.1.1')).toBe('203.0.113.9')
    expect(read('::1', '203.0.113.9')).toBe('203.0.113.9')
    expect(read('10.0.0.1', '10.2.2.2')).toBe('10.2.2.2')
    expect(read('10.0.0.1', 'spoofed, nonsense')).toBe('10.0.0.1')
    expect(read('10.0.0.1', undefined)).toBe('10.0.0.1')
    expect(read('203.0.113.9', '10.0.0.1')).toBe('203.0.113.9')
    expect(read('10.0.0.1', '203.0.113.9:51111')).toBe('203.0.113.9')
    expect(read('10.0.0.1', '[2001:db8::1]:443')).toBe('2001:db8::1')
  })

  test('rotating inside an IPv6 /64, and other spellings of one address, stay one bucket', () => {
    const same = ['2001:db8::1', '2001:DB8:0:0::ffff', '2001:0db8:0000:0000:aaaa:bbbb:cccc:dddd', '2001:db8::1%eth0']
    expect(new Set(same.map(prefixOf))).toEqual(new Set(['2001:db8::/64']))
    expect(prefixOf('::ffff:192.0.2.1')).toBe('192.0.2.1/32')
    expect(prefixOf('2001:db8:0:1::1')).not.toBe(prefixOf('2001:db8::1'))
  })

  test('requests without an address share one bucket and are still limited', async () => {
    expect([prefixOf(undefined), prefixOf(''), prefixOf('0x7f.1'), prefixOf('nonsense')]).toEqual(Array(4).fill('unknown'))
    const { core } = testCore({ limits: { login: { address: { limit: 1, per: 60_000 }, shared: true } } })
    expect(await statuses([core.handle(login()), core.handle(login())])).toEqual([200, 429])
  })

  test('a proxy that is no address stops the boot', () => {
    for (const entry of ['example.org', '10.0.0.0/33', '::1/129', '10.0.0.1/8/8', '', '10.0.0.0/x']) {
      expect(() => createAddressReader([entry])).toThrow('is not an address or a CIDR range')
    }
  })
})
