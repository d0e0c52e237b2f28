/**
 * Reading a file into rows, each judged before anybody is created.
 *
 * Invariant: a file that cannot be read to its end leaves nothing. Its rows are in no list before the last of them is there, and whoever dies while
 * reading leaves them to the sweep.
 *
 * @module
 */
import type { FileBytes } from '../../kernel/contract/file.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Identifier } from '../users/index.ts'
import { type Field, issues } from './contract.ts'
import { fieldOf, isNaming, type Judges, type Person, personOf, type Refusal, sentIn } from './mapping.ts'
import { csvRecords, jsonRecords, type Read, unreadable } from './reading.ts'
import type { ImportStore, RecordRow } from './store.sql.ts'

interface StagingDeps {
  readonly store: ImportStore
  readonly judges: Judges
  taken(ctx: Ctx, of: readonly Identifier[]): Promise<readonly Identifier[]>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  now(): Date
}

/** A file, and how it is read. */
export interface Given {
  readonly id: string
  readonly format: 'csv' | 'ndjson'
  readonly mapping: Readonly<Record<string, Field>> | undefined
  readonly dryRun: boolean
  readonly file: FileBytes
}

const perBatch = 500
const mostIgnored = 100

type Judged = { readonly row: number } & (
  | { readonly person: Person }
  | { readonly refusal: Refusal; readonly sent: string | null }
)

/** Builds the reading. */
export function createStaging({ store, judges, taken, transaction, now }: StagingDeps) {
  /** @throws import_not_readable | payload_too_large | validation_failed */
  return async (ctx: Ctx, given: Given) => {
    const ignored = new Set<string>()
    const counts = { rows_total: 0, ready: 0, refused: 0, created: 0, failed: 0 }

    async function flush(batch: readonly Judged[]): Promise<void> {
      const named = batch.flatMap((one) => ('person' in one ? one.person.identifiers : []))
      const isTaken = among(await taken(ctx, named))
      await transaction({ ...ctx }, async (tx) => {
        if (!(await store.touch(tx, given.id, now()))) throw unreadable(issues.arrived_too_slowly)
        const isFirst = firsts(
          await store.claim(
            tx,
            batch.flatMap((one) => namesOf(given.id, one)),
          ),
        )
        const rows = batch.map((one) => rowOf(given, one, isTaken, isFirst))
        await store.add(tx, rows)
        const ready = rows.filter(({ outcome }) => outcome === 'ready').length
        counts.rows_total += rows.length
        counts.ready += ready
        counts.refused += rows.length - ready
      })
    }

    let batch: Judged[] = []
    for await (const read of recordsOf(given)) {
      batch.push(judged(read, given.mapping, ignored))
      if (batch.length < perBatch) continue
      await flush(batch)
      batch = []
    }
    await flush(batch)
    return { ...counts, ignored: [...ignored] }
  }

  function judged({ row, cells, code }: Read, mapping: Given['mapping'], ignored: Set<string>): Judged {
    if (!cells) return { row, refusal: { code: code ?? 'not_json' }, sent: null }
    const fields = new Map<Field, unknown>()
    for (const [column, value] of cells) {
      const field = fieldOf(column, mapping)
      if (field) fields.set(field, value)
      else if (ignored.size < mostIgnored) ignored.add(column.slice(0, 200))
    }
    const read = personOf(fields, judges)
    return { row, ...('person' in read ? read : { ...read, sent: sentIn(fields, judges) }) }
  }
}

async function* recordsOf({ format, file, mapping }: Given): AsyncGenerator<Read> {
  if (format === 'ndjson') return yield* jsonRecords(file)
  yield* csvRecords(file, (columns) => {
    const fields = columns.map((column) => fieldOf(column, mapping)).filter((field) => field !== undefined)
    const fault = !fields.some(isNaming)
      ? issues.names_nobody
      : new Set(fields).size < fields.length
        ? issues.same_column_fields
        : undefined
    if (fault !== undefined) throw unreadable(fault)
  })
}

const keyOf = ({ kind, value }: Identifier): string => `${kind} ${value}`

function among(names: readonly Identifier[]): (name: Identifier) => boolean {
  const keys = new Set(names.map(keyOf))
  return (name) => keys.has(keyOf(name))
}

const namesOf = (id: string, one: Judged) =>
  'person' in one ? one.person.identifiers.map((name) => ({ import_id: id, ...name, row_number: one.row })) : []

/** Whether a name was new with a row. */
function firsts(claimed: readonly (Identifier & { readonly row_number: number })[]): (name: Identifier, row: number) => boolean {
  const rows = new Map(claimed.map((one) => [keyOf(one), one.row_number]))
  return (name, row) => rows.get(keyOf(name)) === row
}

function rowOf(
  { id, dryRun }: Given,
  one: Judged,
  isTaken: (name: Identifier) => boolean,
  isFirst: (name: Identifier, row: number) => boolean,
): RecordRow {
  const { identifiers, ...person } = 'person' in one ? one.person : { identifiers: [] }
  const value = (kind: Identifier['kind']) => identifiers.find((name) => name.kind === kind)?.value ?? null
  const refusal = 'refusal' in one ? one.refusal : clashOf(identifiers, isTaken, (name) => !isFirst(name, one.row))
  return {
    import_id: id,
    row_number: one.row,
    outcome: refusal ? 'refused' : 'ready',
    code: refusal?.code ?? null,
    field: refusal?.field ?? null,
    email: value('email'),
    username: value('username'),
    phone: value('phone'),
    sent: 'sent' in one ? one.sent : null,
    person: refusal || dryRun ? null : person,
    created_user_id: null,
  }
}

function clashOf(
  identifiers: readonly Identifier[],
  isTaken: (name: Identifier) => boolean,
  isDoubled: (name: Identifier) => boolean,
): Refusal | undefined {
  const doubled = identifiers.find(isDoubled)
  if (doubled) return { code: 'duplicate_row', field: doubled.kind }
  const had = identifiers.find(isTaken)
  return had && { code: 'identifier_taken', field: had.kind }
}
