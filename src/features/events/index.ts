/**
 * Events: what happened, written with the change that caused it and handed to listeners after the commit.
 *
 * Invariant: a committed change has its outbox row, and a rolled-back one has none; the row commits in the same transaction.
 * Not here: delivery over the network. A dispatcher will start where `dispatched_at` is null.
 *
 * @module
 */
import { z } from 'zod'
import { declareFeature } from '../feature.ts'
import { eventsContract } from './contract.ts'
import { createEvents } from './service.ts'
import { eventMigrations, eventTables, outboxStore } from './store.sql.ts'

export type { EventsService, Listener } from './service.ts'

export const events = declareFeature({
  name: 'events',
  needs: {},
  options: z.undefined(),
  contract: eventsContract,
  tables: eventTables,
  migrations: eventMigrations,
  create: ({ database, ambient, later, house }) =>
    createEvents({
      inTransaction: (house.hooks.inTransaction ?? {}) as never,
      store: outboxStore(database),
      clock: ambient.clock,
      logger: ambient.logger,
      later,
    }),
  handlers: () => ({}),
  gives: (service) => ({ eventSink: service.sink }),
})
