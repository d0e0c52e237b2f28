import type { z } from 'zod'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { FileBytes } from '../../kernel/contract/file.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { withoutDeadline } from '../../kernel/deadline.ts'
import type { JobKind } from '../jobs/index.ts'
import { E, type Field, issues } from './contract.ts'
import { unreadable } from './reading.ts'
import type { createStaging } from './staging.ts'
import type { ImportRunRow, ImportStore, RecordRow } from './store.sql.ts'

interface ImportsDeps {
  readonly store: ImportStore
  readonly stage: ReturnType<typeof createStaging>
  readonly step: JobKind<z.ZodType<Step>>
  enqueue(tx: Tx, kind: JobKind<z.ZodType<Step>>, payload: Step): Promise<unknown>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  newId(): string
}

/** One job of an import. */
export interface Step {
  readonly import: string
  readonly step: number
}

/** A file as an operator hands it over. */
export interface Handed {
  readonly format: 'csv' | 'ndjson'
  readonly mapping?: Readonly<Record<string, Field>> | undefined
  readonly dryRun: 'true' | 'false'
  readonly reason: string
  readonly file: FileBytes
}

/** Files of users as operators see them: read, looked at, created from, removed. What a job does is {@link createSteps}. */
export function createImports({ store, stage, step, enqueue, transaction, newId }: ImportsDeps) {
  /** Reads a file. @throws import_not_readable | payload_too_large | validation_failed */
  async function take(caller: Ctx, { format, mapping, dryRun, reason, file }: Handed) {
    const ctx = withoutDeadline(caller) // a file takes as long as whoever sends it
    const run = begun(ctx, { id: newId(), format, mapping: mapping ?? null, dry_run: dryRun === 'true' ? 1 : 0, reason })
    await store.insert(ctx, run)
    try {
      const read = await stage(ctx, { id: run.id, format, mapping, dryRun: dryRun === 'true', file })
      if (read.rows_total === 0) throw unreadable(issues.no_rows)
      await transaction(ctx, async (tx) => {
        if (!(await store.staged(tx, run.id, read))) throw unreadable(issues.arrived_too_slowly)
        const data = { ...nameOf(run), rows: read.rows_total, refused: read.refused, dryRun: dryRun === 'true' }
        tx.emit('identity.import.staged', { data, audit: { target: run.id } })
      })
    } catch (error) {
      await store.discard(ctx, run.id).catch(() => {}) // what keeps us from it is most likely what went wrong; then it is swept
      throw error
    }
    return shown(ctx, run.id)
  }

  /** @throws not_found */
  async function get(ctx: Ctx, id: string): Promise<ImportRunRow> {
    const run = await store.find(ctx, id)
    if (!run) throw new AuthError(kernelErrors.not_found)
    return run
  }

  const shown = async (ctx: Ctx, id: string) => toImport(await get(ctx, id))

  /** Begins, or goes on. @throws not_found | import_not_open */
  async function run(ctx: Ctx, id: string) {
    const found = await get(ctx, id)
    if (found.dry_run === 1)
      throw new AuthError(E.import_not_open, { detail: 'It is a dry run.', issues: [{ pointer: '', ...issues.dry_run }] })
    await transaction(ctx, async (tx) => {
      const isOpen = await store.turn(tx, id, ['staged', 'running', 'cancelled', 'failed'], 'running')
      if (!isOpen) throw new AuthError(E.import_not_open)
      tx.emit('identity.import.started', { data: nameOf(found), audit: { target: id } })
      await enqueue(tx, step, { import: id, step: await store.overtake(tx, id) })
    })
    return shown(ctx, id)
  }

  /** @throws not_found | import_not_open */
  async function cancel(ctx: Ctx, id: string) {
    const found = await get(ctx, id)
    await transaction(ctx, async (tx) => {
      if (!(await store.turn(tx, id, ['running', 'failed'], 'cancelled'))) throw new AuthError(E.import_not_open)
      tx.emit('identity.import.cancelled', { data: nameOf(found), audit: { target: id } })
      await store.recount(tx, id)
    })
    return shown(ctx, id)
  }

  /** @throws not_found | import_not_open while it runs */
  async function discard(ctx: Ctx, id: string): Promise<void> {
    const found = await get(ctx, id)
    await transaction(ctx, async (tx) => {
      // In no list from here on, and nobody's to run.
      if (!(await store.turn(tx, id, ['staged', 'done', 'cancelled', 'failed'], 'discarded')))
        throw new AuthError(E.import_not_open)
      tx.emit('identity.import.discarded', { data: nameOf(found), audit: { target: id } })
    })
    await store.discard(ctx, id)
  }

  return {
    take,
    run,
    cancel,
    discard,
    get: shown,
    async list(ctx: Ctx, page: { limit: number; cursor?: string | undefined }) {
      const { rows, nextCursor } = await store.list(ctx, page)
      return { imports: rows.map(toImport), nextCursor }
    },
    async rows(
      ctx: Ctx,
      id: string,
      of: { limit: number; cursor?: string | undefined; outcome?: RecordRow['outcome'] | undefined },
    ) {
      await get(ctx, id)
      const { rows, nextCursor } = await store.rows(ctx, id, of)
      return { rows: rows.map(toRow), nextCursor }
    },
  }
}

/** What events say an import is. */
export const nameOf = ({ id, reason }: ImportRunRow) => ({ import: id, reason })

const begun = ({ actor, at }: Ctx, of: Pick<ImportRunRow, 'id' | 'format' | 'mapping' | 'dry_run' | 'reason'>): ImportRunRow => ({
  ...of,
  actor,
  ignored: [],
  state: 'staging',
  rows_total: 0,
  ready: 0,
  refused: 0,
  created: 0,
  failed: 0,
  error: null,
  step: 0,
  created_at: at,
  updated_at: at,
})

const toImport = ({ dry_run, rows_total, ready, refused, created, failed, created_at, updated_at, ...run }: ImportRunRow) => ({
  ...run,
  ignored: [...run.ignored],
  state: run.state as Exclude<ImportRunRow['state'], 'staging' | 'discarded'>, // those are never found
  dryRun: dry_run === 1,
  counts: { rows: rows_total, ready, refused, created, failed },
  createdAt: created_at,
  updatedAt: updated_at,
})

const toRow = ({ row_number, outcome, code, field, email, username, phone, sent, created_user_id }: RecordRow) => ({
  row: row_number,
  outcome,
  code,
  field,
  identifier: email ?? username ?? phone ?? sent,
  userId: created_user_id,
})
