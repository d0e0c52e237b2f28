import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { instant, pageQuery, text } from '../../kernel/contract/schema.ts'

/** One line of the audit log. */
export const AuditEntry = z.object({
  id: z.string(),
  at: instant(),
  actor: z.object({ kind: z.string(), id: z.string(), onBehalfOf: z.string().optional() }),
  action: z.string(),
  target: z.string().nullable(),
  userId: z.string().nullable(),
  /** What the event says of itself, such as a reason. */
  data: z.json(),
  before: z.json().nullable(),
  after: z.json().nullable(),
  ip: z.string().nullable(),
  correlationId: z.string().nullable(),
})

export const auditContract = contract('audit', {})

export const auditAdminContract = contract('audit', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/audit',
    access: { operator: 'inspect' },
    summary: 'Who did what, newest first; with `since` oldest first',
    query: z.object({
      ...pageQuery(),
      action: text(128).optional(),
      userId: text(128).optional(),
      /** From this instant on, oldest first: for whoever follows the log. */
      since: z.iso.datetime().optional(),
    }),
    returns: z.object({ entries: z.array(AuditEntry), nextCursor: z.string().nullable() }),
  }),
})
