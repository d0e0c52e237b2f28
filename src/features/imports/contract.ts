import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { fileBody } from '../../kernel/contract/file.ts'
import { defineIssues, kernelIssues } from '../../kernel/contract/issues.ts'
import { instant, pageQuery, text } from '../../kernel/contract/schema.ts'

export const E = defineErrors({
  import_not_readable: {
    status: 400,
    title: 'The file cannot be read',
    help: 'Send CSV with a line of column names, or one JSON object a line, in UTF-8.',
  },
  import_not_open: { status: 409, title: 'The import cannot do that now', help: 'Look at its state.' },
})

/** Of a file as a whole. Those of a format name the last row that could be read. */
export const issues = defineIssues({
  file_empty: 'is empty',
  no_rows: 'has no rows',
  arrived_too_slowly: 'took too long to arrive',
  too_many_columns: 'has too many columns',
  same_column_names: 'has two columns of the same name',
  same_column_fields: 'has two columns that are the same field',
  names_nobody: 'has no column that names anybody: one has to be an identifier',
  quote_not_closed: 'has a quote that is not closed',
  quote_within_cell: 'has a quote in the middle of a cell',
  behind_quote: 'has something behind a closing quote',
  row_too_large: 'has a row that is too large',
  not_csv: 'is no CSV',
  dry_run: 'is a dry run',
})

/** Fields of a file of users that somebody can be known by. */
export const namingFields = ['identifier', 'email', 'username', 'phone'] as const

/** What of a user a column of a file can be; besides, `metadata.` and a name is one note. */
export const importFields = [
  ...namingFields,
  'emailVerified',
  'firstName',
  'lastName',
  'locale',
  'role',
  'passwordHash',
  'metadata',
] as const

const field = z.union([
  z.enum(importFields),
  z
    .templateLiteral(['metadata.', z.string().min(1).max(128)])
    .refine((name) => !/\.(__proto__|constructor|prototype)$/.test(name)),
])

/** What of a user a column can be. */
export type Field = z.output<typeof field>

/** Which column is which field; columns it does not name are left out. */
export const Mapping = z.record(text(200), field)

const mappingText = z
  .string()
  .max(8192)
  .transform((given, { addIssue }): unknown => {
    try {
      return JSON.parse(given)
    } catch {
      const reason = { code: kernelIssues.invalid_format.code, format: 'json' }
      addIssue({ code: 'custom', message: 'is not JSON', params: reason })
      return z.NEVER
    }
  })
  .pipe(Mapping)

const states = z.enum(['staged', 'running', 'done', 'cancelled', 'failed'])
const outcomes = z.enum(['ready', 'refused', 'created', 'failed'])
const counts = z.object({
  rows: z.number().int(),
  /** Rows that can be created. */
  ready: z.number().int(),
  /** Rows that were refused when the file was read. */
  refused: z.number().int(),
  created: z.number().int(),
  /** Rows that turned out not to be possible. */
  failed: z.number().int(),
})

/** A file of users, and how far it is. */
export const Import = z.object({
  id: z.string(),
  format: z.enum(['csv', 'ndjson']),
  mapping: Mapping.nullable(),
  /** Columns that are no field; the first hundred. */
  ignored: z.array(z.string()),
  dryRun: z.boolean(),
  reason: z.string(),
  actor: z.object({ kind: z.string(), id: z.string(), onBehalfOf: z.string().optional() }),
  state: states,
  counts,
  error: z.string().nullable(),
  createdAt: instant(),
  updatedAt: instant(),
})

/** What became of one row of the file. */
export const ImportRow = z.object({
  /** As a spreadsheet counts: the names of the columns are row 1. */
  row: z.number().int(),
  outcome: outcomes,
  code: z.string().nullable(),
  field: z.string().nullable(),
  /** What they log in with; of a row that was refused, whatever the file has in its place. */
  identifier: z.string().nullable(),
  userId: z.string().nullable(),
})

const which = { import: z.string(), reason: z.string() }

export const importsEvents = {
  'identity.import.staged': event({
    summary: 'A file of users was read; nobody was created',
    data: z.object({ ...which, rows: z.number().int(), refused: z.number().int(), dryRun: z.boolean() }),
    audit: true,
  }),
  'identity.import.started': event({ summary: 'The users of a file are being created', data: z.object(which), audit: true }),
  'identity.import.cancelled': event({ summary: 'An import was broken off', data: z.object(which), audit: true }),
  'identity.import.finished': event({
    summary: 'The users of a file are there',
    data: z.object({ ...which, created: z.number().int(), failed: z.number().int() }),
    audit: true,
  }),
  'identity.import.discarded': event({ summary: 'The rows of a file were removed', data: z.object(which), audit: true }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof importsEvents> {}
}

export const importsContract = contract('imports', {}, importsEvents)

const byId = z.object({ id: text(64) })
const manage = { operator: 'manage' } as const

export const importsAdminContract = contract('imports', {
  stage: endpoint({
    method: 'POST',
    path: '/admin/api/imports',
    access: manage,
    summary: 'Read a file of users and report on each row; nobody is created yet, and of a dry run nobody can be',
    query: z.strictObject({
      format: z.enum(['csv', 'ndjson']),
      mapping: mappingText.optional().meta({
        description: 'Which column is which field, as JSON (`{"Mail": "email"}`); absent: columns that are called like fields.',
      }),
      dryRun: z.enum(['true', 'false']).default('false'),
      reason: text(500),
    }),
    upload: { types: ['text/csv', 'application/x-ndjson', 'application/octet-stream'], maxBytes: 128 * 1024 * 1024 },
    body: fileBody(),
    status: 201,
    returns: Import,
    errors: [E.import_not_readable],
  }),
  list: endpoint({
    method: 'GET',
    path: '/admin/api/imports',
    access: manage,
    summary: 'Files of users, newest first',
    query: z.strictObject(pageQuery()),
    returns: z.object({ imports: z.array(Import), nextCursor: z.string().nullable() }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/admin/api/imports/:id',
    access: manage,
    summary: 'How far one is',
    params: byId,
    returns: Import,
    errors: [kernelErrors.not_found],
  }),
  rows: endpoint({
    method: 'GET',
    path: '/admin/api/imports/:id/rows',
    access: manage,
    summary: 'What became of each row',
    params: byId,
    query: z.strictObject({ ...pageQuery(), outcome: outcomes.optional() }),
    returns: z.object({ rows: z.array(ImportRow), nextCursor: z.string().nullable() }),
    errors: [kernelErrors.not_found],
  }),
  run: endpoint({
    method: 'POST',
    path: '/admin/api/imports/:id/run',
    access: manage,
    summary: 'Create the users of a file in the background, or go on with it; nobody is created twice',
    params: byId,
    returns: Import,
    errors: [kernelErrors.not_found, E.import_not_open],
  }),
  cancel: endpoint({
    method: 'POST',
    path: '/admin/api/imports/:id/cancel',
    access: manage,
    summary: 'Break it off; whoever was created stays',
    params: byId,
    returns: Import,
    errors: [kernelErrors.not_found, E.import_not_open],
  }),
  discard: endpoint({
    method: 'DELETE',
    path: '/admin/api/imports/:id',
    access: manage,
    summary: 'Remove a file and its report; whoever was created stays',
    params: byId,
    errors: [kernelErrors.not_found, E.import_not_open],
  }),
})
