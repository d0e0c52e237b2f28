/**
 * The one place where a write that can end or change an authentication is announced.
 *
 * Invariant: the announcement commits with the write. Each subject gets the next number of the change sequence as its version; the
 * coherent cache publishes from here and refuses what it verified under a lower version.
 *
 * @module
 */
import type { Tx } from '../kernel/ctx.ts'
import type { OwnTables } from './own-tables.ts'
import type { Database } from './types.ts'

/** Whose authentications may no longer hold. */
export interface Subject {
  readonly kind: 'user' | 'session'
  readonly id: string
}

/** Announces that authentications of these subjects may have ended or changed. */
export type Invalidate = (tx: Tx, subjects: readonly Subject[]) => Promise<void>

/**
 * Makes the function every such write calls before it commits.
 *
 * @example
 * ```ts
 * await invalidate(tx, [{ kind: 'session', id: session.handle }])
 * ```
 */
export function createInvalidate({ tables, engine }: Pick<Database, 'tables' | 'engine'>): Invalidate {
  return async (tx, subjects) => {
    const db = tables<OwnTables>(tx)
    for (const { kind, id } of subjects.toSorted(byKey)) {
      await db
        .insertInto('change')
        .values({ kind, id, seq: engine.nextChange, at: tx.at })
        .onConflict((conflict) =>
          conflict.columns(['kind', 'id']).doUpdateSet({ seq: (row) => row.ref('excluded.seq'), at: tx.at }),
        )
        .execute()
    }
  }
}

/** One order for all, so that two transactions with subjects in common wait for each other instead of deadlocking. */
const byKey = (a: Subject, b: Subject): number => compare(a.kind, b.kind) || compare(a.id, b.id)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
