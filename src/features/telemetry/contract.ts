import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors } from '../../kernel/contract/errors.ts'
import { defineIssues, refusing } from '../../kernel/contract/issues.ts'
import { instant, jsonObject, pageQuery, text } from '../../kernel/contract/schema.ts'

export const E = defineErrors({
  telemetry_unreadable: {
    status: 501,
    title: 'The store of telemetry cannot be asked',
    help: 'Give stores.telemetry a query(), or leave the store out.',
  },
})

export const issues = defineIssues({
  reserved_name: 'is a name of ours',
  outside_range: 'is outside of the range that can be asked for',
  needs_whole_name: 'this store takes whole names',
})

/** Something that happened, as it was kept. */
export const TelemetryEntry = z.object({
  id: z.string(),
  event: z.string(),
  timestamp: instant(),
  data: z.json(),
  userId: z.string().nullable(),
  tenantId: z.string(),
  sessionId: z.string().nullable(),
  correlationId: z.string().nullable(),
  /** Its network alone, unless `anonymizeIps` is off. */
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
})

/** One day (UTC). */
export const TelemetryDay = z.object({
  day: z.iso.date(),
  logins: z.number().int(),
  failures: z.number().int(),
  /** Accounts people made for themselves. */
  registrations: z.number().int(),
  /** People who logged in, refreshed or did something; each once a day. */
  activeUsers: z.number().int(),
  /** Mails that were given up. */
  mailFailures: z.number().int(),
})

const filter = {
  event: text(128).optional().meta({ description: 'A name, or all that begin alike: `identity.auth.*`.' }),
  userId: text(128).optional(),
  tenantId: text(128).optional(),
  sessionId: text(255).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'The first instant that is no longer meant.' }),
}

/** What an application may call its own events: never as ours are called. */
const EventName = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/i)
  .refine((name) => !/^identity\./i.test(name), refusing(issues.reserved_name))

export const telemetryContract = contract('telemetry', {
  track: endpoint({
    method: 'POST',
    path: '/tools/track/:event',
    root: 'only',
    access: 'session',
    summary: 'Note that something happened in the application',
    description:
      'Who, in which session and from where is what the server knows; a body that says so is not listened to. `data` takes 2 KiB, and a user so many a day.',
    rateLimit: 'track',
    params: z.object({ event: EventName }),
    body: z.object({ data: jsonObject(2).default({}) }),
    returns: z.object({ ok: z.literal(true) }),
    status: 202,
  }),
})

export const telemetryAdminContract = contract('telemetry', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/telemetry',
    root: 'only',
    access: { operator: 'inspect' },
    summary: 'What happened, newest first',
    query: z.strictObject({ ...pageQuery(), ...filter }),
    returns: z.object({ events: z.array(TelemetryEntry), nextCursor: z.string().nullable() }),
    errors: [E.telemetry_unreadable],
  }),
  daily: endpoint({
    method: 'GET',
    path: '/admin/api/telemetry/daily',
    root: 'only',
    access: { operator: 'look' },
    summary: 'Figures by day (UTC), oldest first; the last 30 days unless it says otherwise',
    query: z.strictObject({ from: z.iso.date().optional(), to: z.iso.date().optional() }),
    returns: z.object({ days: z.array(TelemetryDay) }),
  }),
  query: endpoint({
    method: 'GET',
    path: '/tools/telemetry',
    root: 'only',
    access: { operator: 'inspect' },
    summary: 'As the list, in the words of node-auth',
    query: z.strictObject({ ...pageQuery(), ...filter }),
    returns: z.object({ data: z.array(TelemetryEntry), nextCursor: z.string().nullable() }),
    errors: [E.telemetry_unreadable],
  }),
})
