/**
 * What operators have set in each pool, remembered for as long as nobody has changed it.
 *
 * Invariant: what is remembered is served only while the change feed is current, and only until a change with a higher number than the
 * version it was read under has been heard. A reading that such a change overtook is answered to those who asked before it, and never
 * kept.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { Change } from '../../storage/changes.ts'

/** Everything of one kind that is set in a pool, as of one change. */
export interface Versioned {
  readonly version: number
}

/** One reading under way, and the highest change of its pool that came in meanwhile. */
interface Reading<S> {
  readonly answer: Promise<S>
  overtakenBy: number
}

/** Remembers by pool. */
export interface Memory<S> {
  read(ctx: Ctx): Promise<S>
  hear(changes: readonly Change[]): void
}

interface MemoryDeps<S> {
  /** Whose changes make it forget; their subject is the pool. */
  readonly kind: Change['kind']
  /** Whether every change is heard in time. */
  isCurrent(): boolean
  load(ctx: Ctx): Promise<S>
}

/** Remembers what was read of each pool. */
export function createMemory<S extends Versioned>({ kind: ours, isCurrent, load }: MemoryDeps<S>): Memory<S> {
  const remembered = new Map<string, S>()
  const readings = new Map<string, Set<Reading<S>>>()

  /** A slower reading may come in after a faster, newer one. */
  function keep(poolId: string, stored: S): void {
    if ((remembered.get(poolId)?.version ?? 0) <= stored.version) remembered.set(poolId, stored)
  }

  function begin(ctx: Ctx): Reading<S> {
    // What is read before the feed has begun, or while it is silent, nobody would take back; and a transaction may see what was true when
    // it began, or what it has not committed.
    const canBeKept = isCurrent() && !('emit' in ctx)
    const ofPool = readings.get(ctx.poolId) ?? new Set<Reading<S>>()
    const answer = load(ctx)
      .then((stored) => {
        if (canBeKept && reading.overtakenBy <= stored.version) keep(ctx.poolId, stored)
        return stored
      })
      .finally(() => ofPool.delete(reading))
    const reading: Reading<S> = { answer, overtakenBy: 0 }
    readings.set(ctx.poolId, ofPool.add(reading))
    return reading
  }

  return {
    async read(ctx) {
      const known = isCurrent() ? remembered.get(ctx.poolId) : undefined
      return known ?? begin(ctx).answer
    },
    hear(changes) {
      for (const { kind, id, seq } of changes) {
        if (kind !== ours) continue
        for (const reading of readings.get(id) ?? []) reading.overtakenBy = Math.max(reading.overtakenBy, seq)
        if ((remembered.get(id)?.version ?? seq) < seq) remembered.delete(id)
      }
    },
  }
}
