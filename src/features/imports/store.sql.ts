/**
 * Files of users as rows: the file, and one row for each of its records. What a record says of somebody goes as soon as they are there, or cannot be.
 *
 * @module
 */
import type { Actor } from '../../kernel/contract/event.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { chunked, consumeOne, keysetPage } from '../../storage/ops.ts'
import type { Database } from '../../storage/types.ts'
import type { IdentifierKindName } from '../users/index.ts'
import type { Field } from './contract.ts'
import type { Person } from './mapping.ts'

export interface ImportRunRow {
  id: string
  format: 'csv' | 'ndjson'
  mapping: Readonly<Record<string, Field>> | null
  ignored: readonly string[]
  /** 1 for a dry run. */
  dry_run: number
  reason: string
  actor: Actor
  /** `staging`: being read, `discarded`: being removed; both in no list. */
  state: 'staging' | 'discarded' | 'staged' | 'running' | 'done' | 'cancelled' | 'failed'
  rows_total: number
  ready: number
  refused: number
  created: number
  failed: number
  error: string | null
  /** Counts its jobs: one that is not of this number has been overtaken. */
  step: number
  created_at: Date
  updated_at: Date
}

export interface RecordRow {
  import_id: string
  row_number: number
  outcome: 'ready' | 'refused' | 'created' | 'failed'
  code: string | null
  field: string | null
  email: string | null
  username: string | null
  phone: string | null
  /** What stood in the place of these, of a row that was refused by itself. */
  sent: string | null
  /** The rest of the person, while they can still be created. */
  person: Omit<Person, 'identifiers'> | null
  created_user_id: string | null
}

/** A name in a file, and the first row that has it. Whether an earlier row has a name is asked of a key, whatever statistics say of a growing table. */
interface NameRow {
  import_id: string
  kind: IdentifierKindName
  value: string
  row_number: number
}

interface ImportTables {
  import_run: ImportRunRow
  import_row: RecordRow
  import_name: NameRow
}

interface InTenant {
  tenant_id: string
}

/** What is counted of an import. */
export type Counts = Pick<ImportRunRow, 'rows_total' | 'ready' | 'refused' | 'created' | 'failed'>

export type ImportStore = ReturnType<typeof importStore>

const removedAtOnce = 5_000

export const importStore = (database: Database) => {
  const db = (ctx: Ctx) => database.tables<ImportTables>(ctx)
  const everywhere = (tx?: Tx) => database.everything<{ [K in keyof ImportTables]: ImportTables[K] & InTenant }>(tx)

  const shown = (ctx: Ctx) => db(ctx).selectFrom('import_run').selectAll().where('state', 'not in', ['staging', 'discarded'])

  /** In pieces: a file may have a million rows. */
  async function removeRows(table: 'import_row' | 'import_name', tenantId: string, id: string): Promise<void> {
    for (let until = removedAtOnce; ; until += removedAtOnce) {
      const left = everywhere()
        .selectFrom(table)
        .select('row_number')
        .where('tenant_id', '=', tenantId)
        .where('import_id', '=', id)
      if (!(await left.limit(1).executeTakeFirst())) return
      await everywhere()
        .deleteFrom(table)
        .where('tenant_id', '=', tenantId)
        .where('import_id', '=', id)
        .where('row_number', '<', until)
        .execute()
    }
  }

  /** Said first, so that whoever still reads it adds nothing; then the rows: what is left of one that was broken off is swept. */
  async function discard({ tenantId }: Pick<Ctx, 'tenantId'>, id: string): Promise<void> {
    const run = everywhere().updateTable('import_run').set({ state: 'discarded' })
    await run.where('tenant_id', '=', tenantId).where('id', '=', id).execute()
    await removeRows('import_row', tenantId, id)
    await removeRows('import_name', tenantId, id)
    await everywhere().deleteFrom('import_run').where('tenant_id', '=', tenantId).where('id', '=', id).execute()
  }

  return {
    discard,
    async insert(ctx: Ctx, run: ImportRunRow): Promise<void> {
      await db(ctx).insertInto('import_run').values(run).execute()
    },
    find: (ctx: Ctx, id: string) => shown(ctx).where('id', '=', id).executeTakeFirst(),
    /** Newest first: ids are UUID version 7. */
    list: (ctx: Ctx, page: { limit: number; cursor?: string | undefined }) =>
      keysetPage(shown(ctx), { ...page, by: 'id', direction: 'desc' }),
    rows(ctx: Ctx, id: string, of: { limit: number; cursor?: string | undefined; outcome?: RecordRow['outcome'] | undefined }) {
      let query = db(ctx).selectFrom('import_row').selectAll().where('import_id', '=', id)
      if (of.outcome !== undefined) query = query.where('outcome', '=', of.outcome)
      return keysetPage(query, { limit: of.limit, cursor: of.cursor, by: 'row_number', direction: 'asc' })
    },
    async add(ctx: Ctx, rows: readonly RecordRow[]): Promise<void> {
      for (const some of chunked(rows))
        await db(ctx)
          .insertInto('import_row')
          .values([...some])
          .execute()
    },
    /** Says that the reading goes on; holds the file's row until the commit. @returns whether it is there still */
    touch: (ctx: Ctx, id: string, at: Date) =>
      consumeOne(db(ctx).updateTable('import_run').set({ updated_at: at }).where('id', '=', id).where('state', '=', 'staging')),
    /** @returns whether it is there still */
    staged: (ctx: Ctx, id: string, of: Counts & { ignored: readonly string[] }) =>
      consumeOne(
        db(ctx)
          .updateTable('import_run')
          .set({ ...of, state: 'staged', updated_at: ctx.at })
          .where('id', '=', id)
          .where('state', '=', 'staging'),
      ),
    /** Keeps names for the rows that have them first. @returns those that were new, with their row */
    async claim(ctx: Ctx, names: readonly NameRow[]): Promise<readonly Pick<NameRow, 'kind' | 'value' | 'row_number'>[]> {
      const fresh = []
      for (const some of chunked(names)) {
        const claimed = db(ctx)
          .insertInto('import_name')
          .values([...some])
          .onConflict((conflict) => conflict.columns(['tenant_id', 'import_id', 'kind', 'value'] as never).doNothing())
          .returning(['kind', 'value', 'row_number'])
        fresh.push(...(await claimed.execute()))
      }
      return fresh
    },
    turn: (
      ctx: Ctx,
      id: string,
      from: readonly ImportRunRow['state'][],
      to: ImportRunRow['state'],
      error: string | null = null,
    ) =>
      consumeOne(
        db(ctx)
          .updateTable('import_run')
          .set({ state: to, error, updated_at: ctx.at })
          .where('id', '=', id)
          .where('state', 'in', [...from]),
      ),
    /** Overtakes whichever job there may be. @returns the number of the next one */
    async overtake(ctx: Ctx, id: string): Promise<number> {
      const { step } = await db(ctx)
        .updateTable('import_run')
        // Whoever runs it answers for it, also for what somebody else has handed over.
        .set(({ eb }) => ({ step: eb('step', '+', 1), actor: ctx.actor, updated_at: ctx.at }))
        .where('id', '=', id)
        .returning('step')
        .executeTakeFirstOrThrow()
      return step
    },
    /** @returns whether this job is the one the import waits for */
    advance: (ctx: Ctx, id: string, step: number, more: { created: number; failed: number }) =>
      consumeOne(
        db(ctx)
          .updateTable('import_run')
          .set(({ eb }) => ({
            step: step + 1,
            ready: eb('ready', '-', more.created + more.failed),
            created: eb('created', '+', more.created),
            failed: eb('failed', '+', more.failed),
            updated_at: ctx.at,
          }))
          .where('id', '=', id)
          .where('step', '=', step)
          .where('state', '=', 'running'),
      ),
    ready: (ctx: Ctx, id: string, limit: number): Promise<readonly RecordRow[]> =>
      db(ctx)
        .selectFrom('import_row')
        .selectAll()
        .where('import_id', '=', id)
        .where('outcome', '=', 'ready')
        .orderBy('row_number')
        .limit(limit)
        .execute(),
    /** Of N that create one row's user the first is right, and only while the import goes on. */
    created: (tx: Tx, { import_id, row_number }: RecordRow, userId: string) =>
      consumeOne(
        db(tx)
          .updateTable('import_row')
          .set({ outcome: 'created', person: null, created_user_id: userId })
          .where('import_id', '=', import_id)
          .where('row_number', '=', row_number)
          .where('outcome', '=', 'ready')
          .where(({ exists, selectFrom }) =>
            exists(
              selectFrom('import_run')
                .select('import_run.id')
                .where('import_run.id', '=', import_id)
                .where('state', '=', 'running'),
            ),
          ),
      ),
    failed: (ctx: Ctx, { import_id, row_number }: RecordRow, code: string) =>
      consumeOne(
        db(ctx)
          .updateTable('import_row')
          .set({ outcome: 'failed', code, person: null })
          .where('import_id', '=', import_id)
          .where('row_number', '=', row_number)
          .where('outcome', '=', 'ready'),
      ),
    /** What is right whoever died in between. */
    async recount(ctx: Ctx, id: string): Promise<Pick<Counts, 'ready' | 'created' | 'failed'>> {
      const rows = await db(ctx)
        .selectFrom('import_row')
        .select(({ fn }) => ['outcome', fn.countAll<number>().as('found')])
        .where('import_id', '=', id)
        .groupBy('outcome')
        .execute()
      const of = (outcome: RecordRow['outcome']) => Number(rows.find((row) => row.outcome === outcome)?.found ?? 0)
      const counts = { ready: of('ready'), created: of('created'), failed: of('failed') }
      await db(ctx).updateTable('import_run').set(counts).where('id', '=', id).execute()
      return counts
    },
    /** What nobody reads any more, in every tenant: abandoned while being read, or old. */
    async sweep(abandonedBefore: Date, before: Date): Promise<void> {
      const old = await everywhere()
        .selectFrom('import_run')
        .select(['tenant_id', 'id'])
        .where(({ eb, or, and }) =>
          or([
            eb('updated_at', '<', before),
            and([eb('state', 'in', ['staging', 'discarded']), eb('updated_at', '<', abandonedBefore)]),
          ]),
        )
        .execute()
      for (const { tenant_id, id } of old) await discard({ tenantId: tenant_id }, id)
    },
    /** Takes somebody out of every file: as who was created, and by each of their names. */
    async forget(tx: Tx, userId: string, names: readonly string[]): Promise<void> {
      const all = everywhere(tx)
      const nobody = { email: null, username: null, phone: null, sent: null, person: null }
      await all.updateTable('import_row').set(nobody).where('created_user_id', '=', userId).execute()
      for (const some of chunked(names)) {
        const values = [...some]
        await all.updateTable('import_row').set({ sent: null }).where('sent', 'in', values).execute()
        const found = all.selectFrom('import_name').select(['tenant_id', 'import_id']).distinct().where('value', 'in', values)
        for (const { tenant_id, import_id } of await found.execute()) {
          const named = () =>
            all
              .updateTable('import_row')
              .where('tenant_id', '=', tenant_id)
              .where('import_id', '=', import_id)
              .where(({ eb, or }) => or([eb('email', 'in', values), eb('username', 'in', values), eb('phone', 'in', values)]))
          await named().set({ outcome: 'refused', code: 'forgotten' }).where('outcome', '=', 'ready').execute()
          await named().set(nobody).execute()
        }
        await all.deleteFrom('import_name').where('value', 'in', values).execute()
      }
    },
  }
}
