/**
 * What is set in each pool, remembered for as long as nobody has changed it.
 *
 * Invariant: what is remembered is served only while the change feed is current, and only until a change with a higher number than the
 * version it was read under has been heard. A reading that such a change overtook is answered to those who asked before it, and never
 * kept.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { Change } from '../../storage/changes.ts'
import type { Stored } from './store.sql.ts'

/** One reading under way, and the highest change of its pool that came in meanwhile. */
interface Reading {
  readonly answer: Promise<Stored>
  overtakenBy: number
}

/** Remembers by pool. */
export interface Memory {
  read(ctx: Ctx): Promise<Stored>
  hear(changes: readonly Change[]): void
}

/** @param isCurrent whether every change is heard in time */
export function createMemory(isCurrent: () => boolean, load: (ctx: Ctx) => Promise<Stored>): Memory {
  const remembered = new Map<string, Stored>()
  const readings = new Map<string, Set<Reading>>()

  /** A slower reading may come in after a faster, newer one. */
  function keep(poolId: string, stored: Stored): void {
    if ((remembered.get(poolId)?.version ?? 0) <= stored.version) remembered.set(poolId, stored)
  }

  function begin(ctx: Ctx): Reading {
    // What is read before the feed has begun, or while it is silent, nobody would take back; and a transaction may see what was true when
    // it began, or what it has not committed.
    const canBeKept = isCurrent() && !('emit' in ctx)
    const ofPool = readings.get(ctx.poolId) ?? new Set()
    const answer = load(ctx)
      .then((stored) => {
        if (canBeKept && reading.overtakenBy <= stored.version) keep(ctx.poolId, stored)
        return stored
      })
      .finally(() => ofPool.delete(reading))
    const reading: Reading = { answer, overtakenBy: 0 }
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
        if (kind !== 'setting') continue
        for (const reading of readings.get(id) ?? []) reading.overtakenBy = Math.max(reading.overtakenBy, seq)
        if ((remembered.get(id)?.version ?? seq) < seq) remembered.delete(id)
      }
    },
  }
}
