import type { z } from 'zod'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { JobKind } from '../jobs/index.ts'
import type { BulkAction } from './action.ts'
import { E, type Selector } from './contract.ts'
import type { BulkStore, RunRow, UserRow } from './store.sql.ts'

interface BulkDeps {
  readonly store: BulkStore
  readonly step: JobKind<z.ZodType<Step>>
  actions(): readonly BulkAction[]
  enqueue(tx: Tx, kind: JobKind<z.ZodType<Step>>, payload: Step): Promise<unknown>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  newId(): string
}

/** One job of a run. */
export interface Step {
  readonly run: string
  readonly step: number
}

/** What an operator wants done. */
export interface Wish {
  readonly action: string
  readonly selector: Selector
  readonly reason: string
  readonly dryRun: boolean
}

/** Begun, followed, broken off and taken up again: acts on many users as operators see them. What a job does is {@link createSteps}. */
export function createBulk({ store, step, actions, enqueue, transaction, newId }: BulkDeps) {
  /** @throws bulk_action_unknown */
  async function start(ctx: Ctx, { action, selector, reason, dryRun }: Wish) {
    if (!actions().some(({ name }) => name === action)) throw new AuthError(E.bulk_action_unknown)
    const chosen = 'ids' in selector ? { ids: [...new Set(selector.ids)] } : selector
    const run: RunRow = {
      id: newId(),
      action,
      selector: chosen,
      reason,
      actor: ctx.actor,
      dry_run: dryRun ? 1 : 0,
      state: 'queued',
      total: 'ids' in chosen ? chosen.ids.length : null,
      selected: 0,
      done: 0,
      skipped: 0,
      failed: 0,
      error: null,
      place: null,
      step: 1,
      created_at: ctx.at,
      updated_at: ctx.at,
    }
    await transaction(ctx, async (tx) => {
      await store.insert(tx, run)
      tx.emit('identity.bulk.started', {
        data: { ...nameOf(run), dryRun },
        audit: { target: run.id, after: summaryOf(chosen) },
      })
      await enqueue(tx, step, { run: run.id, step: 1 })
    })
    return toRun(run)
  }

  /** @throws not_found */
  async function get(ctx: Ctx, id: string): Promise<RunRow> {
    const run = await store.find(ctx, id)
    if (!run) throw new AuthError(kernelErrors.not_found)
    return run
  }

  /** @throws not_found | bulk_run_over */
  async function cancel(ctx: Ctx, id: string) {
    const run = await get(ctx, id)
    await transaction(ctx, async (tx) => {
      if (!(await store.turn(tx, id, ['queued', 'running', 'failed'], 'cancelled'))) throw new AuthError(E.bulk_run_over)
      tx.emit('identity.bulk.cancelled', { data: nameOf(run), audit: { target: id } })
    })
    return toRun(await get(ctx, id))
  }

  /** Also one whose job is lost to sight: whichever there may be finds that it was overtaken. @throws not_found | bulk_run_over */
  async function resume(ctx: Ctx, id: string) {
    const run = await get(ctx, id)
    await transaction(ctx, async (tx) => {
      const isOpen = await store.turn(tx, id, ['cancelled', 'failed', 'running', 'queued'], 'queued')
      if (!isOpen) throw new AuthError(E.bulk_run_over)
      tx.emit('identity.bulk.resumed', { data: nameOf(run), audit: { target: id } })
      await enqueue(tx, step, { run: id, step: await store.overtake(tx, id) })
    })
    return toRun(await get(ctx, id))
  }

  return {
    start,
    cancel,
    resume,
    get: async (ctx: Ctx, id: string) => toRun(await get(ctx, id)),
    async list(ctx: Ctx, page: { limit: number; cursor?: string | undefined }) {
      const { rows, nextCursor } = await store.list(ctx, page)
      return { runs: rows.map(toRun), nextCursor }
    },
    async rows(
      ctx: Ctx,
      id: string,
      of: { limit: number; cursor?: string | undefined; outcome?: UserRow['outcome'] | undefined },
    ) {
      await get(ctx, id)
      const { rows, nextCursor } = await store.rows(ctx, id, of)
      return { rows: rows.map(({ user_id, outcome, code, at }) => ({ userId: user_id, outcome, code, at })), nextCursor }
    },
  }
}

/** Who is meant, without naming anybody: the audit log outlives them. */
export function summaryOf(selector: Selector): object {
  if ('ids' in selector) return { ids: selector.ids.length }
  const named = new Set(['q', 'filter'])
  return {
    filter: Object.fromEntries(Object.entries(selector.filter).map(([key, value]) => [key, named.has(key) ? true : value])),
  }
}

/** What events say a run is. */
export const nameOf = ({ id, action, reason }: RunRow) => ({ run: id, action, reason })

const toRun = ({ dry_run, selected, done, skipped, failed, created_at, updated_at, ...run }: RunRow) => ({
  ...run,
  dryRun: dry_run === 1,
  counts: { selected, done, skipped, failed },
  createdAt: created_at,
  updatedAt: updated_at,
})
