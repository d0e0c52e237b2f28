/**
 * The change feed: what `invalidate` announced, here and on every other node.
 *
 * Invariant: `isCurrent()` is true only while everything that committed more than {@link silenceMs} ago has been heard. It rests on the
 * database alone: the table of changes is read again and again, and a mark that grows in the order of commits says where to go on.
 * A bus makes hearing faster and may lose, repeat or reorder what it likes.
 *
 * @module
 */
import { z } from 'zod'
import type { Clock, Logger, StartTimer } from '../kernel/ambient/ambient.ts'
import type { Engine } from './engines.ts'
import { type Subject, subjectKinds } from './invalidate.ts'
import type { OwnTables } from './own-tables.ts'
import type { Database } from './types.ts'

/** A subject and the number its latest change got; a subject's numbers only grow. */
export interface Change extends Subject {
  readonly seq: number
}

/** Carries lines between the nodes of one deployment. */
export interface SessionBus {
  /** Sends a line to every node. It may get lost; it must not wait for the receivers. */
  publish(line: string): Promise<void>
  /** Hands every line that arrives to `hear`, and keeps doing so by itself when the connection is lost. @returns a function that ends it */
  subscribe(hear: (line: string) => void): Promise<() => Promise<void>>
}

/** How a database that others write to is watched. */
export interface Watch {
  readonly everyMs: number
  /** A value that differs when another process may have committed; `undefined` when only reading can tell. */
  fingerprint?(): number | undefined
  bus?(startTimer: StartTimer): SessionBus
}

/** What the coherent cache listens to. */
export interface ChangeFeed {
  /** By what other nodes are heard, beside reading; `undefined` when nobody else can write. For a look from outside. */
  readonly way: (Pick<Watch, 'everyMs' | 'fingerprint'> & { readonly bus: SessionBus | undefined }) | undefined
  hear(listener: (changes: readonly Change[]) => void): void
  /** Passes on what a transaction of this process changed, once its outcome stands. */
  announce(changes: readonly Change[]): void
  isCurrent(): boolean
  start(): Promise<void>
  close(): Promise<void>
}

/** A node that has heard nothing for longer than this asks the database. */
export const silenceMs = 2_000

interface FeedParts {
  readonly engine: Engine
  /** Absent: nobody else can write to this database. */
  readonly watch: Watch | undefined
  readonly bus: SessionBus | undefined
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly startTimer: StartTimer
  readonly logger: Logger
  everything: Database['everything']
}

/** Builds the feed. It hears nothing before `start`. */
export function createChangeFeed(parts: FeedParts): ChangeFeed {
  const { watch, clock, startTimer, logger } = parts
  const bus = watch && (parts.bus ?? watch.bus?.(startTimer))
  const listeners: ((changes: readonly Change[]) => void)[] = []
  const stops: (() => unknown)[] = []
  const readSince = changesReader(parts)
  let horizon: number | undefined
  let fingerprint: number | undefined
  let heardMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined
  let quiet = false

  const tell = (changes: readonly Change[]): void => {
    for (const listener of listeners) listener(changes)
  }

  async function catchUp(): Promise<void> {
    const sinceMs = clock.monotonicMs()
    const seen = watch?.fingerprint?.()
    if (horizon === undefined || seen === undefined || seen !== fingerprint) {
      const found = await readSince(horizon)
      // The first reading only says where to begin: nothing has been remembered before it.
      if (horizon !== undefined && found.changes.length > 0) tell(found.changes)
      horizon = found.horizon
      fingerprint = seen
    }
    heardMs = sinceMs
  }

  function tick(): void {
    reading ??= catchUp()
      .then(
        () => {
          if (quiet) logger.warn({}, 'the database answers again; sessions are served from memory')
          quiet = false
        },
        (error: unknown) => {
          if (!quiet) logger.warn({ err: error }, 'changes cannot be read; every session is read from the database')
          quiet = true
        },
      )
      .finally(() => {
        reading = undefined
      })
  }

  function hearLine(line: string): void {
    const changes = Line.safeParse(line)
    if (changes.success) tell(changes.data)
    else logger.warn({}, 'the session bus delivered a line that is not ours')
  }

  return {
    way: watch && { ...watch, bus },
    hear: (listener) => void listeners.push(listener),
    announce(changes) {
      tell(changes)
      for (const line of bus ? linesOf(changes) : []) {
        bus?.publish(line).catch((error: unknown) => logger.debug({ err: error }, 'the session bus did not take a line'))
      }
    },
    isCurrent: () => watch === undefined || clock.monotonicMs() - heardMs <= silenceMs,
    async start() {
      if (!watch || stops.length > 0) return
      await catchUp()
      const leave = await bus?.subscribe(hearLine)
      stops.push(startTimer(watch.everyMs, tick), ...(leave ? [leave] : []))
    },
    async close() {
      for (const stop of stops.splice(0)) await stop()
      await reading
    },
  }
}

/** Reads what committed since a horizon, and the next horizon, in one statement and so in one snapshot. */
function changesReader({ engine, everything }: Pick<FeedParts, 'engine' | 'everything'>) {
  return async (since: number | undefined): Promise<{ changes: readonly Change[]; horizon: number }> => {
    const db = everything<OwnTables>()
    const now = db.selectNoFrom([engine.changeHorizon.as('horizon'), engine.changeBound.as('bound')]).as('now')
    const rows = await db
      .selectFrom(now)
      .leftJoin('change', (join) =>
        since === undefined
          ? join.on(({ lit }) => lit(false))
          : join.on('change.mark', '>=', since).onRef('change.mark', '<', 'now.bound'),
      )
      .select(['now.horizon', 'change.kind', 'change.id', 'change.seq'])
      .execute()
    const changes = rows.flatMap(({ kind, id, seq }) => (kind === null || id === null || seq === null ? [] : [{ kind, id, seq }]))
    return { changes, horizon: rows[0]?.horizon ?? 0 }
  }
}

const Line = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'not JSON' })
      return z.NEVER
    }
  })
  .pipe(z.array(z.object({ kind: z.enum(subjectKinds), id: z.string(), seq: z.number() })))

/** NOTIFY takes 8,000 bytes (PostgreSQL, "NOTIFY"). */
const perLine = 50

function linesOf(changes: readonly Change[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < changes.length; at += perLine) lines.push(JSON.stringify(changes.slice(at, at + perLine)))
  return lines
}
