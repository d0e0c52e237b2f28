/**
 * Telemetry: what happened, kept for a while so that operators can look, and counted by day so that charts can be drawn.
 *
 * Invariant: nothing of it happens inside a login. Events come from the outbox, at least once, and count once; who tracked something, and from
 * where, is what the server knows, never what a body says.
 * Not here: the audit log. That is proof and stays; this is use and goes.
 *
 * @module
 */
import { z } from 'zod'
import { type Duration, duration } from '../../kernel/contract/duration.ts'
import { networkOf } from '../../kernel/http/address.ts'
import { events } from '../events/index.ts'
import { declareFeature } from '../feature.ts'
import { users } from '../users/index.ts'
import { telemetryAdminContract, telemetryContract } from './contract.ts'
import { createTelemetry } from './service.ts'
import { telemetryMigrations, telemetryStore, telemetryTables } from './store.sql.ts'
import { foreignTelemetry, telemetryCheckup } from './store.ts'

export type { ITelemetryStore, TelemetryEvent, TelemetryFilter } from './store.ts'

/** What of telemetry is kept. */
export interface TelemetryOptions {
  /** How long events are (`90d`); figures by day are for 400 days. */
  readonly retention?: Duration
  /** Whether no more of an address is than its network, /24 or /48 (`true`). */
  readonly anonymizeIps?: boolean
  /** How many events the application may track of one user on one day, in UTC (1,000); beyond that it is answered 429. */
  readonly trackedPerDay?: number
}

const options = z.strictObject({
  retention: duration().prefault('90d'),
  anonymizeIps: z.boolean().default(true),
  trackedPerDay: z.number().int().min(1).default(1000),
})

export const telemetry = declareFeature({
  name: 'telemetry',
  needs: { events, users },
  options: z.union([z.literal(true).transform(() => options.parse({})), options]),
  contract: telemetryContract,
  adminContract: telemetryAdminContract,
  tables: telemetryTables,
  migrations: telemetryMigrations,
  create({ needs, options, database, ambient, house, catalogue }) {
    const port = house.stores.telemetry
    const service = createTelemetry({
      store: telemetryStore(database),
      foreign: port && foreignTelemetry(port),
      retentionMs: options.retention,
      trackedPerDay: options.trackedPerDay,
      addressOf: (ip) => (options.anonymizeIps ? (networkOf(ip) ?? null) : ip),
      usersAmong: needs.users.names,
      isDeclared: (event) => Object.hasOwn(catalogue(), event),
      newId: ambient.newId,
      now: ambient.clock.now,
      transaction: (ctx, work) => database.transaction(ctx, work),
    })
    needs.events.tap('telemetry', service.take)
    return { ...service, checkup: port && telemetryCheckup(port) }
  },
  handlers: (service) => ({
    track: ({ ctx, auth, input }) => service.track(ctx, auth, input),
  }),
  adminHandlers: (service) => ({
    list: ({ ctx, input }) => service.list(ctx, input),
    daily: ({ ctx, input }) => service.daily(ctx, input),
    query: ({ ctx, input }) => service.query(ctx, input),
  }),
  gives: ({ userData, sweep, checkup }) => ({
    userData,
    routines: [{ name: 'telemetry.sweep', everyMs: 3_600_000, run: sweep }],
    ...(checkup && { checkup }),
  }),
})
