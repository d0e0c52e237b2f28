import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { download } from '../../kernel/contract/file.ts'
import { kernelIssues, refusing } from '../../kernel/contract/issues.ts'
import { instant, pageQuery, text } from '../../kernel/contract/schema.ts'
import { usersAdminContract, E as usersErrors } from '../users/contract.ts'

export const E = defineErrors({
  bulk_action_unknown: { status: 400, title: 'There is no such action', help: 'Use one that is switched on here.' },
  bulk_run_over: { status: 409, title: 'The run is over', help: 'Start another one.' },
})

const ids = z.array(text(128)).min(1).max(1000)

const { limit: _limit, cursor: _cursor, sort: _sort, ...asked } = usersAdminContract.endpoints.list.query.shape
/** A search for blanks finds everybody in a list, where it can be seen. Whoever means everybody here says so. */
const sought = text(320)
  .refine((typed) => typed.trim() !== '', refusing(kernelIssues.required))
  .optional()
  .meta({ description: 'What the list of users takes; no blanks alone, since whoever means everybody says so.' })

const selectorBy = <F extends z.ZodRawShape>(shape: F) =>
  z.union([z.strictObject({ ids }), z.strictObject({ filter: z.strictObject(shape) })])

/** Who is meant: named one by one, or by what the list of users takes; an empty filter is everybody. */
export const Selector = selectorBy({ ...asked, q: sought, filter: sought })

/** What the list of users takes, but for its paging. */
export type Filter = Extract<Selector, { filter: unknown }>['filter']

/** {@link Selector} in services. */
export type Selector = z.output<typeof Selector>

const action = z.enum(['disable', 'enable', 'delete', 'requireReset', 'revokeSessions'])
const states = z.enum(['queued', 'running', 'done', 'cancelled', 'failed'])
const outcomes = z.enum(['selected', 'begun', 'done', 'skipped', 'failed'])

const counts = z.object({
  /** By a dry run: who would be hit. */
  selected: z.number().int(),
  done: z.number().int(),
  skipped: z.number().int(),
  failed: z.number().int(),
})

/** One act on many users. */
export const BulkRun = z.object({
  id: z.string(),
  action: z.string(),
  selector: selectorBy(asked),
  reason: z.string(),
  dryRun: z.boolean(),
  actor: z.object({ kind: z.string(), id: z.string(), onBehalfOf: z.string().optional() }),
  state: states,
  /** How many are meant; `null` where nobody has counted them. */
  total: z.number().int().nullable(),
  counts,
  /** Why it failed. */
  error: z.string().nullable(),
  createdAt: instant(),
  updatedAt: instant(),
})

/** What became of one user. */
export const BulkRow = z.object({ userId: z.string(), outcome: outcomes, code: z.string().nullable(), at: instant() })

const which = { run: z.string(), action: z.string(), reason: z.string() }

export const bulkEvents = {
  'identity.bulk.started': event({
    summary: 'An operator acts on many users',
    data: z.object({ ...which, dryRun: z.boolean() }),
    audit: true,
  }),
  'identity.bulk.cancelled': event({ summary: 'An act on many users was broken off', data: z.object(which), audit: true }),
  'identity.bulk.resumed': event({ summary: 'An act on many users goes on', data: z.object(which), audit: true }),
  'identity.bulk.finished': event({ summary: 'An act on many users is done', data: z.object({ ...which, counts }), audit: true }),
  'identity.export.started': event({
    summary: 'An operator takes a list of users away; said before the first of them leaves',
    data: z.object({ export: z.string(), format: z.enum(['csv', 'ndjson']) }),
    audit: true,
  }),
  'identity.export.ended': event({
    summary: 'How many users left with a list; not said when the process died before its end',
    data: z.object({ export: z.string(), users: z.number().int(), complete: z.boolean() }),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof bulkEvents> {}
}

export const bulkContract = contract('bulk', {}, bulkEvents)

const byId = z.object({ id: text(64) })
const manage = { operator: 'manage' } as const

export const bulkAdminContract = contract('bulk', {
  start: endpoint({
    method: 'POST',
    path: '/admin/api/bulk',
    access: manage,
    summary: 'Do something to many users, in the background; a dry run says who would be hit',
    body: z.strictObject({ action, selector: Selector, reason: text(500), dryRun: z.boolean().default(false) }),
    status: 201,
    returns: BulkRun,
    errors: [E.bulk_action_unknown],
  }),
  list: endpoint({
    method: 'GET',
    path: '/admin/api/bulk',
    access: manage,
    summary: 'Acts on many users, newest first',
    query: z.strictObject(pageQuery()),
    returns: z.object({ runs: z.array(BulkRun), nextCursor: z.string().nullable() }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/admin/api/bulk/:id',
    access: manage,
    summary: 'How far one is',
    params: byId,
    returns: BulkRun,
    errors: [kernelErrors.not_found],
  }),
  rows: endpoint({
    method: 'GET',
    path: '/admin/api/bulk/:id/rows',
    access: manage,
    summary: 'What became of each user',
    params: byId,
    query: z.strictObject({ ...pageQuery(), outcome: outcomes.optional() }),
    returns: z.object({ rows: z.array(BulkRow), nextCursor: z.string().nullable() }),
    errors: [kernelErrors.not_found],
  }),
  cancel: endpoint({
    method: 'POST',
    path: '/admin/api/bulk/:id/cancel',
    access: manage,
    summary: 'Break it off; what is done stays done',
    params: byId,
    returns: BulkRun,
    errors: [kernelErrors.not_found, E.bulk_run_over],
  }),
  resume: endpoint({
    method: 'POST',
    path: '/admin/api/bulk/:id/resume',
    access: manage,
    summary: 'Go on with one that was broken off or has failed; nobody is hit twice',
    params: byId,
    returns: BulkRun,
    errors: [kernelErrors.not_found, E.bulk_run_over],
  }),
  export: endpoint({
    method: 'GET',
    path: '/admin/api/users/export',
    access: manage,
    summary: 'Users as a file, oldest first, without anything secret',
    query: z.strictObject({ format: z.enum(['csv', 'ndjson']).default('csv'), ...asked, q: sought, filter: sought }),
    download: true,
    returns: download(),
    errors: [usersErrors.list_not_possible],
  }),
})
