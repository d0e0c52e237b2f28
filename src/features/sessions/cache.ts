/**
 * The coherent cache: what was read from the database, for as long as nobody has changed it.
 *
 * Invariant: an entry is served only while the change feed is current, and only until a change with a higher number than the version it
 * was read under has been heard. A reading that a change overtook is answered to those who asked before the change and is never kept, so
 * an old read cannot revive a revoked session.
 * Not here: what the numbers mean (`storage/changes.ts`) and whether a session holds (`standing.ts`).
 *
 * @module
 */
import { LRUCache } from 'lru-cache'
import type { Change } from '../../storage/changes.ts'

/** Something remembered, and what it was read under. */
export interface Versioned {
  readonly userId: string
  readonly version: number
  readonly userVersion: number
  /** What it takes in memory, roughly. */
  readonly bytes: number
}

/** One reading under way, and the changes that came in meanwhile. */
interface Reading<T> {
  readonly answer: Promise<T | undefined>
  readonly overtakenBy: Change[]
}

/** Remembers by session handle. */
export interface CoherentCache<T extends Versioned> {
  /** What is remembered and certain; never asks anybody. */
  peek(handle: string): T | undefined
  /** Asks `load`, together with others who ask at the same moment, and remembers the answer. */
  read(handle: string, load: () => Promise<T | undefined>): Promise<T | undefined>
  /** Asks `load` for this caller alone: what it answers was true after the call began. */
  readStrict(handle: string, load: () => Promise<T | undefined>): Promise<T | undefined>
  /** Takes a changed copy of what is remembered, unless it is gone. */
  replace(handle: string, known: T, next: T): void
  hear(changes: readonly Change[]): void
}

/** How many sessions one process remembers, some 30 MB of them; fewer where claims of the application are large. */
const usualBounds = { entries: 20_000, bytes: 64 * 2 ** 20 }

/** Builds the cache. `isCurrent` says whether every change is heard in time. */
export function createCoherentCache<T extends Versioned>(isCurrent: () => boolean, bounds = usualBounds): CoherentCache<T> {
  const handlesOfUser = new Map<string, Set<string>>()
  const readings = new Map<string, Set<Reading<T>>>()
  const entries = new LRUCache<string, T & object>({
    max: bounds.entries,
    maxSize: bounds.bytes,
    sizeCalculation: ({ bytes }) => bytes,
    dispose: ({ userId }, handle) => {
      const handles = handlesOfUser.get(userId)
      handles?.delete(handle)
      if (handles?.size === 0) handlesOfUser.delete(userId)
    },
  })

  /** A slower reading of the same session may come in after a faster, newer one. */
  function keep(handle: string, entry: T): void {
    const known = entries.peek(handle)
    if (!known || (known.version <= entry.version && known.userVersion <= entry.userVersion)) put(handle, entry)
  }

  function put(handle: string, entry: T): void {
    entries.set(handle, entry)
    if (!entries.has(handle)) return // too large to be kept
    const handles = handlesOfUser.get(entry.userId) ?? new Set()
    handlesOfUser.set(entry.userId, handles.add(handle))
  }

  function begin(handle: string, load: () => Promise<T | undefined>): Reading<T> {
    const ofHandle = readings.get(handle) ?? new Set()
    const overtakenBy: Change[] = []
    const answer = load()
      .then((entry) => {
        if (!entry) entries.delete(handle)
        else if (!overtakenBy.some((change) => isNewer(change, handle, entry))) keep(handle, entry)
        return entry
      })
      .finally(() => {
        ofHandle.delete(reading)
        if (ofHandle.size === 0) readings.delete(handle)
      })
    const reading: Reading<T> = { answer, overtakenBy }
    readings.set(handle, ofHandle.add(reading))
    return reading
  }

  function dropIfOlder(change: Change, handle: string): void {
    const entry = entries.peek(handle)
    if (entry && isNewer(change, handle, entry)) entries.delete(handle)
  }

  return {
    peek: (handle) => (isCurrent() ? entries.get(handle) : undefined),
    read(handle, load) {
      // A reading that a change overtook began before that change: whoever asks after it must not be answered from it.
      const joinable = isCurrent() && [...(readings.get(handle) ?? [])].find(({ overtakenBy }) => overtakenBy.length === 0)
      return (joinable || begin(handle, load)).answer
    },
    readStrict: (handle, load) => begin(handle, load).answer,
    replace(handle, known, next) {
      if (entries.peek(handle) === known) put(handle, next)
    },
    hear(changes) {
      for (const change of changes) {
        if (change.kind === 'setting') continue
        for (const [handle, ofHandle] of readings) {
          if (change.kind === 'user' || change.id === handle) for (const reading of ofHandle) reading.overtakenBy.push(change)
        }
        if (change.kind === 'session') dropIfOlder(change, change.id)
        else for (const handle of [...(handlesOfUser.get(change.id) ?? [])]) dropIfOlder(change, handle)
      }
    },
  }
}

const isNewer = ({ kind, id, seq }: Change, handle: string, entry: Versioned): boolean =>
  kind === 'session' ? id === handle && seq > entry.version : id === entry.userId && seq > entry.userVersion
