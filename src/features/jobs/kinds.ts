/**
 * Kinds of jobs: what their rows carry, and the code of a feature that does them.
 *
 * @module
 */
import type { z } from 'zod'
import type { Ctx, Tx } from '../../kernel/ctx.ts'

/** What a row of one kind carries: ids, never a secret. Whoever enqueues and whoever works read the same declaration. */
export interface JobKind<P extends z.ZodType = z.ZodType> {
  /** `<feature>.<verb>`. */
  readonly name: string
  readonly payload: P
}

/** One attempt at a job. */
export interface Attempt<P> {
  /** The same over every attempt: whoever may not do a thing twice tells it by this id. */
  readonly id: string
  readonly payload: P
  /** 1 at first. */
  readonly number: number
  /** Aborted when this attempt has taken too long; another one may begin soon after. */
  readonly signal: AbortSignal
}

/** How jobs of a kind are worked on. */
export interface Terms {
  /** How many at once in one process. */
  readonly concurrency: number
  /** How long one attempt may take. */
  readonly timeoutMs: number
  /** How often it is tried before it is a dead letter. */
  readonly attempts: number
}

/** A kind with the code that does it, ready for the worker. */
export interface JobHandler extends Terms {
  readonly kind: string
  run(ctx: Ctx, attempt: Attempt<unknown>): Promise<void>
  /** Says that a job was given up, in the transaction that gives it up; it has to bear any payload. */
  lost?(tx: Tx, payload: unknown): void
}

/** Thrown by work that no repetition can help: the job is a dead letter at once. */
export class HopelessJob extends Error {
  override readonly name = 'HopelessJob'
}

const usual: Terms = { concurrency: 8, timeoutMs: 60_000, attempts: 24 }

/** Joins a kind with the code that does it. Two attempts may run at once when the first hangs, so the work has to bear repetition. */
export function handlerOf<P extends z.ZodType>(
  kind: JobKind<P>,
  run: (ctx: Ctx, attempt: Attempt<z.output<P>>) => Promise<void>,
  terms: Partial<Terms> & Pick<JobHandler, 'lost'> = {},
): JobHandler {
  return {
    ...usual,
    ...terms,
    kind: kind.name,
    async run(ctx, attempt) {
      const parsed = kind.payload.safeParse(attempt.payload)
      if (!parsed.success) throw new HopelessJob('the row is not of this kind', { cause: parsed.error })
      await run(ctx, { ...attempt, payload: parsed.data })
    },
  }
}

const longestText = 500

/** What operators read of a failure; the whole error, with its causes, is in the log. */
export const failureText = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, longestText)

const firstDelayMs = 5_000
const longestDelayMs = 3_600_000

/** The delay before the next attempt: twice the last one, up to an hour, less up to a half so that what failed together returns apart. */
export function delayAfter(attempts: number, random: number): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts - 1, 20))
  return Math.round(full * (1 - random / 2))
}
