import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'

type House = ReturnType<typeof houseOn>

const limits = { login: { address: { limit: 10, per: 300_000 }, shared: true } }
const guess = (nr: number) => ({ email: `nobody-${nr}@example.com`, password: 'a wrong guess' })

describe.each(engines)('the limit by address, on $name', ({ open }) => {
  let engine: OpenedEngine
  let direct: House
  let proxied: House

  beforeAll(async () => {
    engine = await open()
    direct = houseOn(engine.storage, { http: { limits } })
    await direct.auth.ready()
    proxied = houseOn(storageAt(engine.location ?? ':memory:'), { http: { limits, trustProxy: ['10.0.0.0/8'] } })
  })
  afterAll(async () => {
    await direct.auth.close()
    await proxied.auth.close()
    await engine.cleanup()
  })

  /** Sends 12 guesses, each as `from` says, a day after those before. @returns how many were judged */
  async function judged(from: (nr: number) => { ip?: string; headers?: Record<string, string> }, house = direct) {
    for (const one of [direct, proxied]) one.advance(86_400_000)
    let passed = 0
    for (let nr = 0; nr < 12; nr += 1) {
      const { ip = '192.0.2.1', headers = {} } = from(nr)
      const { status } = await device(house, ip).send('POST', '/auth/login', guess(nr), headers)
      passed += status === 401 ? 1 : 0
    }
    return passed
  }

  test.each(['x-forwarded-for', 'x-real-ip', 'forwarded', 'cf-connecting-ip', 'true-client-ip', 'x-client-ip'])(
    'RL-01: %s rotated by a client nobody trusts changes nothing',
    async (name) => {
      const value = (nr: number) => (name === 'forwarded' ? `for=198.51.100.${nr}` : `198.51.100.${nr}`)
      expect(await judged((nr) => ({ headers: { [name]: value(nr) } }))).toBe(10)
    },
  )

  test('RL-01: behind a proxy, what a client writes in front of the chain changes nothing', async () => {
    const chain = (nr: number) => ({ headers: { 'x-forwarded-for': `198.51.100.${nr}, 203.0.113.9, 10.0.0.2` }, ip: '10.0.0.1' })
    expect(await judged(chain, proxied)).toBe(10)
  })

  test('RL-01: behind a proxy, clients are told apart', async () => {
    expect(await judged((nr) => ({ headers: { 'x-forwarded-for': `198.51.100.${nr}` }, ip: '10.0.0.1' }), proxied)).toBe(12)
  })

  test('RL-01: requests without any address share one bucket and are still limited', async () => {
    expect(await judged(() => ({ ip: '' }))).toBe(10)
  })

  test('RL-02: an attacker who owns an IPv6 /64 has one bucket, however an address is spelled', async () => {
    expect(await judged((nr) => ({ ip: `2001:db8:1:2:${nr + 1}::${nr}` }))).toBe(10)
    const spellings = ['2001:db8::1', '2001:0DB8:0:0::0001', '[2001:db8::1]:443', '2001:db8::1%eth0']
    expect(await judged((nr) => ({ ip: spellings[nr % 4] ?? '' }))).toBe(10)
    const mapped = ['192.0.2.7', '::ffff:192.0.2.7', '::ffff:c000:207', '192.0.2.7:5555']
    expect(await judged((nr) => ({ ip: mapped[nr % 4] ?? '' }))).toBe(10)
  })
})

test('RL-07: a million distinct keys in the memory limiter hold less than 64 MiB', async () => {
  const script = new URL('../children/limiter-heap.ts', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--import', 'jiti/register', script])
  const { bytes, allowed } = JSON.parse(stdout) as { bytes: number; allowed: boolean }
  expect(allowed).toBe(true)
  expect(bytes).toBeGreaterThan(1024 * 1024) // it does hold something
  expect(bytes).toBeLessThan(64 * 1024 * 1024)
}, 120_000)

test('RL-04: 200 parallel guesses from one address at a limit of 10: exactly 10 are judged, in one process as well', async () => {
  const house = houseOn(storageAt(':memory:'), { http: { limits } })
  const answers = await Promise.all(Array.from({ length: 200 }, (_, nr) => device(house).send('POST', '/auth/login', guess(nr))))
  // The queue of hashes may put a judged one off (503): the limiter let it through all the same.
  expect(answers.filter(({ status }) => status !== 429)).toHaveLength(10)
  await house.auth.close()
})
