/**
 * What `serve` says once it listens: to a person in a box, to a machine in a log line or as JSON.
 *
 * Invariant: a password is shown to a terminal only, and once; never to a pipe, a file or a log.
 *
 * @module
 */
import { homedir } from 'node:os'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { product } from '../kernel/product.ts'
import type { DataDir } from './data-dir.ts'
import { print } from './output.ts'

/** What there is to say. */
export interface Announcement {
  readonly dev: boolean
  readonly url: string
  readonly panelUrl: string | undefined
  readonly docsUrl: string | undefined
  readonly inboxUrl: string | undefined
  readonly data: DataDir
  /** Where the database is, as storage says it. */
  readonly location: string
  readonly json: boolean | undefined
  readonly logger: { info(details: object, message: string): void }
}

/** Says where the server is. */
export function announce({ dev, url, panelUrl, docsUrl, inboxUrl, data, location, json, logger }: Announcement): void {
  const terminal = process.stdout.isTTY === true
  const note = data.findAdminNote()
  if (!dev && !terminal && !json) {
    logger.info({ url, ...(note && { firstAdmin: data.adminNotePath }) }, 'listening')
    return
  }
  const admin = note
    ? [
        row('Admin', bold(note.identifier)),
        terminal
          ? row('Password', `${bold(note.password)}\n${dim('shown once; the first login asks for a new one')}`)
          : row('Password', `in ${shortPath(data.adminNotePath)}`),
      ]
    : [row('Admin', `there is one; a new password: ${program} users reset-password ID`)]
  const lines = [
    `${bold(product.title)} ${product.version}${dev ? dim(' on your own machine') : ''}`,
    '',
    row('Server', bold(url)),
    ...(panelUrl === undefined ? [] : [row('Panel', bold(panelUrl))]),
    ...(docsUrl === undefined ? [] : [row('API docs', docsUrl)]),
    ...(inboxUrl === undefined ? [] : [row('Inbox', `${inboxUrl}\n${dim('mails are kept there, not sent')}`)]),
    ...admin,
    row('Data', placeOf(data, location)),
    '',
    row('Next', nextSteps(data, panelUrl ? 'the panel' : docsUrl && 'the API docs', note !== undefined).join('\n')),
    '',
    dim('Stop with Ctrl+C.'),
  ]
  const adminNote = note && !terminal ? data.adminNotePath : undefined
  print(
    json,
    {
      url,
      panel: panelUrl,
      docs: docsUrl,
      inbox: inboxUrl,
      admin: note?.identifier,
      adminNote,
      data: data.path,
      database: location,
    },
    () => box(lines.join('\n').split('\n'), process.stdout.columns ?? 80),
  )
  if (terminal && !json) data.removeAdminNote()
}

const program = `npx ${product.name}`

/** Commands find the data folder by themselves only where it usually is. */
function nextSteps({ path }: DataDir, place: string | undefined, fresh: boolean): readonly string[] {
  const where = path === resolve(product.dataDir) ? '' : ` --data-dir ${shortPath(path)}`
  return [
    ...(place === undefined ? [] : [`${fresh ? 'log in as the admin' : 'look around'} in ${place}`]),
    `${program} users list${where}`,
    `${program} --help`,
  ]
}

const labelWidth = 10

/** A label with its value; further lines of the value stand under its first. */
const row = (label: string, value: string): string =>
  dim(label.padEnd(labelWidth)) + value.split('\n').join(`\n${' '.repeat(labelWidth)}`)

function placeOf(data: DataDir, location: string): string {
  const folder = shortPath(data.path)
  return location === `sqlite: ${data.databasePath}`
    ? `${folder} ${dim('(SQLite)')}`
    : `${location}\n${dim(`secret in ${folder}`)}`
}

/** A path as a person would type it from here. */
function shortPath(path: string): string {
  const here = relative(process.cwd(), path)
  if (here !== '' && !here.startsWith('..') && !isAbsolute(here)) return `.${sep}${here}`
  const home = homedir()
  return path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path
}

const border = { left: '│  ', right: '  │' }

/** Draws a box around lines, no wider than the terminal: what is longer goes on below. A terminal too narrow for a box gets none. */
export function box(lines: readonly string[], columns: number): string[] {
  const room = columns - border.left.length - border.right.length
  if (room < 40) return [...lines]
  const rows = lines.flatMap((line) => folded(line, room))
  const width = Math.max(...rows.map(lengthOf))
  const edge = '─'.repeat(width + 4)
  const framed = ['', ...rows, ''].map((line) => border.left + line + ' '.repeat(width - lengthOf(line)) + border.right)
  return [`╭${edge}╮`, ...framed, `╰${edge}╯`]
}

const lengthOf = (line: string): number => stripVTControlCharacters(line).length

/** A line that fits is left alone; a longer one loses its colours, not its letters. */
function folded(line: string, room: number): string[] {
  const plain = stripVTControlCharacters(line)
  if (plain.length <= room) return [line]
  const indent = ' '.repeat(labelWidth)
  return [plain.slice(0, room), ...folded(indent + plain.slice(room), room)]
}

const styled = (open: number, close: number) => (text: string) =>
  process.stdout.isTTY && process.stdout.hasColors() ? `\x1b[${open}m${text}\x1b[${close}m` : text
const bold = styled(1, 22)
const dim = styled(2, 22)
