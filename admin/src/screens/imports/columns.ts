/**
 * The columns of a file that was chosen, read from its beginning here in the browser, and what they most likely are.
 *
 * Nothing is decided by it: the server reads the whole file and judges each row.
 *
 * @module
 */
import { importFields } from '../../../../src/client.ts'

export type Format = 'csv' | 'ndjson'

/** What was found at the beginning of a file. */
export interface Beginning {
  readonly format: Format
  readonly columns: readonly string[]
}

const begins = 256 * 1024
const mostColumns = 200

/** Reads the beginning of a file. */
export async function beginningOf(file: File): Promise<Beginning> {
  const text = decoded(new Uint8Array(await file.slice(0, begins).arrayBuffer()))
  const format = /\.(ndjson|jsonl)$/i.test(file.name) || text.trimStart().startsWith('{') ? 'ndjson' : 'csv'
  const columns = format === 'csv' ? namesOfCsv(text) : namesOfObjects(text)
  return { format, columns: [...new Set(columns)].slice(0, mostColumns) }
}

function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder().decode(bytes)
}

/** Cells of the first line: commas, semicolons or tabs, whichever it has most of; quotes as in RFC 4180. */
function namesOfCsv(text: string): string[] {
  const head = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0] ?? ''
  const bare = head.replaceAll(/"(?:[^"]|"")*"/g, '')
  const count = (mark: string) => bare.split(mark).length
  const mark = [',', ';', '\t'].reduce((most, one) => (count(one) > count(most) ? one : most))
  const cells = head.match(new RegExp(`(?:"(?:[^"]|"")*"|[^"${mark}])+`, 'g')) ?? []
  return cells
    .map((cell) =>
      cell
        .trim()
        .replace(/^"(.*)"$/s, '$1')
        .replaceAll('""', '"')
        .trim(),
    )
    .filter((name) => name !== '')
}

function namesOfObjects(text: string): string[] {
  const lines = text.split('\n').slice(0, 50)
  return lines.flatMap((line) => {
    try {
      return Object.keys(JSON.parse(line) as object)
    } catch {
      return [] // the last one may be cut in two, and the server says of each what is wrong with it
    }
  })
}

type Field = (typeof importFields)[number]

const words: Readonly<Record<string, Field>> = {
  mail: 'email',
  emailaddress: 'email',
  indirizzo: 'email',
  login: 'identifier',
  user: 'username',
  utente: 'username',
  nomeutente: 'username',
  tel: 'phone',
  telefono: 'phone',
  mobile: 'phone',
  verified: 'emailVerified',
  givenname: 'firstName',
  nome: 'firstName',
  surname: 'lastName',
  familyname: 'lastName',
  cognome: 'lastName',
  language: 'locale',
  lang: 'locale',
  lingua: 'locale',
  ruolo: 'role',
  hash: 'passwordHash',
}

/** What a column is by its name; `''` where it says nothing. */
export function likelyField(column: string): string {
  if (/^metadata\../.test(column)) return column
  const word = column.toLowerCase().replaceAll(/[^a-z]/g, '')
  return importFields.find((field) => field.toLowerCase() === word) ?? words[word] ?? ''
}
