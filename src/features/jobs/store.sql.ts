/**
 * The one leased table. A job that is being worked on is one that is due again when its lease runs out, so a worker that dies needs nobody
 * to notice it; a job without a due time is a dead letter.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import { chunked, consumeOne, keysetPage } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface JobTableRow {
  tenant_id: string
  /** UUID version 7; the same over every attempt. */
  id: string
  pool_id: string
  kind: string
  payload: unknown
  /** When it is tried next; `null` once it was given up. */
  due_at: Date | null
  /** Whose attempt is under way; only its holder may end it. */
  lease: string | null
  attempts: number
  last_error: string | null
  created_at: Date
}

interface JobTables {
  job: JobTableRow
}

export type JobRow = JobTableRow

/** A job to be written. */
export type NewJob = Pick<JobRow, 'id' | 'pool_id' | 'kind' | 'payload' | 'created_at'> & { readonly due_at: Date }

export const jobTables = { job: { scope: 'tenant', json: ['payload'] } } as const satisfies TableDefs

export const jobMigrations: readonly Migration[] = [
  {
    id: '001_job',
    up: ({ schema, types, raw }) => [
      schema
        .createTable('job')
        .addColumn('id', types.text, (column) => column.primaryKey())
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('kind', types.text, (column) => column.notNull())
        .addColumn('payload', types.json, (column) => column.notNull())
        .addColumn('due_at', types.instant)
        .addColumn('lease', types.text)
        .addColumn('attempts', types.integer, (column) => column.notNull())
        .addColumn('last_error', types.text)
        .addColumn('created_at', types.instant, (column) => column.notNull()),
      schema.createIndex('job_due').on('job').columns(['kind', 'due_at']),
      raw('create index job_dead on job (id) where due_at is null'),
    ],
    down: ({ schema }) => [schema.dropTable('job')],
  },
]

export type JobStore = ReturnType<typeof jobStore>

export const jobStore = (database: Database) => {
  const all = () => database.everything<JobTables>()
  return {
    async insert(tx: Ctx, jobs: readonly NewJob[]): Promise<void> {
      const db = database.tables<{ job: Omit<JobTableRow, 'tenant_id'> }>(tx)
      for (const some of chunked(jobs)) {
        const rows = some.map((job) => ({ ...job, lease: null, attempts: 0, last_error: null }))
        await db.insertInto('job').values(rows).execute()
      }
    },

    /**
     * Takes the jobs that have been due longest, each for one worker: of many that claim at once, each row goes to one. A lease has run out
     * when the server's clock says so too: a node whose own is ahead would take over what others are at.
     */
    claim(
      kind: string,
      of: { limit: number; now: Date; lease: string; until: Date; isAttempt: boolean },
    ): Promise<readonly JobRow[]> {
      const { serverClock, skipLocked } = database.engine
      return all()
        .with(
          (cte) => cte('due').materialized(), // as a plain subquery PostgreSQL may run it more than once, and lock more than the limit
          (db) =>
            db
              .selectFrom('job')
              .select('job.id')
              .where('kind', '=', kind)
              .where('due_at', '<=', of.now)
              .$if(serverClock !== undefined, (due) =>
                due.where(({ eb, or }) => or([eb('lease', 'is', null), eb('due_at', '<=', serverClock ?? of.now)])),
              )
              .orderBy('due_at')
              .limit(of.limit)
              .modifyEnd(skipLocked),
        )
        .updateTable('job')
        .set(({ eb }) => ({ due_at: of.until, lease: of.lease, attempts: eb('attempts', '+', of.isAttempt ? 1 : 0) }))
        .where('id', 'in', (db) => db.selectFrom('due').select('due.id'))
        .returningAll()
        .execute()
    },

    /**
     * Begins an attempt at a job that was handed over under a lease, with a lease of its own. The guard on the old one is the guarantee: of
     * N that come with it, one gets the row.
     */
    begin(kind: string, of: { id: string; from: string; lease: string; until: Date }): Promise<JobRow | undefined> {
      return all()
        .updateTable('job')
        .set(({ eb }) => ({ due_at: of.until, lease: of.lease, attempts: eb('attempts', '+', 1) }))
        .where('id', '=', of.id)
        .where('kind', '=', kind)
        .where('lease', '=', of.from)
        .returningAll()
        .executeTakeFirst()
    },

    /** @returns whether the lease was still ours: another worker may have taken the job over */
    remove(id: string, lease: string): Promise<boolean> {
      return consumeOne(all().deleteFrom('job').where('id', '=', id).where('lease', '=', lease))
    },

    putBack(id: string, lease: string, of: { dueAt: Date | null; error: string }): Promise<boolean> {
      return consumeOne(
        all()
          .updateTable('job')
          .set({ due_at: of.dueAt, lease: null, last_error: of.error })
          .where('id', '=', id)
          .where('lease', '=', lease),
      )
    },

    list(of: { limit: number; cursor?: string | undefined; kind?: string | undefined; dead: boolean }) {
      let query = all().selectFrom('job').selectAll()
      if (of.kind !== undefined) query = query.where('kind', '=', of.kind)
      if (of.dead) query = query.where('due_at', 'is', null)
      return keysetPage(query, { limit: of.limit, cursor: of.cursor, by: 'id', direction: 'asc' })
    },

    /** @returns how many dead letters are due again */
    async redrive(of: { id?: string | undefined; kind?: string | undefined; at: Date }): Promise<number> {
      let query = all().updateTable('job').set({ due_at: of.at, attempts: 0 }).where('due_at', 'is', null)
      if (of.id !== undefined) query = query.where('id', '=', of.id)
      if (of.kind !== undefined) query = query.where('kind', '=', of.kind)
      const { numUpdatedRows } = await query.executeTakeFirstOrThrow()
      return Number(numUpdatedRows)
    },
  }
}
