/**
 * What `doctor` says of PostgreSQL, of Redis, and of what stands between them and a process.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { examine } from '../../src/cli/checks.ts'
import type { Finding } from '../../src/cli/finding.ts'
import { readSettings } from '../../src/cli/settings.ts'
import { freePort, secret } from '../../src/cli/test-desk.ts'
import type { AuthOptions } from '../../src/index.ts'
import { type PgPool, postgres } from '../../src/postgres.ts'
import { engines } from '../engines.ts'
import { poolOf } from '../postgres.ts'
import { answeringRedis, clientAt, type PrivateRedis, privateRedis } from '../redis.ts'
import { serverWithClock, transactionPooler } from './poolers.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Has these options looked at as if they stood in the config file. */
async function look(options: Partial<AuthOptions>, env: Record<string, string> = {}): Promise<Record<string, Finding>> {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'))
  closers.push(() => rmSync(folder, { recursive: true }))
  const given = { dataDir: join(folder, 'data'), port: await freePort() }
  const settings = await readSettings(given, { KEYWRIGHT_SECRET: secret, ...env })
  const { location } = options.storage ?? {}
  const databaseUrl = location === undefined ? settings.of.databaseUrl : { value: location, source: 'config' as const }
  const findings = await examine({ ...settings, config: options, of: { ...settings.of, databaseUrl } }, true)
  return Object.fromEntries(findings.map((found) => [found.check, found]))
}

const shared = engines.filter(({ name }) => name === 'postgres')

describe.each(shared)('doctor on $name', ({ open }) => {
  const opened = async (): Promise<string> => {
    const { location = '', cleanup } = await open()
    closers.push(cleanup)
    return location
  }
  const over = (pool: PgPool) => {
    closers.push(() => pool.end())
    return look({ storage: postgres(pool) })
  }

  test('says after how many milliseconds another connection heard', async () => {
    const found = await look({}, { KEYWRIGHT_DATABASE_URL: await opened() })
    expect(found.bus).toMatchObject({ level: 'ok', detail: expect.stringMatching(/^heard after \d+ ms$/) })
    expect(found.connections).toMatchObject({ level: 'ok' })
    expect(found.clock).toMatchObject({ level: 'ok' })
  })

  test('tells a pooler in transaction mode, behind which nothing is heard, and that Redis would mend it', async () => {
    const { connections, bus } = await over(transactionPooler(await opened()))
    expect(connections).toMatchObject({
      level: 'advice',
      ok: true,
      detail: expect.stringContaining('transaction mode'),
      remedy: expect.stringContaining('KEYWRIGHT_REDIS_URL'),
    })
    expect(bus).toMatchObject({ level: 'advice', ok: true, detail: expect.stringContaining('within two seconds') })
  })

  test('says that a pool too small to spare a connection hears nothing', async () => {
    const { connections, bus } = await over(poolOf(await opened(), { max: 2 }))
    expect(connections).toMatchObject({ level: 'ok' })
    expect(bus).toMatchObject({ level: 'advice', remedy: expect.stringContaining('three connections') })
  })

  test('says that a bus of the application hears nothing, and why it could not send', async () => {
    const storage = postgres(await opened())
    const deaf = { publish: async () => {}, subscribe: async () => async () => {} }
    expect((await look({ storage, infra: { bus: deaf } })).bus).toMatchObject({
      level: 'advice',
      detail: 'what is announced does not arrive: other nodes see a revocation within two seconds, by reading the database',
    })
    const dumb = { ...deaf, publish: () => Promise.reject(new Error('the broker said no')) }
    expect((await look({ storage, infra: { bus: dumb } })).bus).toMatchObject({
      level: 'advice',
      detail: expect.stringContaining('(the broker said no)'),
    })
  })

  test('advises on a clock that is seconds off, and finds fault with one that is half a minute off', async () => {
    const url = await opened()
    const clock = async (now: string) => (await over(serverWithClock(url, now))).clock
    expect(await clock("(current_timestamp - interval '5 s')")).toMatchObject({
      level: 'advice',
      detail: expect.stringMatching(/^this clock is [45]\.\d s ahead of the database$/),
    })
    expect(await clock("(current_timestamp + interval '40 s')")).toMatchObject({
      level: 'fault',
      detail: expect.stringContaining('s behind the database'),
      remedy: expect.stringContaining('NTP'),
    })
  })

  describe.skipIf(answeringRedis === undefined)('with Redis beside it', () => {
    const own = async (): Promise<PrivateRedis> => {
      const started = await privateRedis()
      closers.push(() => started.close())
      return started
    }
    const asked = async (redis: PrivateRedis, command: readonly string[]) => {
      const client = await clientAt(redis.url).connect()
      closers.push(() => client.destroy())
      expect(await client.sendCommand(command)).toBe('OK')
    }
    const beside = async (redisUrl: string) => look({}, { KEYWRIGHT_DATABASE_URL: await opened(), KEYWRIGHT_REDIS_URL: redisUrl })

    test('hears over it, and names its version and what it does when it is full', async () => {
      expect(await beside((await own()).url)).toMatchObject({
        redis: { level: 'ok' },
        'redis version': { level: 'ok', detail: expect.stringMatching(/^\d+\.\d+/) },
        'redis memory': { level: 'ok', detail: 'noeviction' },
        'redis scripts': { level: 'ok' },
        bus: { level: 'ok', detail: expect.stringMatching(/^heard after \d+ ms$/) },
      })
    })

    test('advises against one that throws keys out when it is full; without a maxmemory it never is', async () => {
      const redis = await own()
      await asked(redis, ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'])
      expect((await beside(redis.url))['redis memory']).toMatchObject({ level: 'ok' })
      await asked(redis, ['CONFIG', 'SET', 'maxmemory', '100mb'])
      expect((await beside(redis.url))['redis memory']).toMatchObject({
        level: 'advice',
        detail: expect.stringContaining('allkeys-lru'),
        remedy: expect.stringContaining('noeviction'),
      })
    })

    test('a user without the rights of an administrator is enough: what may not be asked is unknown', async () => {
      const redis = await own()
      const rights = ['~*', '&*', '+@all', '-@dangerous', '-@admin']
      await asked(redis, ['ACL', 'SETUSER', 'plain', 'on', '>canary-4711', ...rights])
      await asked(redis, ['ACL', 'SETUSER', 'bare', 'on', '>canary-4711', ...rights, '-@scripting'])
      const as = (user: string) => beside(redis.url.replace('redis://', `redis://${user}:canary-4711@`))
      const plain = await as('plain')
      expect(plain).toMatchObject({
        redis: { level: 'ok' },
        'redis version': { level: 'ok', detail: expect.stringContaining('unknown') },
        'redis memory': { level: 'ok', detail: expect.stringContaining('unknown') },
        'redis scripts': { level: 'ok' },
        bus: { level: 'ok' },
      })
      const bare = await as('bare')
      expect(bare['redis scripts']).toMatchObject({ level: 'advice', remedy: expect.stringContaining('EVAL') })
      expect(JSON.stringify([plain, bare])).not.toContain('canary-4711')
    })

    test('one that is dead is no fault: limits are counted here, and changes are read', async () => {
      const redis = await own()
      await redis.kill()
      const found = await beside(redis.url)
      expect(found.redis).toMatchObject({ level: 'advice', ok: true, detail: expect.stringContaining('does not answer') })
      expect(found['redis version']).toBeUndefined()
      expect(found.bus).toMatchObject({ level: 'advice', ok: true, detail: expect.stringContaining('within two seconds') })
      expect(found.database).toMatchObject({ level: 'ok' })
    })
  })
})
