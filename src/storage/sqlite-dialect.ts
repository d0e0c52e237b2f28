/**
 * Kysely over SQLite with one writer.
 *
 * Invariant: a transaction holds the write lock from its first statement (`BEGIN IMMEDIATE`), so it never fails half-way with
 * SQLITE_BUSY_SNAPSHOT. Nobody waits inside SQLite, which would freeze the event loop: in this process writers queue in order, against
 * other processes they try again after a short random wait, and after 5 s the answer is `unavailable`.
 *
 * @module
 */
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
import { isAuthError } from '../kernel/contract/errors.ts'
import { createFifoLock, type Release } from './fifo-lock.ts'
import type { Outages } from './outages.ts'
import type { CheckedHandle, SqliteOutcome } from './sqlite-driver.ts'
import { noted, patienceMs, translate, translated, whenFree } from './sqlite-outages.ts'

/** The handles of one database. Without a `reader` of their own, reads wait for the transaction that is open. */
export interface SqliteHandles {
  readonly writer: CheckedHandle
  readonly reader?: CheckedHandle
  /** Opens a reader in the place of one, and closes that one. */
  renew?(reader: CheckedHandle): CheckedHandle
  close(): void
}

/** Handles in use; their reader may be replaced. */
interface OpenHandles extends Omit<SqliteHandles, 'reader'> {
  reader?: CheckedHandle
}

/** The dialect, and the number that differs once another connection has committed (sqlite.org/pragma.html#pragma_data_version). */
export interface SqliteEngine {
  readonly dialect: Dialect
  /** `undefined` before the first query and after closing. */
  dataVersion(): number | undefined
}

/** Builds both; `open` is called when the first query comes. */
export function sqliteEngine(open: () => Promise<SqliteHandles>, outages: Outages): SqliteEngine {
  let handles: OpenHandles | undefined
  let seen: { readonly written: number; readonly read: number } | undefined
  const opened = async () => {
    const found = await noted(outages, open)
    handles = {
      ...found,
      close() {
        handles = undefined
        seen = undefined
        found.close()
      },
    }
    return handles
  }

  /** A reader that does not see what others commit is stuck on an old snapshot: what it reads was true once. It is replaced. */
  function keepReaderCurrent(open: OpenHandles, reader: CheckedHandle, written: number): void {
    const read = versionIn(reader)
    const isStuck = seen !== undefined && seen.written !== written && seen.read === read
    if (isStuck && open.renew) open.reader = open.renew(reader)
    seen = { written, read: open.reader === reader || !open.reader ? read : versionIn(open.reader) }
  }

  return {
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new OneWriterDriver(opened, outages),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    dataVersion() {
      if (!handles) return undefined
      // Asked of the writer: its own commits do not count, and those are announced by us.
      const written = versionIn(handles.writer)
      if (handles.reader) keepReaderCurrent(handles, handles.reader, written)
      return written
    },
  }
}

const versionIn = (handle: CheckedHandle): number => Number(handle.run('pragma data_version').rows[0]?.data_version)

class OneWriterDriver implements Driver {
  readonly #open: () => Promise<OpenHandles>
  readonly #outages: Outages
  readonly #lock = createFifoLock(patienceMs)
  #handles: OpenHandles | undefined

  constructor(open: () => Promise<OpenHandles>, outages: Outages) {
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
  readonly #handles: OpenHandles
  readonly #acquire: () => Promise<Release>
  readonly #outages: Outages
  /** Present while a transaction is open. */
  #release: Release | undefined
  /** Set when a statement of the open transaction failed. */
  #failure: { readonly cause: unknown } | undefined

  constructor(handles: OpenHandles, acquire: () => Promise<Release>, outages: Outages) {
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
