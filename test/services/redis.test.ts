/**
 * What Redis keeps, against a real one: values, limits, and who is heard.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redisBus, redisKv, redisLimits } from '../../src/redis.ts'
import { kvStoreCases } from '../../src/testing/conformance/kv.ts'
import { limitStoreCases } from '../../src/testing/conformance/limits.ts'
import { answeringRedis, clientAt, forget, freshPrefix } from '../redis.ts'
import { takesInProcesses } from '../second-process.ts'

describe.skipIf(answeringRedis === undefined)('Redis', () => {
  const url = answeringRedis ?? ''
  const client = clientAt(url)
  const prefixes: string[] = []
  beforeAll(() => client.connect())
  afterAll(async () => {
    for (const prefix of prefixes) await forget(client, prefix)
    client.destroy()
  })
  const prefix = (): string => {
    const fresh = freshPrefix()
    prefixes.push(fresh)
    return fresh
  }

  /** Until so much time has passed on the clock of Redis, which is the one that values run out by. */
  async function pass(ms: number): Promise<void> {
    const nowMs = async () => {
      const [seconds, micros] = await client.sendCommand<[string, string]>(['TIME'])
      return Number(seconds) * 1_000 + Number(micros) / 1_000
    }
    for (const until = (await nowMs()) + ms; (await nowMs()) < until; );
  }

  for (const { name, run } of kvStoreCases(() => ({ store: redisKv(client, { prefix: prefix() }), pass }))) test(name, run)
  for (const { name, run } of limitStoreCases(() => redisLimits(client, { prefix: prefix() }))) test(name, run)

  test('of 200 takes in two processes at a limit of 10, exactly 10 pass', async () => {
    const [first, second] = await takesInProcesses(2, url, prefix())
    expect(Number(first) + Number(second)).toBe(10)
  })

  test('the key of a limit goes when it says nothing any more, and a refusal does not keep it', async () => {
    const own = prefix()
    const limits = redisLimits(client, { prefix: own })
    const ttl = () => client.pTTL(`${own}:limit:k`)
    const at = new Date()
    await limits.take('k', { limit: 1, per: 60_000 }, at)
    const first = await ttl()
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThanOrEqual(60_000)
    await limits.take('k', { limit: 1, per: 60_000 }, at)
    expect(await ttl()).toBeLessThanOrEqual(first)
  })

  test('a line reaches every listener of its deployment, and none of another on the same Redis', async () => {
    const [ours, theirs] = [prefix(), prefix()]
    const heard: string[] = []
    let arrived = (): void => {}
    const listen = (name: string, of: string) =>
      redisBus(client, { prefix: of }).subscribe((line) => {
        heard.push(`${name}: ${line}`)
        arrived()
      })
    const stops = await Promise.all([listen('one', ours), listen('two', ours), listen('other', theirs)])
    const both = new Promise<void>((resolve) => {
      arrived = () => heard.length === 2 && resolve()
    })
    await redisBus(client, { prefix: ours }).publish('of ours')
    await both
    // What is published after it on the same connection arrives after it: had the other heard the first line, it would stand before this one.
    const last = new Promise<void>((resolve) => {
      arrived = () => heard.some((line) => line === 'other: of theirs') && resolve()
    })
    await redisBus(client, { prefix: theirs }).publish('of theirs')
    await last
    expect(heard.toSorted()).toEqual(['one: of ours', 'other: of theirs', 'two: of ours'])
    for (const stop of stops) await stop()
  })

  test('a listener that has stopped hears nothing more', async () => {
    const own = prefix()
    const bus = redisBus(client, { prefix: own })
    const stop = await bus.subscribe(() => {})
    expect(await client.pubSubNumSub([`${own}:changes`])).toMatchObject({ [`${own}:changes`]: 1 })
    await stop()
    await expect.poll(() => client.pubSubNumSub([`${own}:changes`])).toMatchObject({ [`${own}:changes`]: 0 })
  })
})
