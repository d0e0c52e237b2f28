/**
 * The audit log as rows; written in the business transaction, and never updated but to take out what was personal of somebody who is gone.
 *
 * @module
 */
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { chunked, keysetPage } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface AuditRow {
  /** The event's id. */
  id: string
  occurred_at: Date
  actor_kind: string
  actor_id: string
  on_behalf_of: string | null
  action: string
  target: string | null
  user_id: string | null
  /** What the event says: a reason, a method, by whom. */
  data: unknown
  before: unknown
  after: unknown
  ip: string | null
  correlation_id: string | null
}

interface AuditTables {
  audit_entry: AuditRow
}

export type AuditEntryRow = AuditRow

export const auditTables = { audit_entry: { scope: 'tenant', json: ['data', 'before', 'after'] } } as const satisfies TableDefs

export const auditMigrations: readonly Migration[] = [
  {
    id: '001_audit_entry',
    up: ({ schema, types }) => [
      schema
        .createTable('audit_entry')
        .addColumn('id', types.text, (column) => column.primaryKey())
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('occurred_at', types.instant, (column) => column.notNull())
        .addColumn('actor_kind', types.text, (column) => column.notNull())
        .addColumn('actor_id', types.text, (column) => column.notNull())
        .addColumn('on_behalf_of', types.text)
        .addColumn('action', types.text, (column) => column.notNull())
        .addColumn('target', types.text)
        .addColumn('user_id', types.text)
        .addColumn('data', types.json, (column) => column.notNull())
        .addColumn('before', types.json)
        .addColumn('after', types.json)
        .addColumn('ip', types.text)
        .addColumn('correlation_id', types.text),
      schema.createIndex('audit_entry_newest').on('audit_entry').columns(['tenant_id', 'id']),
      schema.createIndex('audit_entry_user').on('audit_entry').columns(['tenant_id', 'user_id', 'id']),
    ],
    down: ({ schema }) => [schema.dropTable('audit_entry')],
  },
  {
    // By user whatever the tenant: the same rows serve the lists of one tenant and whoever forgets a user in all of them.
    id: '002_of_user',
    up: ({ schema }) => [
      schema.dropIndex('audit_entry_user'),
      schema.createIndex('audit_entry_user').on('audit_entry').columns(['user_id', 'tenant_id', 'id']),
      schema.createIndex('audit_entry_actor').on('audit_entry').column('actor_id'),
    ],
    down: ({ schema }) => [
      schema.dropIndex('audit_entry_actor'),
      schema.dropIndex('audit_entry_user'),
      schema.createIndex('audit_entry_user').on('audit_entry').columns(['tenant_id', 'user_id', 'id']),
    ],
  },
]

/** Which entries. */
export interface AuditPage {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly action?: string | undefined
  readonly userId?: string | undefined
  readonly since?: Date | undefined
}

export type AuditStore = ReturnType<typeof auditStore>

export const auditStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<AuditTables>(ctx)
  return {
    async insert(rows: readonly AuditRow[]): Promise<void> {
      for (const some of chunked(rows))
        await db
          .insertInto('audit_entry')
          .values([...some])
          .execute()
    },
    /** What is written about a user, in every tenant. */
    about: (userId: string) =>
      database
        .everything<AuditTables>()
        .selectFrom('audit_entry')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('id')
        .execute(),
    /** That something happened to a user stays; what they were called before and after goes. */
    async forgetContents(tx: Tx, userId: string): Promise<void> {
      const rows = database.everything<AuditTables>(tx).updateTable('audit_entry')
      await rows.set({ before: null, after: null }).where('user_id', '=', userId).execute()
    },
    /** Where a user was, and whoever tried to be them; where an operator was stays. */
    async forgetWhence(tx: Tx, userId: string): Promise<void> {
      const rows = database.everything<AuditTables>(tx).updateTable('audit_entry').set({ ip: null })
      await rows
        .where(({ eb, or, and }) =>
          or([eb('actor_id', '=', userId), and([eb('user_id', '=', userId), eb('actor_kind', '=', 'anonymous')])]),
        )
        .execute()
    },
    /** Newest first; from an instant on, oldest first. Ids are UUID version 7, so this is the order of ids, which both indexes serve. */
    list(page: AuditPage) {
      let query = db.selectFrom('audit_entry').selectAll()
      if (page.action !== undefined) query = query.where('action', '=', page.action)
      if (page.userId !== undefined) query = query.where('user_id', '=', page.userId)
      if (page.since !== undefined) query = query.where('id', '>=', firstIdAt(page.since)).where('occurred_at', '>=', page.since)
      const direction = page.since === undefined ? 'desc' : 'asc'
      return keysetPage(query, { limit: page.limit, cursor: page.cursor, by: 'id', direction })
    },
  }
}

/** No id of a UUID version 7 made at this instant or later comes before it (RFC 9562 §5.7). */
function firstIdAt(at: Date): string {
  const ms = at.getTime().toString(16).padStart(12, '0')
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`
}
