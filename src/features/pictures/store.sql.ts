import type { Ctx } from '../../kernel/ctx.ts'
import type { Database, Migration, TableDefs } from '../../storage/types.ts'
import type { PictureType } from './contract.ts'

/** What is told of a picture without its bytes. */
export interface PictureRow {
  readonly filename: string
  readonly type: PictureType
  readonly size: number
  readonly created_at: Date
}

interface PictureTables {
  picture: PictureRow & { readonly content: Uint8Array }
}

export const pictureTables = { picture: { scope: 'pool' } } as const satisfies TableDefs

export const pictureMigrations: readonly Migration[] = [
  {
    id: '001_picture',
    up: ({ schema, types }) => [
      schema
        .createTable('picture')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('filename', types.text, (column) => column.notNull())
        .addColumn('type', types.text, (column) => column.notNull())
        .addColumn('size', types.integer, (column) => column.notNull())
        .addColumn('content', types.bytes, (column) => column.notNull())
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('picture_pk', ['pool_id', 'filename']),
    ],
    down: ({ schema }) => [schema.dropTable('picture')],
  },
]

export type PictureStore = ReturnType<typeof pictureStore>

/** Pictures of a pool. */
export const pictureStore = (database: Database) => (ctx: Ctx) => {
  const db = database.tables<PictureTables>(ctx)
  return {
    /** Until the end of the transaction nobody else adds one here. */
    async hold(): Promise<void> {
      const lock = database.engine.transactionLock(`pictures of ${ctx.poolId}`)
      await db.selectNoFrom(lock.as('held')).execute()
    },
    find(filename: string) {
      return db.selectFrom('picture').select(['type', 'content']).where('filename', '=', filename).executeTakeFirst()
    },
    /** No more than `most` rows, each without its bytes. */
    list(most: number): Promise<PictureRow[]> {
      return db
        .selectFrom('picture')
        .select(['filename', 'type', 'size', 'created_at'])
        .orderBy('created_at', 'desc')
        .orderBy('filename')
        .limit(most)
        .execute()
    },
    /** @returns whether it was not there */
    async insert(row: PictureTables['picture']): Promise<boolean> {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('picture')
        .values(row)
        .onConflict((conflict) => conflict.columns(['pool_id', 'filename'] as never).doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },
    /** @returns whether it was there */
    async delete(filename: string): Promise<boolean> {
      const { numDeletedRows } = await db.deleteFrom('picture').where('filename', '=', filename).executeTakeFirstOrThrow()
      return numDeletedRows === 1n
    },
  }
}
