/**
 * The jobs of an act on many users: each goes through some of them and owes the next one.
 *
 * Invariant: each user is hit once, whatever dies in between. Their row is claimed in the transaction of the act where that joins one of ours;
 * where it does not, the claim comes first, and an attempt that finds one without an end does it again. Nobody hits themselves.
 *
 * @module
 */

import type { Logger } from '../../kernel/ambient/ambient.ts'
import { type AuthError, isAuthError } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { type Attempt, failureText } from '../jobs/index.ts'
import { queryOf, type UserRecord, type UsersService } from '../users/index.ts'
import type { BulkAction } from './action.ts'
import { nameOf, type Step } from './service.ts'
import type { BulkStore, Counts, RunRow, UserRow } from './store.sql.ts'

interface StepsDeps {
  readonly store: BulkStore
  actions(): readonly BulkAction[]
  readonly users: Pick<UsersService, 'find' | 'list'>
  /** Whether whoever acts decides about operators too. */
  ownsOperators(ctx: Ctx): Promise<boolean>
  isOperator(ctx: Ctx, user: UserRecord): Promise<boolean>
  /** Why whoever asked for the run may not ask for one any more. */
  refusal(ctx: Ctx): Promise<string | undefined>
  enqueue(tx: Tx, payload: Step): Promise<unknown>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  readonly logger: Logger
  /** Attempts of a job before the run has failed. */
  readonly attempts: number
}

/** Users in one job: what a process that dies leaves behind is taken up after as many, and whoever cancels waits for one. */
const perStep = 50

/** Thrown where a run turns out to be over; nobody has to know. */
class Stopped extends Error {}

/** A user of the selection; `undefined` is nobody any more. */
interface Meant {
  readonly id: string
  readonly user: UserRecord | undefined
}

/** Builds what the job does. */
export function createSteps(deps: StepsDeps) {
  const { store, users, transaction, logger } = deps

  async function work(job: Ctx, { payload, number }: Attempt<Step>): Promise<void> {
    const run = await store.find(job, payload.run)
    if (!run || run.step !== payload.step || !(await store.turn(job, run.id, ['queued', 'running'], 'running'))) return
    // Whatever features write down names who asked for it, and why.
    const ctx: Ctx = { ...job, actor: run.actor, reason: run.reason }
    try {
      const refusal = await deps.refusal(ctx)
      if (refusal !== undefined) return void (await store.turn(job, run.id, ['running'], 'failed', refusal))
      await goOn(ctx, run)
    } catch (error) {
      if (error instanceof Stopped) return
      if (number < deps.attempts) throw error
      logger.error({ err: error, run: run.id }, 'an act on many users has failed; it can be resumed')
      await store.turn(job, run.id, ['running'], 'failed', failureText(error))
    }
  }

  async function goOn(ctx: Ctx, run: RunRow): Promise<void> {
    const action = deps.actions().find(({ name }) => name === run.action)
    if (!action) throw new Error(`the action ${run.action} is not there any more`)
    const { meant, place } = await selected(ctx, run)
    const verdictOf = await judge(ctx)
    const known = await store.known(
      ctx,
      run.id,
      meant.map(({ id }) => id),
    )
    const open = meant.filter(({ id }) => !known.has(id))
    if (run.dry_run === 1)
      await note(
        ctx,
        run,
        await asked(open, async (one): Promise<Verdict> => (await verdictOf(one)) ?? { id: one.id, outcome: 'selected' }),
      )
    else {
      for (const id of await store.begun(ctx, run.id)) await act(ctx, run, action, id, true)
      for (const one of open) {
        const verdict = await verdictOf(one)
        if (verdict) await note(ctx, run, [verdict])
        else await act(ctx, run, action, one.id, false)
      }
    }
    await transaction(ctx, async (tx) => {
      if (!(await store.advance(tx, run.id, run.step, place))) throw new Stopped()
      if (place !== null) return void (await deps.enqueue(tx, { run: run.id, step: run.step + 1 }))
      await store.turn(tx, run.id, ['running'], 'done')
      const { selected, done, skipped, failed } = (await store.find(tx, run.id)) ?? run
      const counts = { selected, done, skipped, failed }
      tx.emit('identity.bulk.finished', { data: { ...nameOf(run), counts }, audit: { target: run.id } })
    })
  }

  /** The next users, and where the rest begins. Whoever came to be after the run was asked for is not meant. */
  async function selected(ctx: Ctx, { selector, place, created_at }: RunRow): Promise<{ meant: Meant[]; place: string | null }> {
    if ('ids' in selector) {
      const from = Number(place ?? 0)
      const ids = selector.ids.slice(from, from + perStep)
      const meant: Meant[] = []
      for (const id of ids) meant.push({ id, user: await users.find(ctx, id) })
      return { meant, place: from + perStep < selector.ids.length ? String(from + perStep) : null }
    }
    const page = await users.list(ctx, { ...queryOf({ ...selector.filter, limit: perStep }), cursor: place ?? undefined })
    const meant = page.users.filter(({ createdAt }) => createdAt <= created_at).map((user) => ({ id: user.id, user }))
    return { meant, place: page.nextCursor }
  }

  /** Says of whom nothing may be done, and why. */
  async function judge(ctx: Ctx) {
    const ownsOperators = await deps.ownsOperators(ctx)
    const own = new Set([ctx.actor.onBehalfOf, ...(ctx.actor.kind === 'user' ? [ctx.actor.id] : [])])
    return async ({ id, user }: Meant): Promise<Verdict | undefined> => {
      if (!user) return { id, outcome: 'failed', code: 'not_found' }
      if (own.has(id)) return { id, outcome: 'skipped', code: 'own_account' }
      if (!ownsOperators && (await deps.isOperator(ctx, user))) return { id, outcome: 'skipped', code: 'operator_account' }
      return undefined
    }
  }

  /** Writes outcomes down that need no act. */
  async function note(ctx: Ctx, run: RunRow, verdicts: readonly Verdict[]): Promise<void> {
    if (verdicts.length === 0) return
    await transaction(ctx, async (tx) => {
      for (const verdict of verdicts) {
        const row = rowOf(tx, run, verdict)
        if ((await store.claim(tx, [row])) === 1) await counted(tx, run, row.outcome)
        // What was done is counted also when the run was broken off meanwhile.
        else if (await store.settle(tx, row))
          await store.count(tx, run.id, { [row.outcome]: 1 }, ['running', 'cancelled', 'queued', 'failed'])
      }
    })
  }

  /** @throws Stopped when the run is over */
  async function counted(tx: Tx, run: RunRow, outcome: UserRow['outcome']): Promise<void> {
    const more: Partial<Counts> = outcome === 'begun' ? {} : { [outcome]: 1 }
    if (!(await store.count(tx, run.id, more, ['running']))) throw new Stopped()
  }

  async function act(ctx: Ctx, run: RunRow, action: BulkAction, id: string, isRepeated: boolean): Promise<void> {
    const of = { reason: run.reason, isRepeated }
    const begin = (outcome: 'begun' | 'done') =>
      transaction(ctx, async (tx) => {
        if ((await store.claim(tx, [rowOf(tx, run, { id, outcome })])) === 0) return false
        await counted(tx, run, outcome)
        if (outcome === 'done') await action.run(tx, id, of)
        return true
      })
    try {
      if (action.joins) return void (await begin('done'))
      if (!isRepeated && !(await begin('begun'))) return
      await action.run(ctx, id, of)
    } catch (error) {
      if (error instanceof Stopped || isAuthError(error, 'unavailable')) throw error
      return note(ctx, run, [{ id, outcome: 'failed', code: codeOf(error) }])
    }
    await note(ctx, run, [{ id, outcome: 'done' }])
  }

  /** A bug about one user must not keep the others waiting. */
  function codeOf(error: unknown): string {
    if (isAuthError(error)) return (error satisfies AuthError).code
    logger.error({ err: error }, 'an act on one of many users failed')
    return 'internal_error'
  }

  return { work }
}

async function asked<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  for (const one of all) answers.push(await ask(one))
  return answers
}

/** What became of somebody. */
interface Verdict {
  readonly id: string
  readonly outcome: UserRow['outcome']
  readonly code?: string
}

const rowOf = ({ at }: Ctx, run: RunRow, { id, outcome, code }: Verdict): UserRow => ({
  run_id: run.id,
  user_id: id,
  outcome,
  code: code ?? null,
  at,
})
