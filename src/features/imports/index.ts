/**
 * Imports: users out of a file, in two steps. First the whole file is read and each row judged; then, when an operator has seen the report, the users
 * are created one by one in the background.
 *
 * Invariant: nothing is created before the file was read to its end, nobody is created twice, and no row makes an operator. What a row says of
 * somebody, password hashes among it, is kept no longer than until they are there.
 * Not here: what an identifier or a hash is. The features that own them say so.
 *
 * @module
 */
import { z } from 'zod'
import type { UserData } from '../feature.ts'
import { declareFeature } from '../feature.ts'
import { handlerOf, jobs, refusalBy } from '../jobs/index.ts'
import { password } from '../password/index.ts'
import { isOperatorRole, users } from '../users/index.ts'
import { importsAdminContract, importsContract } from './contract.ts'
import { importMigrations, importTables } from './migrations.sql.ts'
import { createImports } from './service.ts'
import { createStaging } from './staging.ts'
import { createSteps } from './steps.ts'
import { importStore } from './store.sql.ts'

const step = { name: 'imports.step', payload: z.object({ import: z.string(), step: z.number().int() }) }
const attempts = 8
const [hour, day] = [3_600_000, 86_400_000]
/** How long a file that nobody touches is kept, with its report. */
const keptMs = 30 * day

export const imports = declareFeature({
  name: 'imports',
  needs: { jobs, users, password },
  options: z.undefined(),
  contract: importsContract,
  adminContract: importsAdminContract,
  tables: importTables,
  migrations: importMigrations,
  create({ needs, database, ambient, collect }) {
    const store = importStore(database)
    const transaction: typeof database.transaction = (ctx, work) => database.transaction(ctx, work)
    const { reads, enrolment } = needs.password.imported
    const stage = createStaging({
      store,
      transaction,
      judges: { parse: needs.users.parse, isOperatorRole, readsHash: reads },
      taken: needs.users.taken,
      now: ambient.clock.now,
    })
    const { work } = createSteps({
      store,
      transaction,
      users: needs.users,
      enrolment,
      refusal: refusalBy(() => collect('mayStill')),
      enqueue: (tx, payload) => needs.jobs.enqueue(tx, step, payload),
      logger: ambient.logger,
      attempts,
    })
    const userData: UserData = {
      name: 'imports',
      erase: (tx, { userId, identifiers }) => store.forget(tx, userId, identifiers),
    }
    return {
      ...createImports({ store, stage, step, enqueue: needs.jobs.enqueue, transaction, newId: ambient.newId }),
      job: handlerOf(step, work, { concurrency: 1, attempts, timeoutMs: 120_000 }),
      userData,
      async sweep() {
        const now = ambient.clock.now().getTime()
        await store.sweep(new Date(now - hour), new Date(now - keptMs))
      },
    }
  },
  handlers: () => ({}),
  adminHandlers: (service) => ({
    stage: ({ ctx, input }) => service.take(ctx, input),
    list: ({ ctx, input }) => service.list(ctx, input),
    get: ({ ctx, input }) => service.get(ctx, input.id),
    rows: ({ ctx, input: { id, ...page } }) => service.rows(ctx, id, page),
    run: ({ ctx, input }) => service.run(ctx, input.id),
    cancel: ({ ctx, input }) => service.cancel(ctx, input.id),
    discard: async ({ ctx, input }) => void (await service.discard(ctx, input.id)),
  }),
  gives: (service) => ({
    jobs: [service.job],
    userData: service.userData,
    routines: [{ name: 'imports.sweep', everyMs: hour, run: service.sweep }],
  }),
})
