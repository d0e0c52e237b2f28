import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { instant, pageQuery, text, total } from '../../kernel/contract/schema.ts'

/** `due`: as soon as a worker is free; `waiting`: later, after an attempt that failed or as it was asked; `dead`: given up, until redriven. */
export const JobState = z.enum(['due', 'running', 'waiting', 'dead'])
export type JobState = z.output<typeof JobState>

/** A job as operators see it. What it carries stays in the database: it may name people. */
export const Job = z.object({
  id: z.string(),
  kind: z.string(),
  state: JobState,
  attempts: z.number().int(),
  createdAt: instant(),
  /** When it is tried next, or taken over if the attempt under way is never heard of again. */
  dueAt: instant().nullable(),
  lastError: z.string().nullable(),
})

export const jobEvents = {
  'identity.job.redriven': event({
    summary: 'An operator had jobs tried again that were given up',
    data: z.object({ redriven: z.number().int() }),
    audit: true,
  }),
  'identity.job.dropped': event({
    summary: 'An operator threw a job away that was given up',
    data: z.object({ kind: z.string() }),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof jobEvents> {}
}

export const jobsContract = contract('jobs', {}, jobEvents)

const byId = z.object({ id: text(64) })

export const jobsAdminContract = contract('jobs', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/jobs',
    access: { operator: 'inspect' },
    summary: 'Work that is owed, oldest first; with `state=dead` what was given up',
    query: z.strictObject({ ...pageQuery(), kind: text(64).optional(), state: JobState.optional() }),
    returns: z.object({ jobs: z.array(Job), nextCursor: z.string().nullable() }),
  }),
  counts: endpoint({
    method: 'GET',
    path: '/admin/api/jobs/counts',
    access: { operator: 'inspect' },
    summary: 'How many jobs there are of each kind that this house does, by state',
    returns: z.object({
      counts: z.array(z.object({ kind: z.string(), due: total(), running: total(), waiting: total(), dead: total() })),
    }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/admin/api/jobs/:id',
    access: { operator: 'inspect' },
    summary: 'One job',
    params: byId,
    returns: Job,
    errors: [kernelErrors.not_found],
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
  drop: endpoint({
    method: 'DELETE',
    path: '/admin/api/jobs/:id',
    access: { operator: 'manage' },
    summary: 'Throw a job away that was given up',
    params: byId,
    errors: [kernelErrors.not_found],
  }),
})
