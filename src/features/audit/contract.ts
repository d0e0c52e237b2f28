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
    query: z.object({
      ...pageQuery(),
      /** An event, or all events beneath a name: `identity.session`. */
      action: text(128).optional(),
      userId: text(128).optional(),
      /** The id of whoever did it. */
      actor: text(128).optional(),
      target: text(255).optional(),
      from: z.iso.datetime().optional(),
      /** The first instant that is no longer meant. */
      to: z.iso.datetime().optional(),
      /**
       * The id of an entry: what came later, for whoever asks again and again. What came up to 30 seconds earlier is answered once more, since an
       * entry bears the instant its request began and shows at its commit; drop by its id what you have.
       */
      after: z.uuid().optional(),
      /** From this instant on, oldest first: for whoever follows the log. */
      since: z.iso.datetime().optional(),
    }),
    returns: z.object({ entries: z.array(AuditEntry), nextCursor: z.string().nullable() }),
  }),
})
