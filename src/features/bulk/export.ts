/**
 * Users as a file.
 *
 * Invariant: that a list is taken away is in the audit log before its first line leaves; memory holds one page. No cell of a CSV begins with what a
 * spreadsheet takes for a formula (OWASP ASVS 5.0 V1.2.10). What an operator may not see in a list is not in a file either.
 *
 * @module
 */
import type { stringify as Stringify } from 'csv-stringify/sync'
import { type Download, streamOf } from '../../kernel/contract/file.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { withoutDeadline } from '../../kernel/deadline.ts'
import { queryOf, type toUser, type UsersService } from '../users/index.ts'
import type { Filter } from './contract.ts'
import { summaryOf } from './service.ts'

interface ExportDeps extends Pick<UsersService, 'list' | 'adminViews'> {
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  newId(): string
}

const perPage = 100

/** The columns of a CSV, in this order; the names are those an import reads. */
const columns = [
  'id',
  'email',
  'emailVerified',
  'username',
  'phone',
  'firstName',
  'lastName',
  'locale',
  'role',
  'createdAt',
  'disabledAt',
  'metadata',
] as const

/** Builds the export. */
export function createExport({ list, adminViews, transaction, newId }: ExportDeps) {
  async function start(caller: Ctx, format: 'csv' | 'ndjson', filter: Filter): Promise<Download> {
    const ctx = withoutDeadline(caller) // a file takes as long as whoever saves it
    const id = newId()
    const write = format === 'csv' ? csvLines((await import('csv-stringify/sync')).stringify) : ndjsonLines
    await transaction(ctx, async (tx) => {
      tx.emit('identity.export.started', { data: { export: id, format }, audit: { target: id, after: summaryOf({ filter }) } })
    })
    const end = (users: number, complete: boolean) =>
      transaction(ctx, async (tx) => {
        tx.emit('identity.export.ended', { data: { export: id, users, complete }, audit: { target: id } })
      })
    const body = streamOf(encoded(pages(ctx, filter, write, end)))
    const [type, day] = [format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson', ctx.at.toISOString().slice(0, 10)]
    return { type, name: `users-${day}.${format}`, body }
  }

  async function* pages(
    ctx: Ctx,
    filter: Filter,
    write: Lines,
    end: (users: number, complete: boolean) => Promise<void>,
  ): AsyncGenerator<string> {
    let [sent, complete] = [0, false]
    try {
      if (write.head !== '') yield write.head
      let cursor: string | null | undefined
      while (cursor !== null) {
        const page = await list(ctx, { ...queryOf({ ...filter, limit: perPage }), cursor })
        const lines = (await adminViews(ctx, page.users)).map(write.line)
        if (lines.length > 0) yield lines.join('')
        sent += lines.length
        cursor = page.nextCursor
      }
      complete = true
    } finally {
      await end(sent, complete)
    }
  }

  return { start }
}

type Shown = ReturnType<typeof toUser> & { disabledAt: Date | null }

/** How a file is written. */
interface Lines {
  readonly head: string
  line(user: Shown): string
}

const csvLines = (stringify: typeof Stringify): Lines => ({
  head: stringify([[...columns]]),
  line: (user) => stringify([cellsOf(user).map(([, value]) => harmless(cellOf(value)))]),
})

const ndjsonLines: Lines = { head: '', line: (user) => `${JSON.stringify(Object.fromEntries(cellsOf(user)))}\n` }

function cellsOf({ createdAt, disabledAt, ...user }: Shown): readonly (readonly [column: string, value: unknown])[] {
  const shown = { ...user, createdAt: createdAt.toISOString(), disabledAt: disabledAt?.toISOString() ?? null }
  return columns.map((column) => [column, shown[column]])
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * An apostrophe before it makes a spreadsheet show a cell instead of computing it; where the semicolon separates cells, quotes do not keep one whole. A phone
 * number gets one too: it begins with a plus.
 */
export const harmless = (cell: string): string =>
  (/^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell).replace(/([;\t]\s*)([=+\-@])/g, "$1'$2")

async function* encoded(parts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const part of parts) yield encoder.encode(part)
}
