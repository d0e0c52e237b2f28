/**
 * Holds the tables of the guide to the code. A table stands between two marks; its first columns are written from the declarations, and a
 * last column in words, where there is one, is kept by the first cell of its row.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { commands, errors, events, exitCodes, issues, limits, options, settings, switches } from './facts.mjs'

/** `words`: the heading of the column that people write. */
const tables = [
  { name: 'options', read: options, page: 'options.md', head: ['Option', 'Type', 'Default'], words: 'Meaning' },
  {
    name: 'limits',
    read: limits,
    page: 'options.md',
    head: ['Row', 'By address', 'By subject', 'Over all', 'Counted in'],
    words: 'Used by',
  },
  { name: 'errors', read: errors, page: 'errors.md', head: ['Code', 'Status', 'Title', 'Help'], words: 'When' },
  { name: 'issues', read: issues, page: 'errors.md', head: ['Code', 'In English'], words: 'Where, and what else it says' },
  { name: 'events', read: events, page: 'events-and-audit.md', head: ['Event', 'Means', 'Data', 'Audit row'] },
  { name: 'settings', read: settings, page: 'server.md', head: ['Variable', 'Flag', 'Default', 'What'] },
  { name: 'switches', read: switches, page: 'settings.md', head: ['Setting', 'Takes', 'Default', 'Decides'] },
  { name: 'commands', read: commands, page: 'server.md', head: ['Command', 'Takes', 'Does'] },
  { name: 'exitCodes', read: exitCodes, page: 'server.md', head: ['Code', 'Word'], words: 'Means' },
]

const cellsOf = (line) =>
  line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
const lineOf = (cells) => `| ${cells.join(' | ')} |`
const escaped = (cell) => cell.replaceAll('|', '\\|')

/** The part of a page between the marks of a table. */
const partOf = (text, name) => new RegExp(`(<!-- ${name}:begin[^>]*-->\\n)([\\s\\S]*?)(<!-- ${name}:end -->)`).exec(text)

function drawn({ head, words }, rows, standing) {
  const said = new Map(standing.map((line) => cellsOf(line)).map((cells) => [cells[0], cells.at(-1)]))
  const cells = rows.map((row) => row.map(escaped)).map((row) => (words ? [...row, said.get(row[0]) ?? ''] : row))
  const top = words ? [...head, words] : head
  const unsaid = words ? cells.filter((row) => row.at(-1) === '').map(([first]) => first) : []
  return { lines: `${[top, top.map(() => '---'), ...cells].map(lineOf).join('\n')}\n`, unsaid }
}

/**
 * Puts the rows of the code into the text of a page.
 *
 * @returns the text as it should be, and the rows that nobody has said anything about; `undefined` when the page has no such marks
 */
export function redraw(text, table, rows) {
  const part = partOf(text, table.name)
  if (part === null) return undefined
  const [whole, begin, standing, end] = part
  const { lines, unsaid } = drawn(table, rows, standing.split('\n').slice(2, -1))
  return { text: text.replace(whole, () => begin + lines + end), unsaid }
}

/**
 * Compares every table with the code.
 *
 * @param write put the tables right instead of complaining about them
 * @returns what is wrong, and has to be said by a person
 */
export async function faultsOfTables({ program, write }) {
  const faults = []
  for (const table of tables) {
    const page = `docs/guide/${table.page}`
    const { rows, faults: own = [] } = await table.read({ program })
    const text = existsSync(page) ? readFileSync(page, 'utf8') : ''
    const fresh = redraw(text, table, rows)
    faults.push(...own)
    if (fresh === undefined) {
      faults.push(`${page}: the marks of the table "${table.name}" are missing`)
      continue
    }
    faults.push(...fresh.unsaid.map((first) => `${page}: nothing is said about ${first}`))
    if (fresh.text === text) continue
    if (write) writeFileSync(page, fresh.text)
    else faults.push(`${page}: the table "${table.name}" is not what the code says; run: node scripts/check-docs.mjs --write`)
  }
  return faults
}
