/**
 * Tries out how one node hears of another: something is announced on one connection, and the other listens.
 *
 * Invariant: nothing is changed. Over a bus goes a change of a session that never was; in a file SQLite's `user_version` is set to what it is,
 * which is a commit and no difference (sqlite.org/pragma.html#pragma_user_version).
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { type SessionBus, silenceMs } from './changes.ts'
import type { Database } from './types.ts'

/** What became of it. `ms` is absent where nothing was heard while a node would have trusted its memory; `cause` says why, if that is known. */
export type Hearing =
  | { readonly way: 'alone' }
  | { readonly way: 'bus'; readonly ms?: number; readonly cause?: unknown }
  /** `everyMs` is how often a node looks into the file. */
  | { readonly way: 'file'; readonly ms?: number; readonly everyMs: number }

/** The announcement goes from the first to the second, two openings of one database. */
export async function rehearse(speaker: Database, hearer: Database, newId: () => string): Promise<Hearing> {
  const [from, to] = [speaker.changes.way, hearer.changes.way]
  if (from === undefined || to === undefined) return { way: 'alone' }
  const { fingerprint, everyMs } = to
  const over = from.bus && to.bus && (await overBus(from.bus, to.bus, newId))
  if (fingerprint === undefined || over?.ms !== undefined) return { way: 'bus', ...over }
  await hearer.ping() // opens the file: before that there is no fingerprint
  return { way: 'file', everyMs, ...(await inFile(speaker.everything(), fingerprint)) }
}

/** What is announced first also waits for connections to be made; the quickest of some says what a node in use sees. */
const rounds = 3

async function quickest(announce: () => Promise<number | undefined>): Promise<{ ms?: number }> {
  let ms = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const took = await announce()
    if (took === undefined) return {}
    ms = Math.min(ms, took)
  }
  return { ms }
}

async function overBus(from: SessionBus, to: SessionBus, newId: () => string): Promise<{ ms?: number; cause?: unknown }> {
  let hear: (line: string) => void = () => {}
  const leave = await to.subscribe((line) => hear(line))
  try {
    return await quickest(async () => {
      const id = newId()
      const late = new AbortController()
      const arrived = new Promise<number>((resolve) => {
        hear = (line) => line.includes(id) && resolve(performance.now())
      })
      const sentMs = performance.now()
      try {
        await from.publish(JSON.stringify([{ kind: 'session', id, seq: 0 }]))
        const heardMs = await Promise.race([arrived, wait(silenceMs, undefined, { signal: late.signal }).catch(() => undefined)])
        return heardMs === undefined ? undefined : heardMs - sentMs
      } finally {
        late.abort()
      }
    })
  } catch (cause) {
    return { cause }
  } finally {
    await leave()
  }
}

/** How often a file is looked at while something is waited for. */
const lookMs = 5

const inFile = (speaker: Kysely<unknown>, fingerprint: () => number | undefined): Promise<{ ms?: number }> =>
  quickest(async () => {
    const before = fingerprint()
    const sentMs = performance.now()
    await speaker.transaction().execute(async (tx) => {
      const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(tx)
      await sql`pragma user_version = ${sql.lit(rows[0]?.user_version ?? 0)}`.execute(tx)
    })
    while (performance.now() - sentMs < silenceMs) {
      if (fingerprint() !== before) return performance.now() - sentMs
      await wait(lookMs)
    }
    return undefined
  })

/**
 * Whether a connection stays the same from one statement to the next. Behind a pooler in transaction mode it does not: what another caller
 * begins takes over the server process that answered us a moment ago.
 *
 * @returns `undefined` where there is no such thing as a session of the server
 */
export async function keepsSessions({ engine, everything }: Database): Promise<boolean | undefined> {
  const { session } = engine
  if (session === undefined) return undefined
  const database = everything()
  const of = async (on: Kysely<unknown>) => (await on.selectNoFrom(session.as('session')).executeTakeFirstOrThrow()).session
  return database.connection().execute(async (ours) => {
    const before = await of(ours)
    return database.transaction().execute(async (theirs) => {
      const other = await of(theirs)
      return other !== before && (await of(ours)) === before
    })
  })
}
