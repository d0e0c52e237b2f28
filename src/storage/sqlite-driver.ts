/**
 * The checking shim between us and a synchronous SQLite driver: `libsql`, or a better-sqlite3 or node:sqlite handle of the application.
 *
 * Invariant: the driver never sees a parameter whose count or type was not checked. libsql aborts the process on a bound boolean or a lone
 * buffer, and reads missing parameters as NULL.
 *
 * @module
 */
import { LRUCache } from 'lru-cache'
import { sqliteParameter } from './parameters.ts'

/** The part of a prepared statement we use, as better-sqlite3, libsql and node:sqlite have it. */
export interface SqliteStatement {
  /** Whether it answers rows; node:sqlite does not say. */
  readonly reader?: boolean
  all(...parameters: unknown[]): unknown[]
  run(...parameters: unknown[]): { changes: number | bigint }
}

/** The part of a synchronous SQLite driver we use. */
export interface SqliteHandle {
  prepare(sql: string): SqliteStatement
  close(): unknown
}

/** What one statement did. */
export interface SqliteOutcome {
  readonly rows: readonly Record<string, unknown>[]
  /** Rows written; absent for a statement that answers rows. */
  readonly changes?: bigint
}

/** A handle behind the checks. */
export interface CheckedHandle {
  /** Runs one statement at once. @throws validation_failed for text no engine can store */
  run(sql: string, parameters?: readonly unknown[]): SqliteOutcome
  /** Also when it is closed already. */
  close(): void
}

interface Prepared {
  readonly statement: SqliteStatement
  readonly parameterCount: number
}

/** Puts the checks before a handle. Statements are prepared once and kept while they are in use. */
export function checkedHandle(handle: SqliteHandle): CheckedHandle {
  const statements = new LRUCache<string, Prepared>({ max: 256 })
  let isClosed = false

  function prepare(sql: string): Prepared {
    const known = statements.get(sql)
    if (known) return known
    const prepared = { statement: handle.prepare(sql), parameterCount: countPlaceholders(sql) }
    statements.set(sql, prepared)
    return prepared
  }

  return {
    run(sql, parameters = []) {
      const { statement, parameterCount } = prepare(sql)
      if (parameters.length !== parameterCount) {
        throw new TypeError(`The statement takes ${parameterCount} parameters, ${parameters.length} were given`)
      }
      return execute(handle, statement, parameters.map(sqliteParameter))
    },
    close() {
      if (isClosed) return
      isClosed = true
      statements.clear()
      handle.close()
    },
  }
}

function execute(handle: SqliteHandle, statement: SqliteStatement, values: readonly unknown[]): SqliteOutcome {
  // node:sqlite takes an array as one parameter and runs anything through all(); the others take an array and tell readers apart.
  if (statement.reader === undefined) {
    const rows = statement.all(...values).map(plainRow)
    const [counted] = handle.prepare('select changes() as changes').all().map(plainRow)
    return { rows, changes: BigInt(Number(counted?.changes)) }
  }
  if (statement.reader) return { rows: statement.all(values).map(plainRow) }
  return { rows: [], changes: BigInt(statement.run(values).changes) }
}

/** A row as a plain object; bytes as `Buffer`, whichever form the driver has for them. */
function plainRow(row: unknown): Record<string, unknown> {
  const plain: Record<string, unknown> = { ...(row as object) }
  for (const [column, value] of Object.entries(plain)) {
    if (value instanceof ArrayBuffer) plain[column] = Buffer.from(value)
    else if (value instanceof Uint8Array) plain[column] = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  return plain
}

/** Quoted text, quoted names and comments are skipped; what is left of the question marks are parameters. */
const lexeme = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|\?/g

const countPlaceholders = (sql: string): number => (sql.match(lexeme) ?? []).filter((found) => found === '?').length
