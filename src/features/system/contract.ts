import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { instant } from '../../kernel/contract/schema.ts'

/** How a part of the house does. */
export const Check = z.object({
  name: z.string(),
  /** `advice`: somebody should look; `fault`: something does not happen that should. */
  level: z.enum(['ok', 'advice', 'fault']),
  detail: z.string(),
  figures: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
})

/** The process that answered, the database behind it, and how the parts of the house do. */
export const System = z.object({
  version: z.string(),
  node: z.string(),
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
