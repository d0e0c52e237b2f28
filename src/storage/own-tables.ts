/**
 * The tables storage itself needs: the change sequence of the coherent cache, and the counters of the shared limiter.
 *
 * @module
 */
import type { Subject } from './invalidate.ts'
import type { FeatureMigration, TableDefs } from './types.ts'

/** Rows of storage's own tables. */
export interface OwnTables {
  /** The latest change of each subject; its `seq` is the subject's version. */
  change: { kind: Subject['kind']; id: string; seq: number; mark: number; at: Date }
  /** One theoretical arrival time (GCRA, in epoch milliseconds) a key. */
  rate_limit: { key: string; tat: number; expires_at: Date }
}

/** Both concern all pools and tenants: subjects have globally unique ids, limiter keys are digests. */
export const ownTables = { change: { scope: 'none' }, rate_limit: { scope: 'none' } } as const satisfies TableDefs

/** They come before the migrations of any feature. */
export const ownMigrations: readonly FeatureMigration[] = [
  {
    feature: 'storage',
    id: '001_change',
    up: ({ schema, types, raw, changeSequence }) => [
      schema
        .createTable('change')
        .addColumn('kind', types.text, (column) => column.notNull())
        .addColumn('id', types.text, (column) => column.notNull())
        .addColumn('seq', types.integer, (column) => column.notNull())
        .addColumn('mark', types.integer, (column) => column.notNull())
        .addColumn('at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('change_pkey', ['kind', 'id']),
      schema.createIndex('change_seq_idx').on('change').column('seq'),
      schema.createIndex('change_mark_idx').on('change').column('mark'),
      ...changeSequence.create.map(raw),
      schema
        .createTable('rate_limit')
        .addColumn('key', types.text, (column) => column.primaryKey().notNull())
        .addColumn('tat', types.integer, (column) => column.notNull())
        .addColumn('expires_at', types.instant, (column) => column.notNull()),
      schema.createIndex('rate_limit_expires_at_idx').on('rate_limit').column('expires_at'),
    ],
    down: ({ schema, raw, changeSequence }) => [
      schema.dropTable('rate_limit'),
      ...changeSequence.drop.map(raw),
      schema.dropTable('change'),
    ],
  },
]
