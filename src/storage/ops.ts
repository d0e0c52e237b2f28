/**
 * The few shapes of statement that must not be written twice: the guarded consume, and the keyset page.
 *
 * @module
 */
import { type SelectQueryBuilder, sql } from 'kysely'
import { AuthError, kernelErrors } from '../kernel/contract/errors.ts'

/** One page, and where the next begins. */
export interface Page<R> {
  readonly rows: readonly R[]
  readonly nextCursor: string | null
}

/**
 * Runs a guarded UPDATE or DELETE that spends one thing, and says whether this caller was the one who spent it.
 *
 * The row count decides: of any number of racing callers, one changes the row.
 */
export async function consumeOne(query: {
  executeTakeFirstOrThrow(): Promise<{ numUpdatedRows: bigint } | { numDeletedRows: bigint }>
}): Promise<boolean> {
  const result = await query.executeTakeFirstOrThrow()
  const changed = 'numUpdatedRows' in result ? result.numUpdatedRows : result.numDeletedRows
  if (changed > 1n) throw new Error('a single-use row was not unique')
  return changed === 1n
}

/** Whether a statement failed because a unique key was taken, on any engine. */
export function isUniqueViolation(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY'
}

/**
 * Reads one page by a unique, sorted text column; never by offset, so a page costs the same wherever it is.
 *
 * @throws validation_failed when the cursor is not one of ours
 */
export async function keysetPage<DB, TB extends keyof DB, R extends Record<string, unknown>, B extends keyof R & string>(
  query: SelectQueryBuilder<DB, TB, R>,
  page: { readonly limit: number; readonly cursor: string | undefined; readonly by: B; readonly direction: 'asc' | 'desc' },
): Promise<Page<R>> {
  const column = sql.ref<string>(page.by)
  const start =
    page.cursor === undefined ? query : query.where(column, page.direction === 'asc' ? '>' : '<', parseCursor(page.cursor))
  const rows = await start
    .orderBy(column, page.direction)
    .limit(page.limit + 1)
    .execute()
  const kept = rows.slice(0, page.limit)
  const last = kept.at(-1)
  const more = rows.length > page.limit && last !== undefined
  return { rows: kept, nextCursor: more ? Buffer.from(String(last[page.by])).toString('base64url') : null }
}

function parseCursor(cursor: string): string {
  const value = Buffer.from(cursor, 'base64url').toString('utf8')
  if (value === '' || Buffer.from(value).toString('base64url') !== cursor) {
    throw new AuthError(kernelErrors.validation_failed, {
      issues: [{ pointer: '/cursor', message: 'is not a cursor of this list' }],
    })
  }
  return value
}
