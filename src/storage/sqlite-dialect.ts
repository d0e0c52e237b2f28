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
  type Dialect,
  type Driver,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { AuthError, kernelErrors } from '../kernel/contract/errors.ts'
import { randomBytes } from '../kernel/crypto/random.ts'
import { createFifoLock, type Release } from './fifo-lock.ts'
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
export function sqliteEngine(open: () => Promise<SqliteHandles>): SqliteEngine {
  let handles: SqliteHandles | undefined
  const opened = async () => {
    handles = await open()
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
      createDriver: () => new OneWriterDriver(opened),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    // Asked of the writer: its own commits do not count, and those are announced by us.
    dataVersion: () => handles && Number(handles.writer.run('pragma data_version').rows[0]?.data_version),
  }
}

class OneWriterDriver implements Driver {
  readonly #open: () => Promise<SqliteHandles>
  readonly #lock = createFifoLock(patienceMs)
  #handles: SqliteHandles | undefined

  constructor(open: () => Promise<SqliteHandles>) {
    this.#open = open
  }

  async init(): Promise<void> {
    this.#handles = await this.#open()
  }

  async acquireConnection(): Promise<SqliteConnection> {
    if (!this.#handles) throw new Error('the database is closed')
    return new SqliteConnection(this.#handles, () => this.#lock.acquire())
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
    const release = await this.#lock.acquire()
    this.#handles?.close()
    this.#handles = undefined
    release()
  }
}

/** Where one caller's statements go: the writer while it has a transaction open, otherwise whatever each statement needs. */
class SqliteConnection implements DatabaseConnection {
  readonly #handles: SqliteHandles
  readonly #acquire: () => Promise<Release>
  /** Present while a transaction is open. */
  #release: Release | undefined

  constructor(handles: SqliteHandles, acquire: () => Promise<Release>) {
    this.#handles = handles
    this.#acquire = acquire
  }

  async begin(): Promise<void> {
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

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const run = (handle: CheckedHandle) => handle.run(query.sql, query.parameters)
    if (this.#release) return resultOf<R>(translated(() => run(this.#handles.writer)))
    const { reader } = this.#handles
    if (!SelectQueryNode.is(query.query)) return this.#executeAlone(run)
    if (reader) return resultOf<R>(await whenFree(() => run(reader)))
    const release = await this.#acquire()
    try {
      return resultOf<R>(await whenFree(() => run(this.#handles.writer)))
    } finally {
      release()
    }
  }

  /**
   * A write outside any transaction, in one of its own: then only `begin` can meet a file that another process holds. libsql leaves a statement
   * that did so half-way, and until that very statement is run again every commit fails with "SQL statements in progress".
   */
  async #executeAlone<R>(run: (handle: CheckedHandle) => SqliteOutcome): Promise<QueryResult<R>> {
    await this.begin()
    try {
      const outcome = translated(() => run(this.#handles.writer))
      this.commit()
      return resultOf<R>(outcome)
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  // biome-ignore lint/correctness/useYield: rows are always read at once, so that no statement stays open between two turns
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('rows are not streamed from SQLite')
  }

  #end(): void {
    this.#release?.()
    this.#release = undefined
  }
}

const resultOf = <R>({ rows, changes }: SqliteOutcome): QueryResult<R> => ({
  rows: rows as R[],
  ...(changes !== undefined && { numAffectedRows: changes }),
})

/** Runs `attempt` as soon as no other process holds what it needs. @throws unavailable after {@link patienceMs} */
export async function whenFree<T>(attempt: () => T): Promise<T> {
  for (let waitedMs = 0; ; ) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || waitedMs >= patienceMs) throw translate(error)
      const pauseMs = 1 + (randomBytes(1).readUInt8() % 16)
      await wait(pauseMs)
      waitedMs += pauseMs
    }
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
