/**
 * What storage promises the rest of the house.
 *
 * @module
 */
import type { Compilable, Kysely, RawBuilder, SchemaModule } from 'kysely'
import type { Logger, StartTimer } from '../kernel/ambient/ambient.ts'
import type { EventName } from '../kernel/contract/event.ts'
import type { Ctx, EventBody, Tx } from '../kernel/ctx.ts'
import type { Change, ChangeFeed, SessionBus } from './changes.ts'
import type { ColumnTypes, Engine } from './engines.ts'

/** Which key a table carries, and which of its columns are JSON. Columns named `at` or ending in `_at` are instants. */
export interface TableDef {
  readonly scope: 'pool' | 'tenant' | 'none'
  readonly json?: readonly string[]
}

/** The tables of a feature by name. */
export type TableDefs = Readonly<Record<string, TableDef>>

/** One numbered step of a feature's schema. Statements are compiled, hashed, planned and run; they hold no data of the moment. */
export interface Migration {
  /** Unique inside the feature and sorted: `001_sessions`. */
  readonly id: string
  up(kit: MigrationKit): readonly Compilable[]
  down(kit: MigrationKit): readonly Compilable[]
}

/** What a migration step builds with: Kysely's schema builder or SQL as text, and this engine's column types. */
export interface MigrationKit {
  readonly schema: SchemaModule
  /** One statement as it stands. Nothing of the moment belongs in it: its text is what drift is judged by. */
  raw(statement: string | RawBuilder<unknown>): Compilable
  readonly types: ColumnTypes
  /** Has a column of text compared byte by byte, so that a range of an index is a prefix. A column that others are joined to stays as it is. */
  bytewise(table: string, column: string): readonly Compilable[]
  /** What storage's own change sequence needs besides its table. */
  readonly changeSequence: Engine['changeSequence']
}

/** A migration with the feature it belongs to. */
export interface FeatureMigration extends Migration {
  readonly feature: string
}

/** What `migrate status` says of one step. */
export interface MigrationState {
  readonly name: string
  readonly state: 'applied' | 'pending' | 'drifted' | 'unknown'
  readonly appliedAt?: Date
}

/** An event on its way from `tx.emit` to the outbox. */
export interface EmittedEvent {
  readonly id: string
  readonly name: EventName
  readonly ctx: Ctx
  readonly body: EventBody<EventName>
}

/**
 * What the unit of work hands to whoever keeps events. `record` runs inside the transaction, with a tx that acts in the tenant of these events;
 * what it emits is recorded in a further round. `committed` runs after the commit and must not throw.
 */
export interface EventSink {
  record(tx: Tx, events: readonly EmittedEvent[]): Promise<void>
  committed(events: readonly EmittedEvent[]): void
}

/** What the application has to say before a storage can be opened. */
export interface StorageSetup {
  readonly tables: TableDefs
  readonly migrations: readonly FeatureMigration[]
  readonly sink: EventSink
  readonly clock: { now(): Date; monotonicMs(): number }
  readonly startTimer: StartTimer
  readonly logger: Logger
  readonly newId: () => string
  /** In place of the one the engine brings. */
  readonly bus?: SessionBus
}

/** A database the application may hand to `createAuth`. Made by `sqlite()` or `postgres()`; nothing is opened before it is used. */
export interface Storage {
  readonly engine: Engine['name']
  /** Where it is, without credentials: for logs and `doctor`. */
  readonly location: string
  /** Whether its schema is migrated at boot (embedded) or by an operator (shared). */
  readonly migrates: 'at-boot' | 'by-operator'
  /** @internal */
  open(setup: StorageSetup): Database
}

/** An opened storage, bound to the tables of all features. */
export interface Database {
  readonly engine: Engine
  readonly location: string
  /**
   * The tables as this caller may see them: pool or tenant is added to every from, join, update, delete and insert. Joins the transaction
   * when `ctx` is one; throws when `ctx` has a transaction open that this call is not part of.
   */
  tables<T>(ctx: Ctx): Kysely<T>
  /** All pools and tenants, inside a transaction or outside: for the worker, clean-up and the schema; no request path may use it. */
  everything<T>(tx?: Tx): Kysely<T>
  /** Runs `work` in one transaction; given a transaction, joins it. Emitted events are recorded before the commit. */
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Has `change` announced when the outcome of `tx` stands. */
  noteChange(tx: Tx, change: Change): void
  /** Runs once `tx` has committed, and never if it has not; it may not throw. */
  afterCommit(tx: Tx, run: () => void): void
  readonly changes: ChangeFeed
  readonly schema: {
    status(): Promise<readonly MigrationState[]>
    /** Throws BootError, with what to do, unless the schema is the one this version works on; a feature that is off may have steps there. */
    assertCurrent(): Promise<void>
    /** The statements of pending steps, as text. */
    plan(): Promise<readonly { name: string; statements: readonly string[] }[]>
    /** Applies pending steps under a lock. @returns names of the applied steps */
    up(): Promise<readonly string[]>
    /** Takes the last `steps` back under a lock. @returns names of the removed steps */
    down(steps?: number): Promise<readonly string[]>
  }
  /** Throws `unavailable` when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
