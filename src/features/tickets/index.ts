/**
 * Tickets: the one spendable secret behind pending logins and every later link and code.
 *
 * Invariant: a ticket is spent at most once, across processes, by a guarded update in `store.sql.ts`; only digests are stored.
 * Not here: what a ticket allows. The feature that issued it decides.
 *
 * @module
 */
import { z } from 'zod'
import { declareFeature } from '../feature.ts'
import { ticketsContract } from './contract.ts'
import { createTickets, keptMs } from './service.ts'
import { sweepTickets, ticketMigrations, ticketStore, ticketTables } from './store.sql.ts'

export { E as ticketErrors } from './contract.ts'
export type { Ticket, TicketPurpose, TicketsService } from './service.ts'

const hour = 3_600_000

export const tickets = declareFeature({
  name: 'tickets',
  needs: {},
  options: z.undefined(),
  contract: ticketsContract,
  tables: ticketTables,
  migrations: ticketMigrations,
  create: ({ database, ambient, keys }) => ({
    ...createTickets(ticketStore(database), keys),
    sweep: () => sweepTickets(database)(new Date(ambient.clock.now().getTime() - keptMs)),
  }),
  handlers: () => ({}),
  gives: (service) => ({
    authentications: { endAll: (tx, userId) => service.endAll(tx, userId) },
    userData: service.userData,
    routines: [{ name: 'tickets.sweep', everyMs: hour, run: service.sweep }],
  }),
})
