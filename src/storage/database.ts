/**
 * An opened storage: the caller's tables, and the unit of work.
 *
 * Invariant: what `tx.emit` says commits with the change that caused it, or not at all; and while a ctx has a transaction open nothing
 * can slip past that transaction on the same ctx. A ctx whose deadline has passed begins no statement, and no commit.
 *
 * @module
 */
import { type Dialect, Kysely, type KyselyPlugin, sql } from 'kysely'
import type { Ctx, Tx } from '../kernel/ctx.ts'
import { assertInTime } from '../kernel/deadline.ts'
import { type Change, type ChangeFeed, createChangeFeed, type Watch } from './changes.ts'
import { codecPlugin } from './codecs.ts'
import type { Engine } from './engines.ts'
import { createSchema } from './migrations.ts'
import { ownMigrations, ownTables } from './own-tables.ts'
import { createScope } from './scope.ts'
import type { Database, EmittedEvent, StorageSetup } from './types.ts'

/** What an entry knows of its engine. */
export interface Connected {
  readonly engine: Engine
  readonly location: string
  readonly dialect: Dialect
  /** Absent: nobody else can write to this database. */
  readonly watch?: Watch
  /** For schema changes, when their statements may take longer than others. */
  readonly schemaDialect?: Dialect
}

type AnyTables = Record<string, Record<string, unknown>>

/** One open transaction; every tx bound to it shares it. */
interface Unit {
  readonly kysely: Kysely<AnyTables>
  readonly events: EmittedEvent[]
  readonly changes: Change[]
  readonly afterwards: (() => void)[]
  open: boolean
  /** Set when joined work threw: the whole must not commit, even if somebody caught it. */
  failure?: { readonly cause: unknown }
}

/** Opens the engine with the application's tables, migrations and event sink. */
export function openDatabase(connected: Connected, setup: StorageSetup): Database {
  const { engine, location, dialect, schemaDialect } = connected
  const tables = { ...setup.tables, ...ownTables }
  const plugins = [codecPlugin(tables, engine)]
  const kysely = new Kysely<AnyTables>({ dialect, plugins })
  const schemaKysely = schemaDialect ? new Kysely<AnyTables>({ dialect: schemaDialect, plugins }) : kysely
  const scope = createScope(tables)
  const { watch } = connected
  const changes = createChangeFeed({
    ...setup,
    engine,
    watch,
    bus: setup.bus,
    everything: <T>() => kysely as Kysely<unknown> as Kysely<T>,
  })
  const work = createWork(kysely, changes, setup)

  return {
    engine,
    location,
    tables: <T>(ctx: Ctx) => work.kyselyOf(ctx).withPlugin(timely(scope(ctx), ctx, setup.clock)) as Kysely<unknown> as Kysely<T>,
    everything: <T>(tx?: Tx) => (tx ? work.kyselyOf(tx) : kysely) as Kysely<unknown> as Kysely<T>,
    transaction: work.transaction,
    noteChange: work.noteChange,
    afterCommit: work.afterCommit,
    changes,
    schema: createSchema({
      kysely: schemaKysely,
      engine,
      migrations: [...ownMigrations, ...setup.migrations],
      clock: setup.clock,
    }),
    async ping() {
      await kysely.selectNoFrom(sql`1`.as('answer')).execute()
    },
    async close() {
      await changes.close()
      if (schemaKysely !== kysely) await schemaKysely.destroy()
      await kysely.destroy()
    },
  }
}

/** Keeps track of which ctx has which transaction open. */
function createWork(kysely: Kysely<AnyTables>, feed: ChangeFeed, { sink, newId, clock }: StorageSetup) {
  /** Callers whose transaction is open; they have to use its tx. */
  const busy = new WeakSet<Ctx>()
  /** A tx is known by its `emit`, which a copy of it (`{ ...tx, tenantId }`) carries along. */
  const units = new WeakMap<Tx['emit'], Unit>()

  function unitOf(ctx: Ctx): Unit | undefined {
    const unit = 'emit' in ctx ? units.get((ctx as Tx).emit) : undefined
    if (unit) assertOpen(unit)
    else if (busy.has(ctx)) throw new Error('This ctx has a transaction open: pass its tx instead of the ctx')
    return unit
  }

  function unitOfTx(tx: Tx): Unit {
    const unit = units.get(tx.emit)
    if (!unit) throw new Error('This is called with a tx, not with a ctx')
    return unit
  }

  function bind(ctx: Ctx, unit: Unit): Tx {
    const tx: Tx = {
      ...ctx,
      emit(this: Tx | undefined, name, body) {
        assertOpen(unit)
        unit.events.push({ id: newId(), name, ctx: this ? callerIn(this) : ctx, body })
      },
      async query<R>(strings: TemplateStringsArray, ...values: unknown[]) {
        assertOpen(unit)
        assertInTime(ctx, clock)
        const { rows } = await sql<R>(strings, ...values).execute(unit.kysely)
        return rows
      },
    }
    units.set(tx.emit, unit)
    return tx
  }

  async function join<T>(ctx: Ctx, unit: Unit, run: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await run(bind(ctx, unit))
    } catch (error) {
      unit.failure ??= { cause: error }
      throw error
    }
  }

  /** What is recorded may emit more: code of the application runs beside it. */
  async function recordAll(tx: Tx, unit: Unit): Promise<void> {
    assertSound(unit)
    for (let recorded = 0, passes = 0; recorded < unit.events.length; passes += 1) {
      const fresh = unit.events.slice(recorded)
      if (passes === maxPasses)
        throw new Error(`Events cause events without end: ${maxPasses} rounds, and still ${fresh[0]?.name}`)
      recorded = unit.events.length
      for (const some of byTenant(fresh)) await sink.record(actingFor(tx, unit, some), some)
      assertSound(unit)
    }
  }

  /** The rows of an event belong to the tenant it happened in, which need not be the one the transaction began in. */
  function actingFor(tx: Tx, unit: Unit, [first]: readonly EmittedEvent[]): Tx {
    const { poolId, tenantId } = first?.ctx ?? tx
    return poolId === tx.poolId && tenantId === tx.tenantId ? tx : bind({ ...callerIn(tx), poolId, tenantId }, unit)
  }

  async function begin<T>(ctx: Ctx, run: (tx: Tx) => Promise<T>): Promise<T> {
    const events: EmittedEvent[] = []
    const changes: Change[] = []
    assertInTime(ctx, clock)
    const afterwards: (() => void)[] = []
    busy.add(ctx)
    try {
      const result = await kysely.transaction().execute(async (transaction) => {
        const unit: Unit = { kysely: transaction, events, changes, afterwards, open: true }
        const tx = bind(ctx, unit)
        try {
          const value = await run(tx)
          await recordAll(tx, unit)
          assertInTime(ctx, clock)
          return value
        } finally {
          unit.open = false
        }
      })
      if (events.length > 0) sink.committed(events)
      for (const run of afterwards) run()
      return result
    } finally {
      busy.delete(ctx)
      // Also after a failure: a commit whose answer got lost may have happened, and forgetting too much costs one reading.
      if (changes.length > 0) feed.announce(changes)
    }
  }

  return {
    noteChange(tx: Tx, change: Change): void {
      unitOfTx(tx).changes.push(change)
    },
    afterCommit(tx: Tx, run: () => void): void {
      unitOfTx(tx).afterwards.push(run)
    },
    kyselyOf: (ctx: Ctx) => unitOf(ctx)?.kysely ?? kysely,
    transaction<T>(ctx: Ctx, run: (tx: Tx) => Promise<T>): Promise<T> {
      const unit = unitOf(ctx)
      return unit ? join(ctx, unit, run) : begin(ctx, run)
    },
  }
}

/** The plugin of `ctx`, which is asked just before each statement. */
const timely = ({ transformQuery, transformResult }: KyselyPlugin, ctx: Ctx, clock: StorageSetup['clock']): KyselyPlugin => ({
  transformQuery(args) {
    assertInTime(ctx, clock)
    return transformQuery(args)
  },
  transformResult,
})

/** How often what was emitted while events were recorded is recorded in turn. */
const maxPasses = 8

/** Whoever emits through a copy of a tx (`{ ...tx, tenantId }`) speaks for the copy. */
const callerIn = ({ emit: _emit, query: _query, ...ctx }: Tx): Ctx => ctx

function byTenant(events: readonly EmittedEvent[]): Iterable<readonly EmittedEvent[]> {
  const groups = new Map<string, EmittedEvent[]>()
  for (const event of events) {
    const key = JSON.stringify([event.ctx.poolId, event.ctx.tenantId])
    const group = groups.get(key)
    if (group) group.push(event)
    else groups.set(key, [event])
  }
  return groups.values()
}

/** @throws what joined work threw, even if somebody caught it */
function assertSound({ failure }: Unit): void {
  if (failure) throw failure.cause
}

function assertOpen(unit: Unit): void {
  if (!unit.open) throw new Error('This transaction has ended: its tx cannot be used any more')
}
