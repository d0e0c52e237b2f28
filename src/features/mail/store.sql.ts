/**
 * Addresses nothing is sent to, and texts an operator has changed.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { Language } from '../../messages/languages.ts'
import { consumeOne, keysetPage } from '../../storage/ops.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'
import type { Template } from './templates.ts'

interface MailTables {
  mail_suppression: { address: string; reason: string; created_at: Date }
  mail_text: { template: string; language: string; texts: Readonly<Record<string, string>>; updated_at: Date }
}

export const mailTables = {
  mail_suppression: { scope: 'pool' },
  mail_text: { scope: 'tenant', json: ['texts'] },
} as const satisfies TableDefs

export const mailMigrations: readonly Migration[] = [
  {
    id: '001_mail',
    up: ({ schema, types }) => [
      schema
        .createTable('mail_suppression')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('address', types.text, (column) => column.notNull())
        .addColumn('reason', types.text, (column) => column.notNull())
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('mail_suppression_pk', ['pool_id', 'address']),
      schema
        .createTable('mail_text')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('template', types.text, (column) => column.notNull())
        .addColumn('language', types.text, (column) => column.notNull())
        .addColumn('texts', types.json, (column) => column.notNull())
        .addColumn('updated_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('mail_text_pk', ['tenant_id', 'template', 'language']),
    ],
    down: ({ schema }) => [schema.dropTable('mail_text'), schema.dropTable('mail_suppression')],
  },
]

/** Texts in place of ours; what is not named stays as it is. */
export type Override = Readonly<Record<string, string>>

export type MailStore = ReturnType<typeof mailStore>

export const mailStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<MailTables>(ctx)
  return {
    async suppress(address: string, reason: string): Promise<void> {
      await db
        .insertInto('mail_suppression')
        .values({ address, reason, created_at: ctx.at })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    /** Why nothing is sent there. */
    async findSuppression(address: string): Promise<string | undefined> {
      const row = await db.selectFrom('mail_suppression').select('reason').where('address', '=', address).executeTakeFirst()
      return row?.reason
    },
    /** @returns whether there was anything to release */
    release: (address: string): Promise<boolean> => consumeOne(db.deleteFrom('mail_suppression').where('address', '=', address)),
    async releaseAll(addresses: readonly string[]): Promise<void> {
      await db
        .deleteFrom('mail_suppression')
        .where('address', 'in', [...addresses])
        .execute()
    },
    listSuppressed: (page: { limit: number; cursor?: string | undefined }) =>
      keysetPage(db.selectFrom('mail_suppression').selectAll(), { ...page, by: 'address', direction: 'asc' }),
    findSuppressed: (among: readonly string[]) =>
      db
        .selectFrom('mail_suppression')
        .selectAll()
        .where('address', 'in', [...among])
        .orderBy('address')
        .execute(),
    /** One lock for the texts of a mail, whether or not it has a row. */
    async holdTexts(template: Template): Promise<void> {
      const lock = database.engine.transactionLock(`texts of ${template} in ${ctx.tenantId}`)
      await db.selectNoFrom(lock.as('held')).execute()
    },
    async findTexts(template: Template, language: Language): Promise<Override> {
      const row = await db
        .selectFrom('mail_text')
        .select('texts')
        .where('template', '=', template)
        .where('language', '=', language)
        .executeTakeFirst()
      return row?.texts ?? {}
    },
    async setTexts(template: Template, language: Language, texts: Override): Promise<void> {
      await db
        .insertInto('mail_text')
        .values({ template, language, texts, updated_at: ctx.at })
        .onConflict((conflict) =>
          conflict.columns(['tenant_id', 'template', 'language'] as never).doUpdateSet({ texts, updated_at: ctx.at }),
        )
        .execute()
    },
    async removeTexts(template: Template, language: Language): Promise<void> {
      await db.deleteFrom('mail_text').where('template', '=', template).where('language', '=', language).execute()
    },
    listTexts: () => db.selectFrom('mail_text').selectAll().execute(),
  }
}
