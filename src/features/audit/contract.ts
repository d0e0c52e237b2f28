import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { kernelErrors } from '../../kernel/contract/errors.ts'
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

/** One line of it as the user sees it whom it is about: operators have no names there. */
export const OwnEntry = z.object({
  id: z.string(),
  at: instant(),
  action: z.string(),
  by: z.enum(['you', 'somebody', 'operator', 'system']),
  ip: z.string().nullable(),
  /** Of a session that began: on what. */
  device: z.string().nullable(),
})

export const auditContract = contract('audit', {
  mine: endpoint({
    method: 'GET',
    path: '/activity',
    access: 'session',
    summary: 'What happened to my account, newest first',
    query: z.object(pageQuery(50)),
    returns: z.object({ entries: z.array(OwnEntry), nextCursor: z.string().nullable() }),
  }),
})

export const auditAdminContract = contract('audit', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/audit',
    access: { operator: 'inspect' },
    summary: 'Who did what, newest first; with `since` oldest first',
    query: z.strictObject({
      ...pageQuery(),
      action: text(128)
        .optional()
        .meta({ description: 'An event, or all events beneath a name: `identity.session` or `identity.session.*`.' }),
      userId: text(128).optional(),
      actor: text(128).optional().meta({ description: 'The id of whoever did it.' }),
      target: text(255).optional(),
      from: z.iso.datetime({ offset: true }).optional(),
      to: z.iso.datetime({ offset: true }).optional().meta({ description: 'The first instant that is no longer meant.' }),
      /** An entry bears the instant its request began and shows at its commit. */
      after: z.uuid().optional().meta({
        description:
          'The id of an entry: what came later, and once more what came up to 30 seconds earlier; drop by its id what you have.',
      }),
      since: z.iso
        .datetime({ offset: true })
        .optional()
        .meta({ description: 'From this instant on, oldest first: for whoever follows the log.' }),
    }),
    returns: z.object({ entries: z.array(AuditEntry), nextCursor: z.string().nullable() }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/admin/api/audit/:id',
    access: { operator: 'inspect' },
    summary: 'One line of the audit log',
    params: z.object({ id: text(64) }),
    returns: AuditEntry,
    errors: [kernelErrors.not_found],
  }),
})
