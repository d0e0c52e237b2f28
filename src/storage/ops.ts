/**
 * Operations every store is built from: single use, pages.
 *
 * @module
 */
import { type AliasedExpression, type DeleteResult, type Kysely, type SelectQueryBuilder, sql, type UpdateResult } from 'kysely'
import { AuthError, kernelErrors } from '../kernel/contract/errors.ts'
import { kernelIssues } from '../kernel/contract/issues.ts'
import { isInstantName } from './codecs.ts'

/**
 * Spends something once: runs a guarded `UPDATE` or `DELETE` and answers whether it changed its one row. Of N racing calls exactly one
 * gets `true`.
 *
 * @throws an ordinary error when the guard let more than one row through, which is a bug in the statement
 * @example
 * ```ts
 * consumeOne(db.deleteFrom('ticket').where('id', '=', id).where('expires_at', '>', ctx.at))
 * ```
 */
export async function consumeOne(query: { execute(): Promise<readonly (UpdateResult | DeleteResult)[]> }): Promise<boolean> {
  const [result] = await query.execute()
  if (!result) throw new Error('consumeOne takes an UPDATE or DELETE without a returning clause')
  const changed = 'numUpdatedRows' in result ? result.numUpdatedRows : result.numDeletedRows
  if (changed > 1n) throw new Error(`A guarded statement changed ${changed} rows instead of one`)
  return changed === 1n
}

/** Rows or keys in one statement: far below the 32,766 parameters of SQLite and the 65,535 of PostgreSQL. */
const perStatement = 500

/** Cuts a list into pieces that each fit into one statement. */
export function chunked<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / perStatement) }, (_, index) =>
    all.slice(index * perStatement, (index + 1) * perStatement),
  )
}

/** Which page of a list. `by` and `id` are selected columns that are never null (`table.column` where joins make names ambiguous). */
export interface PageOf<O> {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly by: ColumnOf<O>
  /** A unique column, for rows that are equal in `by`; left out when `by` is unique itself. */
  readonly id?: ColumnOf<O>
  readonly direction: 'asc' | 'desc'
}
type ColumnOf<O> = (keyof O & string) | `${string}.${keyof O & string}`

/** One page, and the cursor of the next one. */
export interface Page<O> {
  readonly rows: readonly O[]
  readonly nextCursor: string | null
}

/**
 * Reads one page of a list by key, so that rows which come and go never shift a page.
 *
 * @throws validation_failed for a cursor that is not one of this list
 * @example
 * ```ts
 * const { rows, nextCursor } = await keysetPage(query, { limit, cursor, by: 'created_at', id: 'id', direction: 'desc' })
 * ```
 */
export async function keysetPage<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  { limit, cursor, by, id, direction }: PageOf<O>,
): Promise<Page<O>> {
  const key = id === undefined ? [by] : [by, id]
  const order = `${direction} ${key.map(outputName).join()}`
  let page = query.limit(limit + 1)
  for (const column of key) page = page.orderBy(sql.ref(column), direction)
  if (cursor !== undefined) {
    const after = direction === 'asc' ? sql`>` : sql`<`
    page = page.where(
      sql<boolean>`(${sql.join(key.map((column) => sql.ref(column)))}) ${after} (${sql.join(readCursor(cursor, key, order))})`,
    )
  }
  const found = await page.execute().catch((error) => {
    throw cursor !== undefined && isValueError(error) ? badCursor(error) : error
  })
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, nextCursor: found.length > limit && last ? writeCursor(last, key, order) : null }
}

/** How many rows there are, and whether that is all of them. */
export interface Total {
  readonly count: number
  readonly exact: boolean
}

/** What a list is counted to. */
export const countedTo = 10_000

/**
 * Counts rows as far as {@link countedTo}, which costs the same however many there are.
 *
 * @example
 * ```ts
 * const total = await countUpTo(db, db.selectFrom('note').select('id').where('author', '=', author))
 * ```
 */
export async function countUpTo<DB, TB extends keyof DB, O>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
): Promise<Total> {
  const some = query.limit(countedTo + 1).as('some') as AliasedExpression<object, 'some'>
  const { found } = await (db as Kysely<unknown> as Kysely<Record<never, never>>)
    .selectFrom(some)
    .select(({ fn }) => fn.countAll<number | string>().as('found'))
    .executeTakeFirstOrThrow()
  return totalOf(Number(found))
}

/** A number of rows that was counted to one more than {@link countedTo}. */
export const totalOf = (found: number): Total => ({ count: Math.min(found, countedTo), exact: found <= countedTo })

/** The end of the range of texts that begin with `prefix`, where texts are compared byte by byte. */
export const endOfPrefix = (prefix: string): string => `${prefix}\u{10ffff}`

const outputName = (column: string): string => column.slice(column.lastIndexOf('.') + 1)

/** A cursor says which order it is a place in: a place in another one would be a page from the middle of nowhere. */
function writeCursor(row: object, key: readonly string[], order: string): string {
  const values = new Map(Object.entries(row))
  const parts = key.map((column) => {
    const value: unknown = values.get(outputName(column))
    return value instanceof Date ? value.getTime() : value
  })
  return Buffer.from(JSON.stringify([order, ...parts])).toString('base64url')
}

function readCursor(cursor: string, key: readonly string[], order: string): readonly unknown[] {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch (error) {
    throw badCursor(error)
  }
  if (!Array.isArray(parts) || parts.length !== key.length + 1 || parts[0] !== order) throw badCursor()
  return key.map((column, index) => cursorValue(parts[index + 1], isInstantName(outputName(column))))
}

function cursorValue(part: unknown, isInstant: boolean): string | number | Date {
  if (isInstant) {
    const instant = typeof part === 'number' ? new Date(part) : undefined
    if (!instant || Number.isNaN(instant.getTime())) throw badCursor()
    return instant
  }
  // JSON has numbers that no engine stores: 1e400 is read as Infinity.
  if (typeof part === 'string' || (typeof part === 'number' && Number.isFinite(part))) return part
  throw badCursor()
}

/** The refusal of a cursor that is not one of the list it was given to. */
export const badCursor = (cause?: unknown): AuthError =>
  new AuthError(kernelErrors.validation_failed, {
    cause,
    issues: [{ ...kernelIssues.invalid_format, pointer: '/cursor', message: 'is not a cursor of this list', format: 'cursor' }],
  })

/** SQLSTATE class 22: PostgreSQL could not read a value as the type of its column. */
const isValueError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^22\w{3}$/.test(error.code)
