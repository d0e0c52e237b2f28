/**
 * The jobs of an import: each creates some of its users and owes the next one.
 *
 * Invariant: the row says that its user is there in the transaction that makes them real, so nobody is created twice, whatever dies in between.
 *
 * @module
 */
import type { Logger } from '../../kernel/ambient/ambient.ts'
import { isAuthError } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { type Attempt, failureText } from '../jobs/index.ts'
import type { Furnishing, Identifier, UserRecord, UsersService } from '../users/index.ts'
import { nameOf, type Step } from './service.ts'
import type { ImportRunRow, ImportStore, RecordRow } from './store.sql.ts'

interface StepsDeps {
  readonly store: ImportStore
  readonly users: Pick<UsersService, 'draft' | 'create'>
  enrolment(hash: string): Furnishing<void>
  /** Why whoever runs it may not do so any more. */
  refusal(ctx: Ctx): Promise<string | undefined>
  enqueue(tx: Tx, payload: Step): Promise<unknown>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  readonly logger: Logger
  /** Attempts of a job before the import has failed. */
  readonly attempts: number
}

const perStep = 200
/** Rows that are created at once: what a commit waits for, others need not. */
const atOnce = 4

/** Thrown where an import turns out to be over; nobody has to know. */
class Stopped extends Error {}

/** Builds what the job does. */
export function createSteps(deps: StepsDeps) {
  const { store, users, transaction, logger } = deps

  async function work(job: Ctx, { payload, number }: Attempt<Step>): Promise<void> {
    const run = await store.find(job, payload.import)
    if (!run || run.step !== payload.step || run.state !== 'running') return
    const ctx: Ctx = { ...job, actor: run.actor, reason: run.reason }
    try {
      const refusal = await deps.refusal(ctx)
      if (refusal !== undefined) return void (await store.turn(job, run.id, ['running'], 'failed', refusal))
      await goOn(ctx, run)
    } catch (error) {
      if (error instanceof Stopped) return
      if (number < deps.attempts) throw error
      logger.error({ err: error, import: run.id }, 'an import has failed; it can be run again')
      await store.turn(job, run.id, ['running'], 'failed', failureText(error))
    }
  }

  async function goOn(ctx: Ctx, run: ImportRunRow): Promise<void> {
    const rows = await store.ready(ctx, run.id, perStep)
    const outcomes = await atATime(atOnce, rows, (row) => createOne({ ...ctx }, row))
    const of = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length
    await transaction(ctx, async (tx) => {
      const isOurs = await store.advance(tx, run.id, run.step, { created: of('created'), failed: of('failed') })
      if (!isOurs) throw new Stopped()
      if (rows.length === perStep) return void (await deps.enqueue(tx, { import: run.id, step: run.step + 1 }))
      await store.turn(tx, run.id, ['running'], 'done')
      const { created, failed } = await store.recount(tx, run.id)
      tx.emit('identity.import.finished', { data: { ...nameOf(run), created, failed }, audit: { target: run.id } })
    })
  }

  /** @throws Stopped when the import is over; unavailable */
  async function createOne(ctx: Ctx, row: RecordRow): Promise<'created' | 'failed'> {
    try {
      const enrolment = row.person?.passwordHash === undefined ? undefined : deps.enrolment(row.person.passwordHash)
      await users.create(ctx, personOf(ctx, row), {
        ahead: enrolment?.ahead,
        async within(tx, userId) {
          if (!(await store.created(tx, row, userId))) throw new Stopped()
          await enrolment?.within(tx, userId)
        },
        isGreeted: true, // whoever moves here is not told so by a mail
      })
      return 'created'
    } catch (error) {
      if (error instanceof Stopped || isAuthError(error, 'unavailable')) throw error
      if (!isAuthError(error)) logger.error({ err: error }, 'one of many users could not be created')
      await store.failed(ctx, row, isAuthError(error) ? error.code : 'internal_error')
      return 'failed'
    }
  }

  function personOf(ctx: Ctx, { email, username, phone, person }: RecordRow): UserRecord {
    const { emailVerified, passwordHash: _, ...profile } = person ?? {}
    const named = Object.entries({ email, username, phone }).flatMap(([kind, value]) =>
      value === null ? [] : [{ kind, value } as Identifier],
    )
    const [first] = named
    if (!first) throw new Error('a row that can be created names somebody')
    const user = users.draft(ctx, { identifier: first, ...profile, metadata: { ...profile.metadata } })
    const verifiedAt = (kind: string) => (kind === 'email' && emailVerified ? ctx.at : null)
    return { ...user, identifiers: named.map((one) => ({ ...one, verifiedAt: verifiedAt(one.kind) })) }
  }

  return { work }
}

/** Runs `work` over all, some at once. What fails keeps the next from being begun, and is thrown once nothing is under way. */
async function atATime<T, R>(count: number, all: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = []
  const open = all.values()
  let hasFailed = false
  const lane = async () => {
    for (const one of open) {
      if (hasFailed) return
      try {
        done.push(await work(one))
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: count }, lane))
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason
  return done
}
