/**
 * A file of users as records, one after the other.
 *
 * Invariant: memory holds one record and what the parser reads ahead, whatever the file is. A line that cannot be read is a record that says so where
 * the next one can still be found; where it cannot, the whole file is refused.
 *
 * @module
 */
import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { AuthError, isAuthError } from '../../kernel/contract/errors.ts'
import type { FileBytes } from '../../kernel/contract/file.ts'
import { assertNoPrototypeKeys } from '../../kernel/http/body.ts'
import { E } from './contract.ts'

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

const unreadable = (detail: string): AuthError => new AuthError(E.import_not_readable, { detail })

/**
 * Reads CSV: commas, semicolons or tabs, whichever the line of names has most of.
 *
 * @param begin hears the names of the columns
 * @throws import_not_readable
 */
export async function* csvRecords(file: FileBytes, begin: (columns: readonly string[]) => void): AsyncGenerator<Read> {
  const { head, rest } = await begun(inUtf8(file))
  const options = {
    bom: true,
    delimiter: delimiterOf(head),
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: mostBytes,
  }
  const parser = parse(options)
  pipeline(Readable.from(joined(head, rest), { objectMode: false }), parser, () => {}) // the iteration below hears of a failure
  let columns: readonly string[] | undefined
  let row = 0
  try {
    for await (const cells of parser as AsyncIterable<readonly string[]>) {
      row += 1
      if (columns) yield recordOf(row, columns, cells)
      else {
        columns = namesIn(cells)
        begin(columns)
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw unreadable(`It is no CSV after row ${row}: ${(csvFaults[error.code] ?? error.code).toLowerCase()}.`)
  }
  if (!columns) throw unreadable('It is empty.')
}

/** In words that quote nothing of the file. */
const csvFaults: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  INVALID_OPENING_QUOTE: 'a quote stands in the middle of a cell',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote',
  CSV_MAX_RECORD_SIZE: 'a row is too large',
}

function namesIn(cells: readonly string[]): readonly string[] {
  const names = cells.map((cell) => cell.trim())
  if (names.length > mostColumns) throw unreadable(`It has more than ${mostColumns} columns.`)
  if (new Set(names).size < names.length) throw unreadable('Two columns have the same name.')
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
    const value: unknown = JSON.parse(line)
    assertNoPrototypeKeys(value)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { row, cells: new Map(Object.entries(value)) }
  } catch (error) {
    if (!(error instanceof SyntaxError || isAuthError(error))) throw error
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
