/**
 * What differs between engines, as a table. Code takes a row; it never asks for a name.
 *
 * @module
 */
import { expressionBuilder, type RawBuilder, sql } from 'kysely'
import { product } from '../kernel/product.ts'
import type { OwnTables } from './own-tables.ts'

/** Column types a migration may use. */
export interface ColumnTypes {
  readonly text: 'text'
  readonly integer: 'integer' | 'bigint'
  /** An instant with millisecond precision. */
  readonly instant: 'integer' | 'timestamptz'
  readonly json: 'text' | 'jsonb'
  readonly bytes: 'blob' | 'bytea'
}

/** One engine. */
export interface Engine {
  readonly name: 'sqlite' | 'postgres'
  readonly types: ColumnTypes
  /** Whether rows come back with instants as numbers and JSON as text, for the codec to turn into values. */
  readonly storesPrimitives: boolean
  /** The next number of the change sequence; numbers only grow, gaps are allowed. */
  readonly nextChange: RawBuilder<number>
  /** Stored with a change; every change that commits after a {@link Engine.changeHorizon} was read has at least that mark. */
  readonly changeMark: RawBuilder<number>
  /** Nothing with a lower mark can still commit. */
  readonly changeHorizon: RawBuilder<number>
  /** Nothing that was committed here has this mark or a higher one: what has, came with a dump of a database that counted otherwise. */
  readonly changeBound: RawBuilder<number>
  /** What the change sequence needs besides its table. */
  readonly changeSequence: { readonly create: readonly RawBuilder<unknown>[]; readonly drop: readonly RawBuilder<unknown>[] }
  /** Run first in the transaction of each migration step, so that steps of several processes follow one another. */
  readonly migrationLock: readonly RawBuilder<unknown>[]
  /** Selected inside a transaction: waits for the lock of that name, and holds it until the commit. */
  transactionLock(name: string): RawBuilder<unknown>
  /** The clock of the server, where that is not this machine. */
  readonly serverClock?: RawBuilder<Date>
  /** Which session of the server answers, where there are sessions. */
  readonly session?: RawBuilder<number>
  /** Ends a select of rows to be worked on: those that somebody else is taking are passed over. */
  readonly skipLocked: RawBuilder<unknown>
  /** One row when the table exists. */
  hasTable(name: string): RawBuilder<unknown>
  /** Has a column compared byte by byte, whatever the language of the database, so that a range of an index is a prefix. */
  bytewise(table: string, column: string): readonly RawBuilder<unknown>[]
}

const change = expressionBuilder<OwnTables, never>()

/** One writer at a time (BEGIN IMMEDIATE) makes max + 1 a sequence whose order is the order of commits. */
const nextInLine = sql<number>`coalesce(${change.selectFrom('change').select(({ fn }) => fn.max('seq').as('seq'))}, 0) + 1`

/** The first four letters of the product as a number: an advisory lock that is unlikely to be somebody else's. */
const lockNumber = Buffer.from(product.name).readInt32BE()

/** Every engine we run on. */
export const engines = {
  sqlite: {
    name: 'sqlite',
    types: { text: 'text', integer: 'integer', instant: 'integer', json: 'text', bytes: 'blob' },
    storesPrimitives: true,
    nextChange: nextInLine,
    changeMark: nextInLine,
    changeHorizon: nextInLine,
    changeBound: nextInLine,
    changeSequence: { create: [], drop: [] },
    // BEGIN IMMEDIATE is the lock.
    migrationLock: [],
    transactionLock: () => sql`1`,
    // One writer at a time: there is nobody to wait for.
    skipLocked: sql``,
    hasTable: (name) => sql`select 1 from sqlite_master where type = 'table' and name = ${name}`,
    // As columns are unless they say otherwise.
    bytewise: () => [],
  },
  postgres: {
    name: 'postgres',
    types: { text: 'text', integer: 'bigint', instant: 'timestamptz', json: 'jsonb', bytes: 'bytea' },
    storesPrimitives: false,
    nextChange: sql<number>`nextval('change_seq')`,
    // A sequence is not drawn from in the order of commits; transaction ids and snapshots say what is still under way (PostgreSQL 13+, §9.27).
    changeMark: sql<number>`pg_current_xact_id()::text::bigint`,
    changeHorizon: sql<number>`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`,
    changeBound: sql<number>`pg_snapshot_xmax(pg_current_snapshot())::text::bigint`,
    changeSequence: { create: [sql`create sequence change_seq`], drop: [sql`drop sequence change_seq`] },
    // Held until the step commits, so a pooler between us and the database cannot lose it.
    migrationLock: [sql`set local statement_timeout = 0`, sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`],
    transactionLock: (name) => sql`pg_advisory_xact_lock(${sql.lit(lockNumber)}, hashtext(${name}))`,
    serverClock: sql<Date>`now()`,
    session: sql<number>`pg_backend_pid()`,
    skipLocked: sql`for update skip locked`,
    hasTable: (name) => sql`select 1 where to_regclass(${name}) is not null`,
    bytewise: (table, column) => [sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} type text collate "C"`],
  },
} as const satisfies Record<string, Engine>
