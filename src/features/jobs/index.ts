/**
 * Jobs: work that happens later and is never lost, such as mail.
 *
 * Invariant: a job commits with the change that asks for it, is tried until it ends well or is given up visibly, and keeps its id over all
 * attempts. It is done at least once: after a crash in the middle it is done again.
 * Not here: what each kind of job does. Features give their kinds; work by the clock that may be missed is a routine.
 *
 * @module
 */
import { z } from 'zod'
import { declareFeature } from '../feature.ts'
import { jobsAdminContract, jobsContract } from './contract.ts'
import type { JobHandler } from './kinds.ts'
import { createJobs } from './service.ts'
import { jobMigrations, jobStore, jobTables } from './store.sql.ts'
import { createWorker } from './worker.ts'

export { type Attempt, failureText, HopelessJob, handlerOf, type JobHandler, type JobKind } from './kinds.ts'
export type { IQueueAdapter } from './queue.ts'
export { refusalBy } from './refusal.ts'
export type { EnqueueOptions, JobsService } from './service.ts'

declare module '../feature.ts' {
  interface Gives {
    /** Kinds of jobs, with the code that does them. */
    jobs: readonly JobHandler[]
  }
}

/** Jobs of other processes, and those whose attempt failed, are looked for this often. */
const pollMs = 1_000

export const jobs = declareFeature({
  name: 'jobs',
  needs: {},
  options: z.undefined(),
  contract: jobsContract,
  adminContract: jobsAdminContract,
  tables: jobTables,
  migrations: jobMigrations,
  create: ({ database, ambient, later, stopping, collect, house }) => {
    const store = jobStore(database)
    const worker = createWorker({
      store,
      clock: ambient.clock,
      logger: ambient.logger,
      handlers: () => collect('jobs').flat(),
      transaction: (ctx, work) => database.transaction(ctx, work),
      later,
      queue: house.queue,
      stopping,
    })
    const poke = house.runsJobs ? worker.poke : () => {}
    const service = createJobs({
      store,
      newId: ambient.newId,
      kinds: () =>
        collect('jobs')
          .flat()
          .map(({ kind }) => kind),
      transaction: (ctx, work) => database.transaction(ctx, work),
      afterCommit: database.afterCommit,
      poke,
    })
    return { ...service, worker, close: async () => house.queue?.shutdown?.() }
  },
  handlers: () => ({}),
  adminHandlers: (service) => ({
    list: ({ ctx, input }) => service.list(ctx, input),
    counts: ({ ctx }) => service.counts(ctx),
    get: ({ ctx, input }) => service.get(ctx, input.id),
    redrive: ({ ctx, input }) => service.redrive(ctx, input),
    drop: async ({ ctx, input }) => void (await service.drop(ctx, input.id)),
  }),
  gives: (service) => ({
    closing: service.close,
    health: { name: 'jobs', look: service.look },
    routines: [{ name: 'jobs.poke', everyMs: pollMs, run: async () => service.worker.poke() }],
  }),
})
