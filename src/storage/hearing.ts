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
  const over = from.bus && to.bus && (await overBus(from.bus, to.bus, newId()))
  if (fingerprint === undefined || over?.ms !== undefined) return { way: 'bus', ...over }
  await hearer.ping() // opens the file: before that there is no fingerprint
  return { way: 'file', everyMs, ...(await inFile(speaker.everything(), fingerprint)) }
}

async function overBus(from: SessionBus, to: SessionBus, id: string): Promise<{ ms?: number; cause?: unknown }> {
  let hear: (atMs: number) => void = () => {}
  const arrived = new Promise<number>((resolve) => {
    hear = resolve
  })
  const leave = await to.subscribe((line) => {
    if (line.includes(id)) hear(performance.now())
  })
  const late = new AbortController()
  try {
    const sentMs = performance.now()
    await from.publish(JSON.stringify([{ kind: 'session', id, seq: 0 }]))
    const heardMs = await Promise.race([arrived, wait(silenceMs, undefined, { signal: late.signal }).catch(() => undefined)])
    return heardMs === undefined ? {} : { ms: heardMs - sentMs }
  } catch (cause) {
    return { cause }
  } finally {
    late.abort()
    await leave()
  }
}

/** How often a file is looked at while something is waited for. */
const lookMs = 5

async function inFile(speaker: Kysely<unknown>, fingerprint: () => number | undefined): Promise<{ ms?: number }> {
  const before = fingerprint()
  const sentMs = performance.now()
  await speaker.transaction().execute(async (tx) => {
    const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(tx)
    await sql`pragma user_version = ${sql.lit(rows[0]?.user_version ?? 0)}`.execute(tx)
  })
  while (performance.now() - sentMs < silenceMs) {
    if (fingerprint() !== before) return { ms: performance.now() - sentMs }
    await wait(lookMs)
  }
  return {}
}

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
