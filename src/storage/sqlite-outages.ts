/**
 * What SQLite's own refusals mean: the file is held by somebody else, or the disk below it does not answer.
 *
 * Invariant: an outage is `unavailable` and nothing else is, whichever driver said it; and nobody waits inside SQLite, which would freeze the
 * event loop: a file that is held is tried again after a short random wait.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { AuthError, kernelErrors } from '../kernel/contract/errors.ts'
import { randomBytes } from '../kernel/crypto/random.ts'
import type { Outages } from './outages.ts'

/** How long anything waits for the writer before it is refused. */
export const patienceMs = 5_000

/** Runs `attempt` as soon as no other process holds what it needs. @throws unavailable after {@link patienceMs} */
export async function whenFree<T>(attempt: () => T): Promise<T> {
  let patience: AbortSignal | undefined
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || patience?.aborted) throw translate(error)
      // Counts what has passed, however long each pause and attempt really took.
      patience ??= AbortSignal.timeout(patienceMs)
      await wait(1 + (randomBytes(1).readUInt8() % 16))
    }
  }
}

/** Runs `work` and notes how it ended. */
export async function noted<T>(outages: Outages, work: () => Promise<T>): Promise<T> {
  try {
    const answer = await work()
    outages.answered()
    return answer
  } catch (error) {
    outages.failed(error)
    throw error
  }
}

/** Runs `run`; an outage of the file it works on is `unavailable`. */
export function translated<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw translate(error)
  }
}

/** Primary result codes (sqlite.org/rescode.html): another holds the file, or the disk below it does not answer. */
const busy = 5
const outage = new Map([
  [busy, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [8, 'SQLITE_READONLY'],
  [10, 'SQLITE_IOERR'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
])

/** The primary result code of a driver's error: better-sqlite3 and libsql name it, node:sqlite numbers it. */
function outageCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  if (typeof errcode === 'number') return outage.has(errcode & 0xff) ? errcode & 0xff : undefined
  if (typeof code !== 'string') return undefined
  for (const [number, name] of outage) if (code === name || code.startsWith(`${name}_`)) return number
  return undefined
}

const isBusy = (error: unknown): boolean => outageCode(error) === busy

/** What a caller is told of a driver's error: `unavailable` for an outage, anything else as it is. */
export const translate = (error: unknown): unknown =>
  outageCode(error) === undefined ? error : new AuthError(kernelErrors.unavailable, { cause: error, retryAfterSeconds: 1 })
