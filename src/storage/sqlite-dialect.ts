/**
 * Kysely over SQLite with one writer.
 *
 * Invariant: a transaction holds the write lock from its first statement (`BEGIN IMMEDIATE`), so it never fails half-way with
 * SQLITE_BUSY_SNAPSHOT. Nobody waits inside SQLite, which would freeze the event loop: in this process writers queue in order, against
 * other processes they try again after a short random wait, and after 5 s the answer is `unavailable`.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  DeleteQueryNode,
  type Dialect,
  type Driver,
  InsertQueryNode,
  type OperationNode,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  UpdateQueryNode,
} from 'kysely'
import { AuthError, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'
import { randomBytes } from '../kernel/crypto/random.ts'
import { createFifoLock, type Release } from './fifo-lock.ts'
import type { Outages } from './outages.ts'
import type { CheckedHandle, SqliteOutcome } from './sqlite-driver.ts'

/** How long anything waits for the writer before it is refused. */
const patienceMs = 5_000

/** The handles of one database. Without a `reader` of their own, reads wait for the transaction that is open. */
export interface SqliteHandles {
  readonly writer: CheckedHandle
  readonly reader?: CheckedHandle
  close(): void
}

/** The dialect, and the number that differs once another connection has committed (sqlite.org/pragma.html#pragma_data_version). */
export interface SqliteEngine {
  readonly dialect: Dialect
  /** `undefined` before the first query and after closing. */
  dataVersion(): number | undefined
}

/** Builds both; `open` is called when the first query comes. */
export function sqliteEngine(open: () => Promise<SqliteHandles>, outages: Outages): SqliteEngine {
  let handles: SqliteHandles | undefined
  const opened = async () => {
    handles = await noted(outages, open)
    const { close } = handles
    return {
      ...handles,
      close() {
        handles = undefined
        close()
      },
    }
  }
  return {
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new OneWriterDriver(opened, outages),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    // Asked of the writer: its own commits do not count, and those are announced by us.
    dataVersion: () => handles && Number(handles.writer.run('pragma data_version').rows[0]?.data_version),
  }
}

class OneWriterDriver implements Driver {
  readonly #open: () => Promise<SqliteHandles>
  readonly #outages: Outages
  readonly #lock = createFifoLock(patienceMs)
  #handles: SqliteHandles | undefined

  constructor(open: () => Promise<SqliteHandles>, outages: Outages) {
    this.#open = open
    this.#outages = outages
  }

  async init(): Promise<void> {
    this.#handles = await this.#open()
  }

  async acquireConnection(): Promise<SqliteConnection> {
    if (!this.#handles) throw new Error('the database is closed')
    return new SqliteConnection(this.#handles, () => this.#lock.acquire(), this.#outages)
  }

  beginTransaction(connection: SqliteConnection): Promise<void> {
    return connection.begin()
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    connection.commit()
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    connection.rollback()
  }

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    connection.rollback()
  }

  async destroy(): Promise<void> {
    let release: Release | undefined
    try {
      release = await this.#lock.acquire()
    } finally {
      // Also when a transaction hangs and the lock is not to be had: closing rolls it back.
      const handles = this.#handles
      this.#handles = undefined
      try {
        handles?.close()
      } finally {
        release?.()
      }
    }
  }
}

/** Where one caller's statements go: the writer while it has a transaction open, otherwise whatever each statement needs. */
class SqliteConnection implements DatabaseConnection {
  readonly #handles: SqliteHandles
  readonly #acquire: () => Promise<Release>
  readonly #outages: Outages
  /** Present while a transaction is open. */
  #release: Release | undefined
  /** Set when a statement of the open transaction failed. */
  #failure: { readonly cause: unknown } | undefined

  constructor(handles: SqliteHandles, acquire: () => Promise<Release>, outages: Outages) {
    this.#handles = handles
    this.#acquire = acquire
    this.#outages = outages
  }

  begin(): Promise<void> {
    return noted(this.#outages, () => this.#begin())
  }

  async #begin(): Promise<void> {
    const release = await this.#acquire()
    try {
      await whenFree(() => this.#handles.writer.run('begin immediate'))
      this.#release = release
    } catch (error) {
      release()
      throw error
    }
  }

  commit(): void {
    if (this.#failure) throw new Error('The transaction was rolled back: a statement in it had failed', this.#failure)
    translated(() => this.#handles.writer.run('commit'))
    this.#end()
  }

  /** Does nothing when no transaction is open. */
  rollback(): void {
    if (!this.#release) return
    try {
      this.#handles.writer.run('rollback')
    } catch {
      // SQLite has already rolled back by itself (disk full, I/O error); there is nothing left to undo.
    } finally {
      this.#end()
    }
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return noted(this.#outages, () => this.#execute<R>(query))
  }

  async #execute<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const run = (handle: CheckedHandle) => handle.run(query.sql, query.parameters)
    if (this.#release) return resultOf<R>(this.#runInTransaction(query.sql, () => run(this.#handles.writer)))
    const { reader } = this.#handles
    if (reader && SelectQueryNode.is(query.query)) return resultOf<R>(await whenFree(() => run(reader)))
    if (isWrite(query.query)) return resultOf<R>(await this.#runAlone(query.sql, () => run(this.#handles.writer)))
    const release = await this.#acquire()
    try {
      return resultOf<R>(await whenFree(() => run(this.#handles.writer)))
    } finally {
      release()
    }
  }

  // biome-ignore lint/correctness/useYield: rows are always read at once, so that no statement stays open between two turns
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('rows are not streamed from SQLite')
  }

  /**
   * A write outside a transaction, in one of its own. libsql leaves a statement that found the file locked half-way through; an INSERT left like
   * that pins the snapshot of that moment, and every later transaction of this process fails (SQLITE_BUSY_SNAPSHOT). A BEGIN left like that
   * is taken up again by the next one.
   */
  async #runAlone(sql: string, run: () => SqliteOutcome): Promise<SqliteOutcome> {
    await this.#begin()
    try {
      const outcome = this.#runInTransaction(sql, run)
      this.commit()
      return outcome
    } finally {
      this.rollback()
    }
  }

  /**
   * PostgreSQL's rule on this engine too: after a statement has failed, its transaction takes nothing but a way back to a savepoint and never
   * commits. SQLite may have rolled back by itself (disk full), and what came next would be committed alone.
   */
  #runInTransaction(sql: string, run: () => SqliteOutcome): SqliteOutcome {
    if (this.#failure && !/^\s*rollback\s+to\b/i.test(sql))
      throw new Error('A statement of this transaction had failed', this.#failure)
    try {
      const outcome = run()
      this.#failure = undefined
      return outcome
    } catch (error) {
      const reachedTheDatabase = !(error instanceof TypeError || isAuthError(error))
      if (reachedTheDatabase) this.#failure ??= { cause: error }
      throw translate(error)
    }
  }

  #end(): void {
    this.#release?.()
    this.#release = undefined
    this.#failure = undefined
  }
}

const isWrite = (node: OperationNode): boolean => InsertQueryNode.is(node) || UpdateQueryNode.is(node) || DeleteQueryNode.is(node)

const resultOf = <R>({ rows, changes }: SqliteOutcome): QueryResult<R> => ({
  rows: rows as R[],
  ...(changes !== undefined && { numAffectedRows: changes }),
})

/** Runs `attempt` as soon as no other process holds what it needs. @throws unavailable after {@link patienceMs} */
export async function whenFree<T>(attempt: () => T): Promise<T> {
  let patience: AbortSignal | undefined
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || patience?.aborted) throw translate(error)
      // Counts what has passed, however long each pause and attempt really took.
      patience ??= AbortSignal.timeout(patienceMs)
      await wait(1 + (randomBytes(1).readUInt8() % 16))
    }
  }
}

async function noted<T>(outages: Outages, work: () => Promise<T>): Promise<T> {
  try {
    const answer = await work()
    outages.answered()
    return answer
  } catch (error) {
    outages.failed(error)
    throw error
  }
}

function translated<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw translate(error)
  }
}

/** Primary result codes (sqlite.org/rescode.html): another holds the file, or the disk below it does not answer. */
const busy = 5
const outage = new Map([
  [busy, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [8, 'SQLITE_READONLY'],
  [10, 'SQLITE_IOERR'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
])

/** The primary result code of a driver's error: better-sqlite3 and libsql name it, node:sqlite numbers it. */
function outageCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  if (typeof errcode === 'number') return outage.has(errcode & 0xff) ? errcode & 0xff : undefined
  if (typeof code !== 'string') return undefined
  for (const [number, name] of outage) if (code === name || code.startsWith(`${name}_`)) return number
  return undefined
}

const isBusy = (error: unknown): boolean => outageCode(error) === busy

const translate = (error: unknown): unknown =>
  outageCode(error) === undefined ? error : new AuthError(kernelErrors.unavailable, { cause: error, retryAfterSeconds: 1 })
