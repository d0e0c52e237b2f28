/**
 * The migrations runner: numbered steps of storage and of the features, a history table, a lock, a check for drift.
 *
 * Invariant: a step and its line in the history commit together, and of several runners exactly one applies it. Each step takes the lock
 * inside its own transaction and reads the history again, so a runner that dies leaves nothing half-done and nothing locked.
 *
 * @module
 */
import { type Compilable, type CompiledQuery, type Kysely, sql } from 'kysely'
import { BootError } from '../kernel/config/boot-error.ts'
import { isAuthError } from '../kernel/contract/errors.ts'
import { digest } from '../kernel/crypto/random.ts'
import { product } from '../kernel/product.ts'
import type { Engine } from './engines.ts'
import type { Database, FeatureMigration, MigrationKit, MigrationState } from './types.ts'

const historyTable = `${product.name}_migration` as const

interface Line {
  name: string
  feature: string
  checksum: string
  applied_at: Date
  position: number
}
type HistoryTables = Record<typeof historyTable, Line>

/** A step with its statements for one engine. */
interface Step {
  readonly name: string
  readonly feature: string
  readonly up: readonly CompiledQuery[]
  readonly down: readonly CompiledQuery[]
  readonly checksum: string
}

/** What the runner works with; `migrations` are in the order in which they are applied. */
export interface SchemaSetup<T> {
  readonly kysely: Kysely<T>
  readonly engine: Engine
  readonly migrations: readonly FeatureMigration[]
  readonly clock: { now(): Date }
}

/** Makes the runner of one database. */
export function createSchema<T>({ kysely, engine, migrations, clock }: SchemaSetup<T>): Database['schema'] {
  const db = kysely as Kysely<unknown> as Kysely<HistoryTables>
  const steps = compileSteps(db, engine, migrations)

  async function history(): Promise<readonly Line[]> {
    const { rows } = await engine.hasTable(historyTable).execute(db)
    return rows.length === 0 ? [] : readHistory(db)
  }

  /** Runs `step` alone among all runners, with the history as it is then. */
  async function locked<R>(step: (trx: Kysely<HistoryTables>, lines: readonly Line[]) => Promise<R>): Promise<R> {
    return db.transaction().execute(async (trx) => {
      for (const statement of engine.migrationLock) await statement.execute(trx)
      await createHistory(trx, engine)
      const lines = await readHistory(trx)
      refuseDrift(steps, lines)
      return step(trx, lines)
    })
  }

  const applyNext = () =>
    locked(async (trx, lines) => {
      refuseNewer(steps, lines)
      const applied = new Set(lines.map(({ name }) => name))
      const next = steps.find(({ name }) => !applied.has(name))
      if (!next) return undefined
      await runAll(trx, next.name, next.up)
      const position = (lines.at(-1)?.position ?? 0) + 1
      const { name, feature, checksum } = next
      await trx.insertInto(historyTable).values({ name, feature, checksum, applied_at: clock.now(), position }).execute()
      return name
    })

  const removeLast = () =>
    locked(async (trx, lines) => {
      const last = lines.at(-1)
      if (!last) return undefined
      const step = steps.find(({ name }) => name === last.name)
      if (!step) throw unknownStep(last.name)
      await runAll(trx, step.name, step.down)
      await trx.deleteFrom(historyTable).where('name', '=', step.name).execute()
      return step.name
    })

  return {
    status: async () => statesOf(steps, await history()),
    async assertCurrent() {
      const lines = await history()
      refuseDrift(steps, lines)
      refuseNewer(steps, lines)
      const pending = statesOf(steps, lines).filter(({ state }) => state === 'pending')
      if (pending.length === 0) return
      throw new BootError(
        `The database schema is behind; these migrations are missing: ${pending.map(({ name }) => name).join(', ')}.`,
        `Run \`${product.name} migrate up\` first.`,
      )
    },
    async plan() {
      const applied = new Set((await history()).map(({ name }) => name))
      return steps
        .filter(({ name }) => !applied.has(name))
        .map(({ name, up }) => ({ name, statements: up.map((statement) => statement.sql) }))
    },
    up: () => repeat(Number.POSITIVE_INFINITY, applyNext),
    down: (count = 1) => repeat(count, removeLast),
  }
}

function compileSteps(db: Kysely<HistoryTables>, engine: Engine, migrations: readonly FeatureMigration[]): readonly Step[] {
  const raw: MigrationKit['raw'] = (statement) => ({
    compile: () => (typeof statement === 'string' ? sql.raw(statement) : statement).compile(db),
  })
  const kit: MigrationKit = {
    schema: db.schema,
    raw,
    bytewise: (table, column) => engine.bytewise(table, column).map(raw),
    types: engine.types,
    changeSequence: engine.changeSequence,
  }
  const compile = (statements: readonly Compilable[]) => statements.map((statement) => statement.compile())
  const steps = migrations.map((migration) => {
    const up = compile(migration.up(kit))
    const content = JSON.stringify(up.map((statement) => [statement.sql, statement.parameters]))
    const name = `${migration.feature}/${migration.id}`
    return { name, feature: migration.feature, up, down: compile(migration.down(kit)), checksum: digest('migration', content) }
  })
  const twice = steps.find(({ name }, index) => steps.findIndex((step) => step.name === name) !== index)
  if (twice) throw new BootError(`There are two migrations named ${twice.name}.`, 'Give each migration of a feature its own id.')
  return steps
}

async function createHistory(trx: Kysely<HistoryTables>, { types }: Engine): Promise<void> {
  await trx.schema
    .createTable(historyTable)
    .ifNotExists()
    .addColumn('name', types.text, (column) => column.primaryKey().notNull())
    .addColumn('feature', types.text, (column) => column.notNull())
    .addColumn('checksum', types.text, (column) => column.notNull())
    .addColumn('applied_at', types.instant, (column) => column.notNull())
    .addColumn('position', types.integer, (column) => column.notNull().unique())
    .execute()
}

const readHistory = (db: Kysely<HistoryTables>): Promise<Line[]> =>
  db.selectFrom(historyTable).selectAll().orderBy('position').execute()

/** The state of each step in order; lines of steps that are not known here (a feature that is off, a newer version) come last. */
function statesOf(steps: readonly Step[], lines: readonly Line[]): readonly MigrationState[] {
  const applied = new Map(lines.map((line) => [line.name, line]))
  const known = steps.map(({ name, checksum }): MigrationState => {
    const line = applied.get(name)
    if (!line) return { name, state: 'pending' }
    return { name, state: line.checksum === checksum ? 'applied' : 'drifted', appliedAt: line.applied_at }
  })
  const names = new Set(steps.map(({ name }) => name))
  const unknown = lines
    .filter(({ name }) => !names.has(name))
    .map(({ name, applied_at }): MigrationState => ({ name, state: 'unknown', appliedAt: applied_at }))
  return [...known, ...unknown]
}

function refuseDrift(steps: readonly Step[], lines: readonly Line[]): void {
  const drifted = statesOf(steps, lines).find(({ state }) => state === 'drifted')
  if (!drifted) return
  throw new BootError(
    `The migration ${drifted.name} was changed after it had been applied to this database.`,
    'Restore the step as it was and add a new one for the change.',
  )
}

/**
 * Refuses steps of a later version: what they changed, this version does not know. Steps of a feature that is switched off are no harm.
 */
function refuseNewer(steps: readonly Step[], lines: readonly Line[]): void {
  const names = new Set(steps.map(({ name }) => name))
  const features = new Set(steps.map(({ feature }) => feature))
  const newer = lines.findLast(({ name, feature }) => features.has(feature) && !names.has(name))
  if (newer) throw unknownStep(newer.name)
}

const unknownStep = (name: string) =>
  new BootError(
    `The migration ${name} has been applied to this database and is not known here.`,
    `Run the version and options that applied it, or take it back with them: \`${product.name} migrate down\`.`,
  )

async function runAll(trx: Kysely<HistoryTables>, name: string, statements: readonly CompiledQuery[]): Promise<void> {
  try {
    for (const statement of statements) await trx.executeQuery(statement)
  } catch (error) {
    if (isAuthError(error)) throw error
    throw new BootError(
      `The migration ${name} failed and was rolled back.`,
      'Look at the cause, repair the database, and run it again.',
      error,
    )
  }
}

/** Calls `step` up to `times` times until it answers nothing. @returns what it answered */
async function repeat(times: number, step: () => Promise<string | undefined>): Promise<readonly string[]> {
  const names: string[] = []
  while (names.length < times) {
    const name = await step()
    if (name === undefined) break
    names.push(name)
  }
  return names
}
