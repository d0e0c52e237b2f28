/**
 * The one leased table. A job that is being worked on is one that is due again when its lease runs out, so a worker that dies needs nobody
 * to notice it; a job without a due time is a dead letter.
 *
 * @module
 */
import { type ExpressionBuilder, sql } from 'kysely'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { chunked, consumeOne, countedTo, countUpTo, keysetPage, type Total, totalOf } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'
import { JobState } from './contract.ts'

interface JobTableRow {
  tenant_id: string
  /** UUID version 7; the same over every attempt. */
  id: string
  pool_id: string
  kind: string
  payload: unknown
  /** Who is told or spoken of: these go with them. */
  about: string | null
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
export type NewJob = Pick<JobRow, 'id' | 'pool_id' | 'kind' | 'payload' | 'about' | 'created_at'> & { readonly due_at: Date }

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
  {
    id: '002_about',
    up: ({ schema, types, raw }) => [
      schema.alterTable('job').addColumn('about', types.text),
      raw(`update job set about = coalesce('user ' || (payload -> 'of' ->> 'userId'),
        'identifier ' || coalesce(payload -> 'of' ->> 'email', payload -> 'of' ->> 'value')) where kind = 'mail.send'`),
      schema.createIndex('job_about').on('job').column('about').where('about', 'is not', null),
    ],
    down: ({ schema }) => [schema.dropIndex('job_about'), schema.alterTable('job').dropColumn('about')],
  },
]

/** Which jobs, as they are now. */
export interface JobFilter {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly kind?: string | undefined
  readonly state?: JobState | undefined
  readonly now: Date
}

export type JobStore = ReturnType<typeof jobStore>

export const jobStore = (database: Database) => {
  const all = (tx?: Tx) => database.everything<JobTables>(tx)
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

    putBack(id: string, lease: string, of: { dueAt: Date | null; error: string }, tx?: Tx): Promise<boolean> {
      return consumeOne(
        all(tx)
          .updateTable('job')
          .set({ due_at: of.dueAt, lease: null, last_error: of.error })
          .where('id', '=', id)
          .where('lease', '=', lease),
      )
    },

    list({ limit, cursor, kind, state, now }: JobFilter) {
      let query = all().selectFrom('job').selectAll()
      if (kind !== undefined) query = query.where('kind', '=', kind)
      if (state !== undefined) query = query.where(isIn(state, now))
      return keysetPage(query, { limit, cursor, by: 'id', direction: 'asc' })
    },

    find: (id: string): Promise<JobRow | undefined> =>
      all().selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst(),

    /** How many of each kind are in each state: a backlog may be longer than anybody should wait for. */
    async count(kinds: readonly string[], now: Date) {
      const counted = (kind: string, state: JobState) =>
        all()
          .selectFrom((db) =>
            db
              .selectFrom('job')
              .select('id')
              .where('kind', '=', kind)
              .where(isIn(state, now))
              .limit(countedTo + 1)
              .as('some'),
          )
          .select(({ fn }) => [sql<string>`${kind}`.as('kind'), sql<JobState>`${state}`.as('state'), fn.countAll().as('count')])
      const [first, ...others] = kinds.flatMap((kind) => JobState.options.map((state) => counted(kind, state)))
      const rows = first ? await others.reduce((before, one) => before.unionAll(one), first).execute() : []
      return rows.map(({ kind, state, count }) => ({ kind, state, total: totalOf(Number(count)) }))
    },

    /** Dead letters of every kind, those that nobody here does among them. */
    countDead: (): Promise<Total> => countUpTo(all(), all().selectFrom('job').select('id').where('due_at', 'is', null)),

    /** Since when the job that is due longest has been due. */
    async dueSince(now: Date): Promise<Date | undefined> {
      const query = all().selectFrom('job').select('due_at').where(isIn('due', now))
      return (await query.orderBy('due_at').limit(1).executeTakeFirst())?.due_at ?? undefined
    },

    /** What is about somebody of this pool. Equal texts alone count: a part of one, or the name of a field, is nobody (LIKE over JSON finds both). */
    async removeAbout(tx: Tx, kind: string, about: readonly string[]): Promise<void> {
      for (const some of chunked(about))
        await all(tx)
          .deleteFrom('job')
          .where('about', 'in', some)
          .where('kind', '=', kind)
          .where('pool_id', '=', tx.poolId)
          .execute()
    },

    /** Jobs of a kind in which one of these texts may stand as a value: whoever asks looks at each. There is no index for it. */
    naming(tx: Tx, kind: string, texts: readonly string[]): Promise<readonly Pick<JobRow, 'id' | 'payload'>[]> {
      return all(tx)
        .selectFrom('job')
        .select(['id', 'payload'])
        .where('kind', '=', kind)
        .where(({ or }) => or(texts.map((text) => sql<boolean>`cast(payload as text) like ${containing(text)} escape '!'`)))
        .execute()
    },

    async setPayload(tx: Tx, id: string, payload: unknown): Promise<void> {
      await all(tx).updateTable('job').set({ payload }).where('id', '=', id).execute()
    },

    /** @returns how many dead letters are due again */
    async redrive(tx: Tx, of: { id?: string | undefined; kind?: string | undefined }): Promise<number> {
      let query = all(tx).updateTable('job').set({ due_at: tx.at, attempts: 0 }).where('due_at', 'is', null)
      if (of.id !== undefined) query = query.where('id', '=', of.id)
      if (of.kind !== undefined) query = query.where('kind', '=', of.kind)
      const { numUpdatedRows } = await query.executeTakeFirstOrThrow()
      return Number(numUpdatedRows)
    },

    /** Removes a dead letter: never work that somebody may be at. @returns what it was */
    drop: (tx: Tx, id: string): Promise<JobRow | undefined> =>
      all(tx).deleteFrom('job').where('id', '=', id).where('due_at', 'is', null).returningAll().executeTakeFirst(),
  }
}

/** What the state of a row is made of. */
function isIn(state: JobState, now: Date) {
  return ({ eb, and }: ExpressionBuilder<JobTables, 'job'>) => {
    if (state === 'dead') return eb('due_at', 'is', null)
    if (state === 'due') return eb('due_at', '<=', now)
    return and([eb('due_at', '>', now), eb('lease', state === 'running' ? 'is not' : 'is', null)])
  }
}

/** JSON with this text in it as a string of its own. */
const containing = (text: string): string => `%${JSON.stringify(text).replaceAll(/[!%_]/g, '!$&')}%`
