/**
 * Redis for tests: the one that answers at `REDIS_URL` or on 127.0.0.1:6379, and private ones that a test may kill.
 *
 * When `CI=true` it must answer.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { freePort } from '../src/cli/test-desk.ts'
import { randomBytes } from '../src/kernel/crypto/random.ts'

const url = process.env.REDIS_URL || 'redis://127.0.0.1:6379'

/** The URL of a Redis that answers, or `undefined`. */
export const answeringRedis = (await answers(url)) ? url : undefined
if (answeringRedis === undefined && process.env.CI === 'true') throw new Error(`Redis does not answer at ${url}`)

/** A client of a Redis. An error of the connection is what most of these tests are about, so nobody is told of it. */
export const clientAt = (at: string) =>
  createClient({ url: at, socket: { reconnectStrategy: 20, connectTimeout: 1_000 } }).on('error', () => {})

/** A name no other test has. */
export const freshPrefix = (): string => `keywright-test-${randomBytes(6).toString('hex')}`

/** Deletes what a test has left behind under its prefix. */
export async function forget(client: Awaited<ReturnType<typeof clientAt>>, prefix: string): Promise<void> {
  const keys = await client.keys(`${prefix}:*`)
  if (keys.length > 0) await client.del(keys)
}

async function answers(at: string): Promise<boolean> {
  const client = createClient({ url: at, socket: { reconnectStrategy: false, connectTimeout: 1_000 } }).on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    client.destroy()
  }
}

/** A Redis of a test's own, which keeps nothing when it dies. */
export interface PrivateRedis {
  readonly url: string
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Stops it answering without closing anything, as a machine does that hangs. */
  hang(): void
  resume(): void
  /** Starts it again, empty, at the same place. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Starts one. */
export async function privateRedis(): Promise<PrivateRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-redis-'))
  const port = await freePort()
  const at = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
    const fresh = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    child = fresh
    await new Promise<void>((resolve, reject) => {
      fresh.once('error', reject)
      fresh.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
      fresh.stdout.on('data', (text: Buffer) => text.includes('Ready to accept connections') && resolve())
    })
  }

  async function kill(): Promise<void> {
    const dying = child
    child = undefined
    if (!dying) return
    const ended = once(dying, 'exit')
    dying.kill('SIGKILL')
    await ended
  }

  const leave = () => child?.kill('SIGKILL')
  process.once('exit', leave) // a run that is stopped leaves none behind either
  await start()
  return {
    url: at,
    kill,
    hang: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    start,
    async close() {
      process.removeListener('exit', leave)
      await kill()
      await rm(folder, { recursive: true })
    },
  }
}
