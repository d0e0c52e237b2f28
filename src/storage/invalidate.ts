/**
 * The one place where a write is announced that others remember something against: it can end or change an authentication, or a setting.
 *
 * Invariant: the announcement commits with the write. Each subject gets the next number of the change sequence as its version
 * (subjects announced in one statement may share it); the coherent cache hears of it once the transaction's outcome stands, and refuses
 * what it read under a lower version.
 *
 * @module
 */
import type { Tx } from '../kernel/ctx.ts'
import { chunked } from './ops.ts'
import type { OwnTables } from './own-tables.ts'
import type { Database } from './types.ts'

/** What is announced: whose authentications may no longer hold, or the pool whose settings or texts may have changed. */
export const subjectKinds = ['user', 'session', 'setting', 'text'] as const

/** One of them. */
export interface Subject {
  readonly kind: (typeof subjectKinds)[number]
  readonly id: string
}

/** Announces that what is remembered of these subjects may no longer hold. */
export type Invalidate = (tx: Tx, subjects: readonly Subject[]) => Promise<void>

/**
 * Makes the function every such write calls before it commits.
 *
 * @example
 * ```ts
 * await invalidate(tx, [{ kind: 'session', id: session.handle }])
 * ```
 */
export function createInvalidate({ tables, engine, noteChange }: Pick<Database, 'tables' | 'engine' | 'noteChange'>): Invalidate {
  const { nextChange: seq, changeMark: mark } = engine
  return async (tx, subjects) => {
    const db = tables<OwnTables>(tx)
    const once = new Map(subjects.map((subject) => [`${subject.kind} ${subject.id}`, subject]))
    for (const some of chunked([...once.values()].toSorted(byKey))) {
      const changes = await db
        .insertInto('change')
        .values(some.map(({ kind, id }) => ({ kind, id, seq, mark, at: tx.at })))
        // Drawn anew under the row's lock: a number drawn before waiting for another transaction could be lower than that one's.
        .onConflict((conflict) => conflict.columns(['kind', 'id']).doUpdateSet({ seq, mark, at: tx.at }))
        .returning(['kind', 'id', 'seq'])
        .execute()
      for (const change of changes) noteChange(tx, change)
    }
  }
}

/** Forgets a subject that is gone. Never the latest change: on SQLite the next number is counted from it. */
export async function forgetChanges({ tables }: Pick<Database, 'tables'>, tx: Tx, { kind, id }: Subject): Promise<void> {
  const db = tables<OwnTables>(tx)
  const latest = db.selectFrom('change').select(({ fn }) => fn.max('seq').as('seq'))
  await db.deleteFrom('change').where('kind', '=', kind).where('id', '=', id).where('seq', '<', latest).execute()
}

/** One order for all, so that two transactions with subjects in common wait for each other instead of deadlocking. */
const byKey = (a: Subject, b: Subject): number => compare(a.kind, b.kind) || compare(a.id, b.id)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
