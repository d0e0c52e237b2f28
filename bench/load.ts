/**
 * Load over HTTP: from this process, or from one of its own so that what is measured does not share a thread with it.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openConnection, requestText } from './connection.ts'

/** What is sent, and how. */
export interface Load {
  readonly port: number
  readonly connections: number
  readonly ms: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** `#` in it becomes a number of its own in each request. */
  readonly body?: string
  /** Sent at this pace, whatever the answers do; absent, the next request follows the answer. */
  readonly perSecond?: number
  /** Statuses that may come back; any other ends the run. */
  readonly expect: readonly number[]
}

/** What came back. */
export interface Outcome {
  readonly ms: number
  readonly counts: Readonly<Record<number, number>>
  /** Of each answer; with a pace, from the moment the request was due where an earlier answer kept it waiting. */
  readonly latencies: readonly number[]
}

/** Runs a load in this process. */
export async function drive(load: Load): Promise<Outcome> {
  const { port, connections, ms, perSecond } = load
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)))
  const counts: Record<number, number> = {}
  const latencies: number[] = []
  const textOf = requestOf(load)
  const since = performance.now()
  const gapMs = perSecond === undefined ? 0 : (connections * 1000) / perSecond
  const runs = open.map(async (connection, index) => {
    let dueMs = since + (gapMs * index) / connections
    while (dueMs - since < ms && performance.now() - since < ms) {
      const aheadMs = dueMs - performance.now()
      if (gapMs > 0 && aheadMs > 0) await wait(aheadMs)
      const startedMs = gapMs > 0 && aheadMs < 0 ? dueMs : performance.now()
      const status = await connection.send(textOf())
      if (!load.expect.includes(status)) throw new Error(`${load.method} ${load.path} answered ${status}`)
      latencies.push(performance.now() - startedMs)
      counts[status] = (counts[status] ?? 0) + 1
      dueMs += gapMs
    }
  })
  await Promise.all(runs)
  const tookMs = performance.now() - since
  for (const connection of open) connection.close()
  return { ms: tookMs, counts, latencies }
}

/** Runs a load in a process of its own. */
export async function driveElsewhere(load: Load): Promise<Outcome> {
  const child = fork(fileURLToPath(new URL('./children/load.js', import.meta.url)))
  const exited = once(child, 'exit')
  let outcome: Outcome | undefined
  child.once('message', (message) => {
    outcome = message as Outcome
  })
  child.send(load)
  const [code] = await exited
  if (code !== 0 || outcome === undefined) throw new Error('the load generator failed')
  return outcome
}

/** How many answers came, of one status or of all. */
export const answersOf = ({ counts }: Outcome, status?: number): number =>
  Object.entries(counts)
    .filter(([key]) => status === undefined || Number(key) === status)
    .reduce((sum, [, count]) => sum + count, 0)

/** Answers per second, of one status or of all. */
export const rateOf = (outcome: Outcome, status?: number): number => (answersOf(outcome, status) * 1000) / outcome.ms

function requestOf({ method, path, headers, body }: Load): () => string {
  if (!body?.includes('#')) {
    const text = requestText(method, path, headers, body)
    return () => text
  }
  let sent = 0
  return () => requestText(method, path, headers, body.replace('#', `${process.pid}-${sent++}`))
}
