/**
 * The audit log as rows; written in the business transaction, and never updated but to take out what was personal of somebody who is gone.
 *
 * @module
 */
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { chunked, endOfPrefix, keysetPage } from '../../storage/ops.ts'
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
  {
    // What operators filter by, newest first.
    id: '003_lists',
    up: ({ schema, bytewise }) => [
      ...bytewise('audit_entry', 'action'),
      schema.dropIndex('audit_entry_actor'),
      schema.createIndex('audit_entry_actor').on('audit_entry').columns(['actor_id', 'tenant_id', 'id']),
      schema.createIndex('audit_entry_target').on('audit_entry').columns(['target', 'tenant_id', 'id']),
      schema.createIndex('audit_entry_action').on('audit_entry').columns(['tenant_id', 'action', 'id']),
    ],
    down: ({ schema }) => [
      schema.dropIndex('audit_entry_action'),
      schema.dropIndex('audit_entry_target'),
      schema.dropIndex('audit_entry_actor'),
      schema.createIndex('audit_entry_actor').on('audit_entry').column('actor_id'),
    ],
  },
]

/** Which entries. */
export interface AuditPage {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly order: 'asc' | 'desc'
  readonly action?: string | undefined
  /** The beginning of the names of several events, up to a dot. */
  readonly beneath?: string | undefined
  readonly userId?: string | undefined
  readonly actor?: string | undefined
  readonly target?: string | undefined
  readonly from?: Date | undefined
  /** The first instant that is no longer meant. */
  readonly to?: Date | undefined
  /** The id of one that is known: the others from a while before it on. */
  readonly after?: string | undefined
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
    find: (id: string): Promise<AuditRow | undefined> =>
      db.selectFrom('audit_entry').selectAll().where('id', '=', id).executeTakeFirst(),
    /** Ids are UUID version 7, so the order of ids is that of time, which every index serves. */
    list({ limit, cursor, order, ...page }: AuditPage) {
      let query = db.selectFrom('audit_entry').selectAll()
      const { action, beneath, userId, actor, target, from, to, after } = page
      if (action !== undefined) query = query.where('action', '=', action)
      if (beneath !== undefined)
        query = query.where('action', '>=', `${beneath}.`).where('action', '<', endOfPrefix(`${beneath}.`))
      if (userId !== undefined) query = query.where('user_id', '=', userId)
      if (actor !== undefined) query = query.where('actor_id', '=', actor)
      if (target !== undefined) query = query.where('target', '=', target)
      if (from !== undefined) query = query.where('id', '>=', firstIdAt(from)).where('occurred_at', '>=', from)
      if (to !== undefined) query = query.where('id', '<', firstIdAt(later(to))).where('occurred_at', '<', to)
      if (after !== undefined) query = query.where('id', '>=', firstIdAt(later(madeAt(after), -1))).where('id', '!=', after)
      return keysetPage(query, { limit, cursor, by: 'id', direction: order })
    },
  }
}

/** No id of a UUID version 7 made at this instant or later comes before it (RFC 9562 §5.7). */
function firstIdAt(at: Date): string {
  const ms = at.getTime().toString(16).padStart(12, '0')
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`
}

/** When an id was made. */
const madeAt = (id: string): Date => new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))

/** How much later than its request an entry is written, and shows: no request takes longer. */
const lateMs = 30_000
const later = (at: Date, times = 1): Date => new Date(Math.max(0, at.getTime() + times * lateMs))
