/**
 * Load over HTTP, from this process or from another one.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { startChild } from './child.ts'
import { openConnection, requestText } from './connection.ts'

/** What is sent, and how. */
export interface Load {
  readonly port: number
  readonly connections: number
  readonly ms: number
  readonly method: string
  readonly path: string
  /** `#` in a value becomes the number of the connection. */
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
  const since = performance.now()
  const gapMs = perSecond === undefined ? 0 : (connections * 1000) / perSecond
  const requests = requestsOf(load)
  const runs = open.map(async (connection, index) => {
    const textOf = requests(index)
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

/** A process that runs loads, so that what is measured does not share a thread with them. */
export interface Driver {
  drive(load: Load): Promise<Outcome>
  /** Several at once, such as of people who each send something of their own. */
  driveAll(loads: readonly Load[]): Promise<readonly Outcome[]>
  close(): Promise<void>
}

/** Starts one. */
export async function startDriver(): Promise<Driver> {
  const { ask, close } = await startChild('load', [])
  const driveAll = async (loads: readonly Load[]) => (await ask({ loads })) as readonly Outcome[]
  return { drive: async (load) => (await driveAll([load]))[0] as Outcome, driveAll, close }
}

/** How many answers came, of one status or of all. */
export const answersOf = ({ counts }: Outcome, status?: number): number =>
  Object.entries(counts)
    .filter(([key]) => status === undefined || Number(key) === status)
    .reduce((sum, [, count]) => sum + count, 0)

/** Answers per second, of one status or of all. */
export const rateOf = (outcome: Outcome, status?: number): number => (answersOf(outcome, status) * 1000) / outcome.ms

/** Goes on from load to load: what was sent in one is not sent again in the next. */
let sent = 0

/** What each connection sends. */
function requestsOf({ method, path, headers, body }: Load): (connection: number) => () => string {
  return (connection) => {
    const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('#', `${connection}`)]))
    if (body?.includes('#')) return () => requestText(method, path, own, body.replace('#', `${process.pid}-${sent++}`))
    const text = requestText(method, path, own, body)
    return () => text
  }
}
