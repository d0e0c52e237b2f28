/**
 * A `pg` pool behind our rules: outages are `unavailable`, nothing waits for ever, and a broken connection never ends the process.
 *
 * Invariant: a client whose connection failed or whose statement timed out is thrown away, never handed to the next caller half-way through
 * a statement; and a transaction that the server rolled back is never reported as committed.
 *
 * @module
 */
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { AuthError, kernelErrors } from '../kernel/contract/errors.ts'
import type { Outages } from './outages.ts'
import { postgresParameter } from './parameters.ts'
import { type ParseText, typesOver } from './postgres-types.ts'

/** A statement as `pg` takes it. */
export interface PgQuery {
  text: string
  values: unknown[]
  query_timeout?: number
  types?: { getTypeParser(oid: number, format?: string): ParseText }
}

/** The part of a `pg` client we use. */
export interface PgClient {
  query(config: PgQuery): Promise<PgResult>
  getTypeParser?(oid: number, format?: string): ParseText
  release(broken?: boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  on(
    event: 'notification',
    listener: (message: { readonly channel: string; readonly payload?: string | undefined }) => void,
  ): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** The part of a `pg` result we use. */
export interface PgResult {
  readonly command: string
  readonly rowCount: number | null
  readonly rows: Record<string, unknown>[]
}

/** The part of a `pg` pool we use. */
export interface PgPool {
  connect(): Promise<PgClient>
  end(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
  readonly options?: { readonly max?: number | undefined }
}

/** How long a caller waits for a connection, and for a statement once it runs. */
export const connectMs = 5_000
/** One second less than {@link statementMs}: a server that is alive says itself that it gave up. */
const serverStatementMs = 14_000
const statementMs = 15_000
/** Said to the server on each new connection of a pool of ours. */
export const serverLimits = `set statement_timeout = ${serverStatementMs}; set idle_in_transaction_session_timeout = ${serverStatementMs}`

/** How a pool is used. */
export interface PoolUse {
  /** Called when storage closes. */
  end(): Promise<void>
  readonly outages: Outages
  /** Statements may take as long as they need: changes of schema. */
  readonly patient?: boolean
}

/** Wraps a pool for Kysely. */
export function guardedPool(pool: PgPool, { end, outages, patient = false }: PoolUse): PostgresPool {
  return { connect: async () => guardedClient(await connect(pool, outages), outages, patient ? undefined : statementMs), end }
}

/** Asks for a connection; a pool of the application may be set to wait for ever. */
export async function connect(pool: PgPool, outages: Outages): Promise<PgClient> {
  const pending = pool.connect()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(new Error('no connection was free in time'))), connectMs)
  })
  try {
    return await Promise.race([pending, late])
  } catch (error) {
    pending.then((client) => client.release(), ignore)
    throw refused(error, outages)
  } finally {
    clearTimeout(timer)
  }
}

function guardedClient(client: PgClient, outages: Outages, timeoutMs: number | undefined): PostgresPoolClient {
  let broken = false
  const onError = () => {
    broken = true // without a listener the error of a connection that is cut between two statements would end the process
  }
  client.on('error', onError)

  const types = typesOver(client)
  /** The last statement that failed; what a refused commit is explained with. */
  let failure: unknown

  async function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    // What hangs would hang again; the server rolls back when the connection ends.
    if (broken && text === 'rollback') return { command: 'ROLLBACK' as Command, rowCount: 0, rows: [] }
    const values = parameters.map(postgresParameter)
    if (text === 'begin') failure = undefined
    try {
      const result = await client.query({ text, values, types, ...(timeoutMs !== undefined && { query_timeout: timeoutMs }) })
      outages.answered()
      if (text === 'commit') assertCommitted(result, failure)
      return { command: result.command as Command, rowCount: result.rowCount ?? 0, rows: result.rows as R[] }
    } catch (error) {
      failure = error
      if (isOutage(error)) broken = true
      throw refused(error, outages)
    }
  }
  return {
    query: query as PostgresPoolClient['query'],
    release() {
      client.removeListener('error', onError)
      client.release(broken)
    },
  }
}

type Command = PostgresQueryResult<unknown>['command']

/** After a statement has failed, COMMIT rolls back and says so in its tag alone (PostgreSQL, "COMMIT"). */
function assertCommitted({ command }: PgResult, failure: unknown): void {
  if (command === 'COMMIT') return
  throw new Error('The transaction was rolled back: a statement in it had failed', { cause: failure })
}

/** Socket errors, and SQLSTATEs of a server that goes away, is full, read-only, too slow, or chose us as a deadlock's victim. */
const outageCodes =
  /^(?:ECONN\w+|ENOTFOUND|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOENT|08(?!P01)\w{3}|53\w{3}|57P0[1-4]|57014|58\w{3}|25006|40001|40P01|55P03)$/
const outageMessages =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|connection error|after calling end/i

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' ? outageCodes.test(code) : outageMessages.test(error.message)
}

/** What the caller is told of an error, after it has been noted. */
function refused(error: unknown, outages: Outages): unknown {
  const told = isOutage(error) ? unavailable(error) : error
  outages.failed(told)
  return told
}

const unavailable = (cause: unknown) => new AuthError(kernelErrors.unavailable, { cause, retryAfterSeconds: 1 })

/** For errors another path reports. */
export const ignore = (): void => {}
