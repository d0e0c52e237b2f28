import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { instant } from '../../kernel/contract/schema.ts'

/** What can be said of a part of the house. */
const FindingCode = z.enum([
  'keys_sign',
  'keys_missing',
  'jobs_flow',
  'jobs_dead',
  'jobs_overdue',
  'mails_flow',
  'mails_dead',
  'events_flow',
  'events_waiting',
  'settings_read',
  'settings_broken',
  'store_answers',
  'store_lacks',
  'store_faulty',
  'look_failed',
])

/** {@link FindingCode} in services. */
export type FindingCode = z.infer<typeof FindingCode>

/** How a part of the house does. */
export const Check = z.object({
  name: z.string(),
  /** `advice`: somebody should look; `fault`: something does not happen that should. */
  level: z.enum(['ok', 'advice', 'fault']),
  code: FindingCode,
  /** The same in words, or those of whatever failed. */
  detail: z.string(),
  figures: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
})

/** The process that answered, the database behind it, and how the parts of the house do. */
export const System = z.object({
  version: z.string(),
  node: z.string(),
  /** Where people reach the house, as its options say. */
  baseUrl: z.string(),
  startedAt: instant(),
  uptimeSeconds: z.number().int(),
  database: z.object({
    engine: z.string(),
    /** Without credentials. */
    location: z.string(),
    migrations: z.object({ applied: z.number().int(), pending: z.array(z.string()), drifted: z.array(z.string()) }),
  }),
  /** How this process hears of changes on others: it is alone, it reads, or it reads and a bus tells it sooner. */
  changes: z.object({ way: z.enum(['alone', 'reading', 'bus']), isCurrent: z.boolean() }),
  checks: z.array(Check),
})

export const systemContract = contract('system', {})

export const systemAdminContract = contract('system', {
  get: endpoint({
    method: 'GET',
    path: '/admin/api/system',
    access: { operator: 'inspect' },
    summary: 'How the house does: version, database, work that waits, and what somebody should look at',
    returns: System,
  }),
})
