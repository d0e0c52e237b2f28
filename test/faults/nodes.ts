/**
 * Nodes under test: processes that are started, told what to do, and killed.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Duration } from '../../src/kernel/contract/duration.ts'
import type { LimitClass, LimitRow } from '../../src/kernel/contract/limits.ts'

/** What a node is started with. */
export interface NodeSetup {
  readonly location: string
  readonly redisUrl?: string
  /** Newest first. */
  readonly secret: [string, ...string[]]
  readonly limits: Partial<Record<LimitClass, LimitRow>>
  /** In place of the default, where the clock leaps while requests are under way. */
  readonly deadline?: Duration
  /** Its mail server, `smtp://...`; without one mail is off. */
  readonly mailUrl?: string
  /** Whether it has failpoints, on a pool that the application brings; else the pool is ours. */
  readonly guarded?: boolean
}

/** What a running node is told. */
export interface NodeOrder {
  /** `advance`: time passes; `jump`: somebody sets the clock of the wall. */
  readonly do: 'arm' | 'passed' | 'advance' | 'jump' | 'disable' | 'rotate' | 'memory'
  readonly spec?: string
  readonly ms?: number
  readonly userId?: string
}

/** What it answers. */
export interface NodeAnswer {
  readonly ready?: number
  readonly names?: readonly string[]
  readonly rss?: number
  readonly heap?: number
  readonly kid?: string
  readonly failed?: string
}

/** A process that answers requests. */
export interface Node {
  readonly origin: string
  readonly readyMs: number
  /** @throws Error when it dies before it has answered */
  tell(order: NodeOrder): Promise<NodeAnswer>
  isAlive(): boolean
  /** Resolves with its end, however that came about. @throws Error when it still lives after `ms` */
  died(ms: number): Promise<void>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Lets it close its database and end. */
  stop(): Promise<void>
  /** What it has logged. */
  log(): string
}

/** Each row counts in the shared store, and none is reached: nobody's failpoint is an answer of 429. */
export const generous: NodeSetup['limits'] = Object.fromEntries(
  (['login', 'register', 'refresh'] as const).map((name) => [name, { address: { limit: 100_000, per: 60_000 }, shared: true }]),
)

export const firstSecret = 'the first secret of the experiments, 2026'
export const secondSecret = 'the second secret of the experiments, 2026'

const script = fileURLToPath(new URL('../children/node.js', import.meta.url))

/** Starts one. @throws Error when it ends before it is ready */
export async function startNode(setup: Partial<NodeSetup> & Pick<NodeSetup, 'location'>, failpoint?: string): Promise<Node> {
  const since = performance.now()
  const given: NodeSetup = { secret: [firstSecret], limits: generous, ...setup }
  const env = { ...process.env, ...(failpoint !== undefined && { FAILPOINT: failpoint }) }
  const child = spawn(process.execPath, ['--expose-gc', script, JSON.stringify(given)], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk
  })
  child.stdin.on('error', () => {}) // it was killed; who writes to it hears so from its silence
  const ended = once(child, 'exit').then(() => {})
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()

  async function next(): Promise<NodeAnswer> {
    const { value, done } = await lines.next()
    if (done) throw new Error(`a node ended without an answer: ${log.slice(-2_000)}`)
    return JSON.parse(value) as NodeAnswer
  }

  const { ready } = await next()
  return {
    origin: `http://127.0.0.1:${ready}`,
    readyMs: performance.now() - since,
    async tell(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`)
      return next()
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
    died: (ms) => within(ms, ended, 'a node lives on'),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.stdin.end()
      await ended
    },
    log: () => log,
  }
}

/** @throws Error when `what` has not happened in time */
export async function within<T>(ms: number, what: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} after ${ms} ms`)), ms)
  })
  return Promise.race([what, late]).finally(() => clearTimeout(timer))
}

/** Lets time pass that a system outside needs. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
