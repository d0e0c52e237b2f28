/**
 * The server with `KEYWRIGHT_REDIS_URL`: what it does with Redis, and that it never needs it.
 *
 * @module
 */
import { afterEach, describe, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { redisBus } from '../../src/redis.ts'
import { answeringRedis, clientAt, type PrivateRedis, privateRedis } from '../redis.ts'

const desk = createDesk()
const closers: (() => unknown)[] = []
afterEach(async () => {
  await desk.clear()
  for (const close of closers.splice(0).reverse()) await close()
})

const password = 'violet harbour lamp 42'
const person = (nr: number) => ({ identifier: `ada-${nr}@example.com`, password })

async function own(): Promise<PrivateRedis> {
  const started = await privateRedis()
  closers.push(() => started.close())
  return started
}

async function connected(url: string) {
  const client = await clientAt(url).connect()
  closers.push(() => client.destroy())
  return client
}

async function findingOn(dir: string, env: Record<string, string>) {
  const { code, stdout } = await desk.run(['doctor', '--dev', '--json', '--data-dir', dir], env)
  const { findings } = JSON.parse(stdout) as { findings: { check: string; level: string; detail: string }[] }
  return { code, ...findings.find(({ check }) => check === 'redis') }
}

describe.skipIf(answeringRedis === undefined)('a server with KEYWRIGHT_REDIS_URL', () => {
  test('counts in Redis and listens there; without Redis it is ready all the same; with its return it is used again', async () => {
    const redis = await own()
    const client = await connected(redis.url)
    const dir = desk.folder()
    const server = await desk.serve(dir, { KEYWRIGHT_REDIS_URL: redis.url })
    expect((await server.post('/auth/register', person(1))).status).toBe(201)
    expect((await client.keys('keywright:limit:*')).length).toBeGreaterThan(0)
    // A boot waits no longer than a second for that.
    await expect.poll(() => client.pubSubNumSub(['keywright:changes'])).toMatchObject({ 'keywright:changes': 1 })

    await redis.kill()
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect((await server.post('/auth/login', person(1))).status).toBe(200)

    await redis.start()
    const again = await connected(redis.url)
    await expect
      .poll(() => again.pubSubNumSub(['keywright:changes']), { timeout: 10_000 })
      .toMatchObject({ 'keywright:changes': 1 })
    // A moment after it was away Redis may not be asked yet: what it does not count is counted in the process.
    const keysAfterLogin = async () => {
      expect((await server.post('/auth/login', person(1))).status).toBe(200)
      return (await again.keys('keywright:limit:*')).length
    }
    await expect.poll(keysAfterLogin, { interval: 1_000 }).toBeGreaterThan(0)
    expect(await server.stop('SIGTERM')).toBe(0)
  })

  test('starts while Redis is away, and stops', async () => {
    const redis = await own()
    await redis.kill()
    const server = await desk.serve(desk.folder(), { KEYWRIGHT_REDIS_URL: redis.url })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect((await server.post('/auth/register', person(1))).status).toBe(201)
    expect(await server.stop('SIGTERM')).toBe(0)
  })

  test("an operator's command announces what it ended before it ends itself", async () => {
    const redis = await own()
    const env = { KEYWRIGHT_REDIS_URL: redis.url }
    const dir = desk.folder()
    const server = await desk.serve(dir, env)
    const { body } = await server.post('/auth/register', person(1))
    const lines: string[] = []
    closers.push(await redisBus(await connected(redis.url)).subscribe((line) => lines.push(line)))
    const { code } = await desk.run(['users', 'disable', body.user.id, '--reason', 'a test', '--data-dir', dir], env)
    expect(code).toBe(0)
    await expect.poll(() => lines.join()).toContain(body.user.id)
  })

  test('doctor says where Redis is, and that the server works without it; no credential is shown', async () => {
    const redis = await own()
    const dir = desk.folder()
    const { host } = new URL(redis.url)
    expect(await findingOn(dir, { KEYWRIGHT_REDIS_URL: redis.url })).toMatchObject({ level: 'ok', detail: `redis: ${host}` })
    const wrong = await findingOn(dir, { KEYWRIGHT_REDIS_URL: `redis://someone:hunter2@${host}` })
    expect(wrong).toMatchObject({ code: 0, level: 'advice' })
    await redis.kill()
    const away = await findingOn(dir, { KEYWRIGHT_REDIS_URL: redis.url })
    expect(away).toMatchObject({ code: 0, level: 'advice', detail: expect.stringContaining('does not answer') })
    expect(JSON.stringify([wrong, away])).not.toContain('hunter2')
    const { stdout } = await desk.run(['config', 'print', '--json'], { KEYWRIGHT_REDIS_URL: 'redis://someone:hunter2@cache' })
    expect(stdout).not.toContain('hunter2')
  })
})
