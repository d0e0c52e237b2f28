import type { Ctx } from '../../kernel/ctx.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface NoticesTables {
  notice_known: { user_id: string; marks: readonly string[] }
}

export const noticesTables = { notice_known: { scope: 'pool', json: ['marks'] } } as const satisfies TableDefs

export const noticesMigrations: readonly Migration[] = [
  {
    id: '001_notice_known',
    up: ({ schema, types }) => [
      schema
        .createTable('notice_known')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('marks', types.json, (column) => column.notNull())
        .addPrimaryKeyConstraint('notice_known_pk', ['pool_id', 'user_id']),
    ],
    down: ({ schema }) => [schema.dropTable('notice_known')],
  },
]

/** Places people have logged in from, as marks. */
export type KnownStore = ReturnType<typeof knownStore>

export const knownStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<NoticesTables>(ctx)
  return {
    /** `undefined` for somebody who has never been here. */
    async find(userId: string): Promise<readonly string[] | undefined> {
      const row = await db.selectFrom('notice_known').select('marks').where('user_id', '=', userId).executeTakeFirst()
      return row?.marks
    },
    async remove(userId: string): Promise<void> {
      await db.deleteFrom('notice_known').where('user_id', '=', userId).execute()
    },
    async set(userId: string, marks: readonly string[]): Promise<void> {
      await db
        .insertInto('notice_known')
        .values({ user_id: userId, marks })
        .onConflict((conflict) => conflict.columns(['pool_id', 'user_id'] as never).doUpdateSet({ marks }))
        .execute()
    },
  }
}
