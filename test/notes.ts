/**
 * A small schema of its own for the tests of storage: notes belong to a tenant, people to a pool, words to everybody.
 *
 * @module
 */
import type { Generated } from 'kysely'
import { realAmbient } from '../src/kernel/ambient/ambient.ts'
import type { Ctx } from '../src/kernel/ctx.ts'
import type { Database, EmittedEvent, FeatureMigration, Storage, StorageSetup, TableDefs } from '../src/storage/types.ts'

/** The rows. */
export interface NoteTables {
  note: {
    tenant_id: Generated<string>
    id: string
    title: string
    done: Generated<number | boolean>
    tags: unknown
    person_id: string | null
    written_at: Date | null
  }
  person: { pool_id: Generated<string>; id: string; name: string }
  word: { id: string; text: string }
}

const tables: TableDefs = { note: { scope: 'tenant', json: ['tags'] }, person: { scope: 'pool' }, word: { scope: 'none' } }

/** Two steps of a feature called notes. */
export const noteMigrations: readonly FeatureMigration[] = [
  {
    feature: 'notes',
    id: '001_notes',
    up: ({ schema, types }) => [
      schema
        .createTable('person')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('id', types.text, (column) => column.primaryKey().notNull())
        .addColumn('name', types.text, (column) => column.notNull()),
      schema
        .createTable('note')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('id', types.text, (column) => column.notNull())
        .addColumn('title', types.text, (column) => column.notNull())
        .addColumn('done', types.integer, (column) => column.notNull().defaultTo(0))
        .addColumn('tags', types.json)
        .addColumn('person_id', types.text)
        .addColumn('written_at', types.instant)
        .addPrimaryKeyConstraint('note_pkey', ['tenant_id', 'id'])
        .addUniqueConstraint('note_title', ['tenant_id', 'title']),
    ],
    down: ({ schema }) => [schema.dropTable('note'), schema.dropTable('person')],
  },
  {
    feature: 'notes',
    id: '002_words',
    up: ({ schema, types }) => [
      schema
        .createTable('word')
        .addColumn('id', types.text, (column) => column.primaryKey().notNull())
        .addColumn('text', types.text, (column) => column.notNull()),
    ],
    down: ({ schema }) => [schema.dropTable('word')],
  },
]

/** The instant tests live at. */
export const noon = new Date('2030-01-01T12:00:00.123Z')

/** A caller in a pool and tenant of the same name. */
export const callerOf = (name: string, at = noon): Ctx => ({
  poolId: name,
  tenantId: name,
  actor: { kind: 'system', id: 'test' },
  at,
})

/** Opens a storage with the notes schema, not yet migrated. */
export function openNotes(storage: Storage, setup: Partial<StorageSetup> = {}) {
  const recorded: EmittedEvent[] = []
  const committed: EmittedEvent[] = []
  let ids = 0
  const database: Database = storage.open({
    tables,
    migrations: noteMigrations,
    sink: {
      record: async (_tx, events) => void recorded.push(...events),
      committed: (events) => void committed.push(...events),
    },
    ...realAmbient(),
    clock: { now: () => noon, monotonicMs: () => performance.now() },
    newId: () => `id-${++ids}`,
    ...setup,
  })
  return { database, recorded, committed, of: (ctx: Ctx) => database.tables<NoteTables>(ctx) }
}

/** One note. */
export const note = (
  id: string,
  more: Partial<{ title: string; tags: unknown; person_id: string; written_at: Date; done: boolean }> = {},
) => ({
  id,
  title: `title of ${id}`,
  tags: null,
  person_id: null,
  written_at: null,
  ...more,
})
