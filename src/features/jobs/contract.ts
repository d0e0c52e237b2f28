import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { kernelErrors } from '../../kernel/contract/errors.ts'
import { instant, pageQuery, text } from '../../kernel/contract/schema.ts'

/** A job as operators see it. What it carries stays in the database: it may name people. */
export const Job = z.object({
  id: z.string(),
  kind: z.string(),
  /** `dead`: given up, until somebody redrives it. */
  state: z.enum(['waiting', 'running', 'dead']),
  attempts: z.number().int(),
  createdAt: instant(),
  /** When it is tried next, or taken over if the attempt under way is never heard of again. */
  dueAt: instant().nullable(),
  lastError: z.string().nullable(),
})

export const jobsContract = contract('jobs', {})

export const jobsAdminContract = contract('jobs', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/jobs',
    access: { operator: 'inspect' },
    summary: 'Work that is owed, oldest first; with `state=dead` what was given up',
    query: z.object({ ...pageQuery(), kind: text(64).optional(), state: z.literal('dead').optional() }),
    returns: z.object({ jobs: z.array(Job), nextCursor: z.string().nullable() }),
  }),
  redrive: endpoint({
    method: 'POST',
    path: '/admin/api/jobs/redrive',
    access: { operator: 'manage' },
    summary: 'Try jobs again that were given up: one by its id, those of a kind, or all',
    body: z.strictObject({ id: text(64).optional(), kind: text(64).optional() }),
    returns: z.object({ redriven: z.number().int() }),
    errors: [kernelErrors.not_found],
  }),
})
