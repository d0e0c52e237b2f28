/**
 * Texts of pages that operators have set, for all tenants of a pool.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { Language } from '../../messages/languages.ts'
import type { OwnTables } from '../../storage/own-tables.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'

interface TextTables {
  page_text: { page: string; language: Language; name: string; message: string; updated_at: Date }
}

export const textTables = { page_text: { scope: 'pool' } } as const satisfies TableDefs

export const textMigrations: readonly Migration[] = [
  {
    id: '001_page_text',
    up: ({ schema, types }) => [
      schema
        .createTable('page_text')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('page', types.text, (column) => column.notNull())
        .addColumn('language', types.text, (column) => column.notNull())
        .addColumn('name', types.text, (column) => column.notNull())
        .addColumn('message', types.text, (column) => column.notNull())
        .addColumn('updated_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('page_text_pk', ['pool_id', 'page', 'language', 'name']),
    ],
    down: ({ schema }) => [schema.dropTable('page_text')],
  },
]

/** One text in the place of ours. */
export interface PageText {
  readonly page: string
  readonly language: Language
  readonly name: string
  readonly message: string
}

/** Everything that is set in a pool, as of one version. */
export interface StoredTexts {
  readonly version: number
  readonly texts: readonly PageText[]
}

export type TextStore = ReturnType<typeof textStore>

export const textStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<TextTables & OwnTables>(ctx)
  return {
    /** One statement, and so one snapshot: no text is older than the version. Where nothing was ever announced, nothing was ever set. */
    async read(): Promise<StoredTexts> {
      const rows = await db
        .selectFrom('change')
        .leftJoin('page_text', (join) => join.on(({ lit }) => lit(true)))
        .select(['change.seq', 'page_text.page', 'page_text.language', 'page_text.name', 'page_text.message'])
        .where('change.kind', '=', 'text')
        .where('change.id', '=', ctx.poolId)
        .execute()
      const texts = rows.flatMap(({ page, language, name, message }) =>
        page === null || language === null || name === null || message === null ? [] : [{ page, language, name, message }],
      )
      return { version: rows[0]?.seq ?? 0, texts }
    },
    async put({ page, language, name, message }: PageText): Promise<void> {
      await db
        .insertInto('page_text')
        .values({ page, language, name, message, updated_at: ctx.at })
        .onConflict((conflict) =>
          conflict.columns(['pool_id', 'page', 'language', 'name'] as never).doUpdateSet({ message, updated_at: ctx.at }),
        )
        .execute()
    },
    async remove({ page, language, name }: Omit<PageText, 'message'>): Promise<void> {
      await db
        .deleteFrom('page_text')
        .where('page', '=', page)
        .where('language', '=', language)
        .where('name', '=', name)
        .execute()
    },
  }
}
