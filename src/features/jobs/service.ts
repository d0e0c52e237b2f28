import type { z } from 'zod'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Finding } from '../feature.ts'
import { JobState } from './contract.ts'
import type { JobKind } from './kinds.ts'
import type { JobFilter, JobRow, JobStore } from './store.sql.ts'

interface JobsDeps {
  readonly store: JobStore
  readonly newId: () => string
  /** Those this process knows, whether or not it works on them. */
  kinds(): readonly string[]
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  afterCommit(tx: Tx, run: () => void): void
  /** Tells this process's worker that there is something to do. */
  poke(): void
}

/** How a job is owed. */
export interface EnqueueOptions {
  readonly delayMs?: number
  /** Whom it is about, so that it can be forgotten with them. The pool comes from the ctx. */
  readonly about?: string
}

/** Work that happens later, as rows that commit with the change that asks for it. */
export function createJobs({ store, newId, kinds, transaction, afterCommit, poke }: JobsDeps) {
  /** Owes one job. @returns its id, the same over every attempt */
  async function enqueue<P extends z.ZodType>(
    tx: Tx,
    kind: JobKind<P>,
    payload: z.input<P>,
    { delayMs = 0, about }: EnqueueOptions = {},
  ): Promise<string> {
    const id = newId()
    const due = new Date(tx.at.getTime() + delayMs)
    await store.insert(tx, [
      { id, pool_id: tx.poolId, kind: kind.name, payload, about: about ?? null, due_at: due, created_at: tx.at },
    ])
    if (delayMs === 0) afterCommit(tx, poke)
    return id
  }

  async function list(ctx: Ctx, of: Wanted) {
    const { rows, nextCursor } = await store.list({ ...of, now: ctx.at })
    return { jobs: rows.map((row) => toJob(row, ctx.at)), nextCursor }
  }

  /** Jobs of one kind, with what they carry: for the feature whose kind it is. What another release wrote carries nothing it could read. */
  async function listOf<P extends z.ZodType>(ctx: Ctx, { name, payload }: JobKind<P>, of: Omit<Wanted, 'kind'>) {
    const { rows, nextCursor } = await store.list({ ...of, kind: name, now: ctx.at })
    const jobs = rows.map((row) => ({ ...toJob(row, ctx.at), about: row.about, payload: payload.safeParse(row.payload).data }))
    return { jobs, nextCursor }
  }

  async function counts(ctx: Ctx) {
    const found = await store.count(kinds(), ctx.at)
    const countOf = (kind: string, state: JobState) =>
      found.find((one) => one.kind === kind && one.state === state)?.total ?? { count: 0, exact: true }
    const byState = (kind: string) => Object.fromEntries(JobState.options.map((state) => [state, countOf(kind, state)] as const))
    return { counts: kinds().map((kind) => ({ kind, ...(byState(kind) as Record<JobState, ReturnType<typeof countOf>>) })) }
  }

  /** Work that nobody takes for minutes is work that nobody does. */
  async function look(ctx: Ctx): Promise<Finding> {
    const since = await store.dueSince(ctx.at)
    const { count: dead } = await store.countDead()
    const overdueMs = since ? ctx.at.getTime() - since.getTime() : 0
    const figures = { dead, dueSince: since?.toISOString() ?? null }
    if (overdueMs > patienceMs)
      return {
        level: 'fault',
        code: 'jobs_overdue',
        detail: 'jobs have been due for minutes: nobody works on them, or too few do',
        figures,
      }
    if (dead > 0)
      return { level: 'advice', code: 'jobs_dead', detail: 'jobs were given up; look at their errors and redrive them', figures }
    return { level: 'ok', code: 'jobs_flow', detail: 'nothing waits longer than it should', figures }
  }

  /** @throws not_found */
  async function get(ctx: Ctx, id: string) {
    const row = await store.find(id)
    if (!row) throw new AuthError(kernelErrors.not_found)
    return toJob(row, ctx.at)
  }

  /** @throws not_found for an id that is not of a dead letter */
  async function redrive(ctx: Ctx, of: { id?: string | undefined; kind?: string | undefined }) {
    const redriven = await transaction(ctx, async (tx) => {
      const count = await store.redrive(tx, of)
      if (of.id !== undefined && count === 0) throw new AuthError(kernelErrors.not_found)
      tx.emit('identity.job.redriven', { data: { redriven: count }, audit: { target: of.id ?? of.kind ?? 'all' } })
      return count
    })
    poke()
    return { redriven }
  }

  /** @throws not_found for an id that is not of a dead letter */
  async function drop(ctx: Ctx, id: string): Promise<void> {
    await transaction(ctx, async (tx) => {
      const dropped = await store.drop(tx, id)
      if (!dropped) throw new AuthError(kernelErrors.not_found)
      const { kind, attempts, last_error: lastError, created_at: createdAt } = dropped
      tx.emit('identity.job.dropped', { data: { kind }, audit: { target: id, before: { attempts, lastError, createdAt } } })
    })
  }

  /** Forgets jobs that are about somebody who is gone: whatever they were to tell them, nobody is there to be told. */
  const removeAbout = (tx: Tx, { name }: JobKind, about: readonly string[]): Promise<void> => store.removeAbout(tx, name, about)

  /** Rewrites what jobs carry that have to be done although somebody they name is gone. */
  async function rewriteNaming<P extends z.ZodType>(
    tx: Tx,
    { name, payload }: JobKind<P>,
    texts: readonly string[],
    rewrite: (payload: z.output<P>) => z.output<P>,
  ): Promise<void> {
    for (const job of await store.naming(tx, name, texts)) {
      const known = payload.safeParse(job.payload)
      if (known.success) await store.setPayload(tx, job.id, rewrite(known.data))
    }
  }

  return { enqueue, list, listOf, counts, look, get, redrive, drop, removeAbout, rewriteNaming }
}

/** The service other features see. */
export type JobsService = ReturnType<typeof createJobs>

const patienceMs = 300_000

/** Which jobs. */
type Wanted = Omit<JobFilter, 'now'>

function toJob(row: JobRow, now: Date) {
  const { id, kind, attempts, created_at, due_at, last_error } = row
  return { id, kind, state: stateOf(row, now), attempts, createdAt: created_at, dueAt: due_at, lastError: last_error }
}

function stateOf({ due_at, lease }: JobRow, now: Date): JobState {
  if (due_at === null) return 'dead'
  if (due_at <= now) return 'due'
  return lease === null ? 'waiting' : 'running'
}
