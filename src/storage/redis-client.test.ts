import { expect, test } from 'vitest'
import { asking } from './redis-client.ts'

const away = { code: 'unavailable', status: 503, retryAfterSeconds: 1 }

/** A client whose answers come when the test says so. */
function slowClient() {
  const sent: { args: readonly string[]; answer: (reply: unknown) => void; fail: (error: Error) => void }[] = []
  return {
    sent,
    isReady: true,
    sendCommand: (args: readonly string[]) =>
      new Promise<unknown>((answer, fail) => {
        sent.push({ args, answer, fail })
      }),
  }
}

test('nothing is asked without a connection: the client would keep it for later', async () => {
  const client = { ...slowClient(), isReady: false }
  await expect(asking(client)('PING')).rejects.toMatchObject(away)
  expect(client.sent).toEqual([])
})

test('what Redis refuses is unavailable, with what it said as the cause, and the next command is sent', async () => {
  const client = slowClient()
  const ask = asking(client)
  const refused = ask('SET', 'k', 'v')
  client.sent[0]?.fail(new Error('OOM command not allowed'))
  await expect(refused).rejects.toMatchObject({ ...away, cause: { message: 'OOM command not allowed' } })
  const answered = ask('GET', 'k')
  client.sent[1]?.answer('v')
  expect(await answered).toBe('v')
})

test('a Redis that hangs is given up after a second; then one command a second tries, and an answer ends that', async () => {
  const client = slowClient()
  const ask = asking(client)
  const first = await Promise.allSettled(Array.from({ length: 20 }, () => ask('GET', 'k')))
  expect(first.every(({ status }) => status === 'rejected')).toBe(true)
  expect(client.sent).toHaveLength(20)

  await Promise.allSettled(Array.from({ length: 20 }, () => ask('GET', 'k')))
  expect(client.sent).toHaveLength(20)

  let tries: Promise<unknown>[] = []
  const askTwenty = () => {
    tries = Array.from({ length: 20 }, () => ask('GET', 'k'))
    for (const one of tries) one.catch(() => 'refused, as most of them')
    return client.sent.length
  }
  await expect.poll(askTwenty, { timeout: 5_000 }).toBeGreaterThan(20)
  expect(client.sent).toHaveLength(21)
  client.sent[20]?.answer('there again')
  expect(await Promise.any(tries)).toBe('there again')
  askTwenty()
  expect(client.sent).toHaveLength(41)
  for (const { answer } of client.sent.slice(21)) answer('v')
  expect(await Promise.all(tries)).toEqual(Array(20).fill('v'))
})
