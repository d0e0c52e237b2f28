/**
 * A file of users as records, one after the other.
 *
 * Invariant: memory holds one record and what the parser reads ahead, whatever the file is. A line that cannot be read is a record that says so where
 * the next one can still be found; where it cannot, the whole file is refused.
 *
 * @module
 */
import { pipeline, Readable } from 'node:stream'
import { AuthError, isAuthError } from '../../kernel/contract/errors.ts'
import type { FileBytes } from '../../kernel/contract/file.ts'
import type { IssueDef, IssueReason } from '../../kernel/contract/issues.ts'
import { parseJson } from '../../kernel/http/body.ts'
import { E, issues } from './contract.ts'

/** One record: its cells by the name of their column, or why there are none. */
export interface Read {
  readonly row: number
  readonly cells?: ReadonlyMap<string, unknown>
  readonly code?: 'encoding' | 'row_too_large' | 'not_json' | 'wrong_number_of_columns'
}

const mostBytes = 64 * 1024
const mostColumns = 200
/** What a decoder puts where bytes are no text. */
const damaged = '\ufffd'

/** The refusal of a whole file. */
export function unreadable(reason: IssueReason): AuthError {
  const where = reason.row === undefined ? '' : ` after row ${reason.row}`
  return new AuthError(E.import_not_readable, { detail: `It ${reason.message}${where}.`, issues: [{ pointer: '', ...reason }] })
}

/**
 * Reads CSV: commas, semicolons or tabs, whichever the line of names has most of.
 *
 * @param begin hears the names of the columns
 * @throws import_not_readable
 */
export async function* csvRecords(file: FileBytes, begin: (columns: readonly string[]) => void): AsyncGenerator<Read> {
  const { CsvError, parse } = await import('csv-parse') // only where somebody brings a CSV
  const { head, rest } = await begun(inUtf8(file))
  const options = {
    bom: true,
    delimiter: delimiterOf(head),
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: mostBytes,
  }
  const parser = parse(options)
  pipeline(Readable.from(joined(head, rest), { objectMode: false }), parser, () => {}) // the iteration below hears of a failure
  let columns: readonly string[] | undefined
  try {
    for await (const { record: cells, info } of parser as AsyncIterable<CsvRow>) {
      const row = info.records + info.empty_lines
      if (columns) yield recordOf(row, columns, cells)
      else {
        columns = namesIn(cells)
        begin(columns)
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // It has read further than it has told: what it failed at comes before what waits to be taken.
    const row = Number(error.records) + Number(error.empty_lines)
    throw unreadable({ ...(csvFaults[error.code] ?? issues.not_csv), row })
  }
  if (!columns) throw unreadable(issues.file_empty)
}

/** What the parser answers; lines without a cell are rows of a spreadsheet too. */
interface CsvRow {
  readonly record: readonly string[]
  readonly info: { readonly records: number; readonly empty_lines: number }
}

/** In words that quote nothing of the file. */
const csvFaults: Readonly<Record<string, IssueDef>> = {
  CSV_QUOTE_NOT_CLOSED: issues.quote_not_closed,
  INVALID_OPENING_QUOTE: issues.quote_within_cell,
  CSV_INVALID_CLOSING_QUOTE: issues.behind_quote,
  CSV_MAX_RECORD_SIZE: issues.row_too_large,
}

function namesIn(cells: readonly string[]): readonly string[] {
  const names = cells.map((cell) => cell.trim())
  if (names.length > mostColumns) throw unreadable({ ...issues.too_many_columns, limit: mostColumns })
  if (new Set(names).size < names.length) throw unreadable(issues.same_column_names)
  return names
}

function recordOf(row: number, columns: readonly string[], cells: readonly string[]): Read {
  if (cells.some((cell) => cell.includes(damaged))) return { row, code: 'encoding' }
  if (cells.length !== columns.length) return { row, code: 'wrong_number_of_columns' }
  return { row, cells: new Map(columns.map((column, at) => [column, unguarded(cells[at] ?? '')])) }
}

/** Takes off the apostrophe that our own export puts before what a spreadsheet takes for a formula. */
const unguarded = (cell: string): string => (/^'[=+\-@\t\r\n]/.test(cell) ? cell.slice(1) : cell)

function delimiterOf(head: Uint8Array): string {
  const line = new TextDecoder().decode(head).split(/[\r\n]/, 1)[0] ?? ''
  const [most] = [',', ';', '\t'].sort((a, b) => line.split(b).length - line.split(a).length)
  return most ?? ','
}

/** Reads one JSON object a line. */
export async function* jsonRecords(file: FileBytes): AsyncGenerator<Read> {
  const decoder = new TextDecoder()
  let [row, rest, isTooLarge] = [0, '', false]
  const read = (line: string): Read | undefined => {
    row += 1
    if (isTooLarge || line.length > mostBytes) return { row, code: 'row_too_large' }
    return line.trim() === '' ? undefined : jsonRecord(row, line)
  }
  for await (const chunk of inUtf8(file)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const record = read(line)
      isTooLarge = false
      if (record) yield record
    }
    if (rest.length <= mostBytes) continue
    isTooLarge = true
    rest = ''
  }
  const last = read(rest + decoder.decode())
  if (last) yield last
}

function jsonRecord(row: number, line: string): Read {
  if (line.includes(damaged)) return { row, code: 'encoding' }
  try {
    const value = parseJson(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { row, cells: new Map(Object.entries(value)) }
  } catch (error) {
    if (!isAuthError(error)) throw error
  }
  return { row, code: 'not_json' }
}

/** Spreadsheets also write UTF-16, and say so with its byte order mark. */
async function* inUtf8(file: FileBytes): FileBytes {
  const encoder = new TextEncoder()
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let isFirst = true
  const { head, rest } = await begun(file)
  for await (const chunk of joined(head, rest)) {
    if (isFirst && chunk[0] === 0xff && chunk[1] === 0xfe) decoder = new TextDecoder('utf-16le')
    if (isFirst && chunk[0] === 0xfe && chunk[1] === 0xff) decoder = new TextDecoder('utf-16be')
    isFirst = false
    yield decoder ? encoder.encode(decoder.decode(chunk, { stream: true })) : chunk
  }
  if (decoder) yield encoder.encode(decoder.decode())
}

/** Reads on until the first line is there. */
async function begun(file: FileBytes): Promise<{ head: Uint8Array; rest: AsyncIterator<Uint8Array> }> {
  const rest = file[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < mostBytes && !head.includes('\n')) {
    const part = await rest.next()
    if (part.done) break
    head = Buffer.concat([head, part.value])
  }
  return { head, rest }
}

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): FileBytes {
  if (head.length > 0) yield head
  for (let part = await rest.next(); !part.done; part = await rest.next()) yield part.value
}
