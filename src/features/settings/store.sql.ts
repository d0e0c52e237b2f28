/**
 * Values operators have set, for all tenants of a pool.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { OwnTables } from '../../storage/own-tables.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface SettingTables {
  setting: { name: string; value: unknown; updated_at: Date }
}

export const settingTables = { setting: { scope: 'pool', json: ['value'] } } as const satisfies TableDefs

export const settingMigrations: readonly Migration[] = [
  {
    id: '001_setting',
    up: ({ schema, types }) => [
      schema
        .createTable('setting')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('name', types.text, (column) => column.notNull())
        .addColumn('value', types.json, (column) => column.notNull())
        .addColumn('updated_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('setting_pk', ['pool_id', 'name']),
    ],
    down: ({ schema }) => [schema.dropTable('setting')],
  },
]

/** Everything that is set in a pool, as of one version. */
export interface Stored {
  readonly version: number
  readonly values: ReadonlyMap<string, unknown>
}

export type SettingStore = ReturnType<typeof settingStore>

export const settingStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<SettingTables & OwnTables>(ctx)
  return {
    /** One statement, and so one snapshot: no value is older than the version. Where nothing was ever announced, nothing was ever set. */
    async read(): Promise<Stored> {
      const rows = await db
        .selectFrom('change')
        .leftJoin('setting', (join) => join.on(({ lit }) => lit(true)))
        .select(['change.seq', 'setting.name', 'setting.value'])
        .where('change.kind', '=', 'setting')
        .where('change.id', '=', ctx.poolId)
        .execute()
      const values = new Map(rows.flatMap(({ name, value }) => (name === null ? [] : [[name, value] as const])))
      return { version: rows[0]?.seq ?? 0, values }
    },
    async put(name: string, value: unknown): Promise<void> {
      await db
        .insertInto('setting')
        .values({ name, value, updated_at: ctx.at })
        .onConflict((conflict) => conflict.columns(['pool_id', 'name'] as never).doUpdateSet({ value, updated_at: ctx.at }))
        .execute()
    },
    async remove(name: string): Promise<void> {
      await db.deleteFrom('setting').where('name', '=', name).execute()
    },
  }
}
