/**
 * Events: what happened, written with the change that caused it and handed to listeners after the commit.
 *
 * Invariant: a committed change has its outbox row, and a rolled-back one has none; the row commits in the same transaction.
 * A listener with a name gets it at least once; one without gets it while its process lives.
 * A feature of ours takes batches, with the same promise.
 * Not here: delivery over the network.
 *
 * @module
 */
import { z } from 'zod'
import { declareFeature } from '../feature.ts'
import { jobs } from '../jobs/index.ts'
import { eventsContract } from './contract.ts'
import { createEvents } from './service.ts'
import { eventMigrations, eventTables, outboxStore } from './store.sql.ts'

export type { EventsService, Listener, ListenerOptions, Tap } from './service.ts'

export const events = declareFeature({
  name: 'events',
  needs: { jobs },
  options: z.undefined(),
  contract: eventsContract,
  tables: eventTables,
  migrations: eventMigrations,
  create: ({ database, ambient, later, house, needs }) =>
    createEvents({
      inTransaction: (house.hooks.inTransaction ?? {}) as never,
      store: outboxStore(database),
      clock: ambient.clock,
      logger: ambient.logger,
      transaction: database.transaction,
      enqueue: needs.jobs.enqueue,
      rewriteNaming: needs.jobs.rewriteNaming,
      dispatches: house.runsJobs,
      later,
    }),
  handlers: () => ({}),
  gives: (service) => ({
    eventSink: service.sink,
    health: { name: 'events', look: service.look },
    jobs: [service.deliver, service.deliverBatch],
    userData: service.userData,
    routines: [
      { name: 'events.dispatch', everyMs: 1_000, run: service.dispatch },
      { name: 'events.sweep', everyMs: 3_600_000, run: service.sweep },
    ],
  }),
})
