import type { z } from 'zod'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { JobKind } from './kinds.ts'
import type { JobRow, JobStore } from './store.sql.ts'

interface JobsDeps {
  readonly store: JobStore
  readonly newId: () => string
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
export function createJobs({ store, newId, afterCommit, poke }: JobsDeps) {
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

  async function list(ctx: Ctx, of: { limit: number; cursor?: string | undefined; kind?: string | undefined; dead: boolean }) {
    const { rows, nextCursor } = await store.list(of)
    return { jobs: rows.map((row) => toJob(row, ctx.at)), nextCursor }
  }

  /** @throws not_found for an id that is not of a dead letter */
  async function redrive(ctx: Ctx, of: { id?: string | undefined; kind?: string | undefined }) {
    const redriven = await store.redrive({ ...of, at: ctx.at })
    if (of.id !== undefined && redriven === 0) throw new AuthError(kernelErrors.not_found)
    poke()
    return { redriven }
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

  return { enqueue, list, redrive, removeAbout, rewriteNaming }
}

function toJob({ id, kind, attempts, created_at, due_at, lease, last_error }: JobRow, now: Date) {
  const state = due_at === null ? ('dead' as const) : lease !== null && due_at > now ? ('running' as const) : ('waiting' as const)
  return { id, kind, state, attempts, createdAt: created_at, dueAt: due_at, lastError: last_error }
}
