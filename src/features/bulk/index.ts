/**
 * Bulk: one act on many users, as a background run that can be followed, broken off and taken up again; and users as a file.
 *
 * Invariant: a run hits each user at most once, however often it is interrupted; whoever asked for it is never hit, and operators only by an owner.
 * Not here: the acts. Features give theirs, and each change stands in the audit log as theirs, with who asked and why.
 *
 * @module
 */
import { z } from 'zod'
import type { Ctx } from '../../kernel/ctx.ts'
import { declareFeature } from '../feature.ts'
import { handlerOf, jobs, refusalBy } from '../jobs/index.ts'
import { isOperatorRole, type UserRecord, users } from '../users/index.ts'
import type { BulkAction } from './action.ts'
import { bulkAdminContract, bulkContract } from './contract.ts'
import { createExport } from './export.ts'
import { createBulk } from './service.ts'
import { createSteps } from './steps.ts'
import { bulkMigrations, bulkStore, bulkTables } from './store.sql.ts'

export type { BulkAction } from './action.ts'

declare module '../feature.ts' {
  interface Gives {
    bulkActions: readonly BulkAction[]
    /** The role of an operator that somebody has by something else than their role as a user. */
    operatorRole: (ctx: Ctx, user: UserRecord) => Promise<string | undefined>
  }
}

const step = { name: 'bulk.step', payload: z.object({ run: z.string(), step: z.number().int() }) }
const attempts = 8
const [hour, day] = [3_600_000, 86_400_000]
/** How long a run that has not moved is kept. */
const keptMs = 90 * day

export const bulk = declareFeature({
  name: 'bulk',
  needs: { jobs, users },
  options: z.undefined(),
  contract: bulkContract,
  adminContract: bulkAdminContract,
  tables: bulkTables,
  migrations: bulkMigrations,
  create({ needs, database, ambient, collect }) {
    const store = bulkStore(database)
    const transaction: typeof database.transaction = (ctx, work) => database.transaction(ctx, work)
    const actions = () => collect('bulkActions').flat()
    async function operatorRole(ctx: Ctx, user: UserRecord): Promise<string | undefined> {
      for (const ask of collect('operatorRole')) {
        const role = await ask(ctx, user)
        if (role !== undefined) return role
      }
      return isOperatorRole(user.role) ? user.role : undefined
    }
    const common = { store, actions, transaction }
    const { work } = createSteps({
      ...common,
      users: needs.users,
      async ownsOperators(ctx) {
        if (ctx.actor.kind !== 'user') return ctx.actor.kind === 'system'
        const user = await needs.users.find(ctx, ctx.actor.id)
        return user !== undefined && (await operatorRole(ctx, user)) === 'owner'
      },
      refusal: refusalBy(() => collect('mayStill')),
      isOperator: async (ctx, user) => (await operatorRole(ctx, user)) !== undefined,
      enqueue: (tx, payload) => needs.jobs.enqueue(tx, step, payload),
      logger: ambient.logger,
      attempts,
    })
    return {
      ...createBulk({ ...common, step, enqueue: needs.jobs.enqueue, newId: ambient.newId }),
      job: handlerOf(step, work, { concurrency: 2, attempts }),
      takeAway: createExport({ ...needs.users, transaction, newId: ambient.newId }).start,
      sweep: () => store.sweep(new Date(ambient.clock.now().getTime() - keptMs)),
    }
  },
  handlers: () => ({}),
  adminHandlers: (service) => ({
    start: ({ ctx, input }) => service.start(ctx, input),
    list: ({ ctx, input }) => service.list(ctx, input),
    get: ({ ctx, input }) => service.get(ctx, input.id),
    rows: ({ ctx, input: { id, ...page } }) => service.rows(ctx, id, page),
    cancel: ({ ctx, input }) => service.cancel(ctx, input.id),
    resume: ({ ctx, input }) => service.resume(ctx, input.id),
    export: ({ ctx, input: { format, ...filter } }) => service.takeAway(ctx, format, filter),
  }),
  gives: (service) => ({
    jobs: [service.job],
    routines: [{ name: 'bulk.sweep', everyMs: hour, run: service.sweep }],
  }),
})
