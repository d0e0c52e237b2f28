/**
 * Signing keys as rows. Invariant: a private key is only ever here as ciphertext of the key ring.
 *
 * @module
 */
import type { Database, Migration, TableDefs } from '../../storage/types.ts'
import type { SigningAlgorithm } from './contract.ts'
import type { PublicJwk } from './keys.ts'
import type { SigningKeyRecord, SigningKeyStoreOf } from './store.ts'

interface SigningTables {
  signing_key: {
    kid: string
    alg: SigningAlgorithm
    public_jwk: PublicJwk
    sealed_private_jwk: string
    created_at: Date
    active_at: Date
    retired_at: Date | null
    expires_at: Date | null
  }
}

export const signingTables = { signing_key: { scope: 'none', json: ['public_jwk'] } } as const satisfies TableDefs

export const signingMigrations: readonly Migration[] = [
  {
    id: '001_signing_key',
    up: ({ schema, types }) => [
      schema
        .createTable('signing_key')
        .addColumn('kid', types.text, (column) => column.primaryKey().notNull())
        .addColumn('alg', types.text, (column) => column.notNull())
        .addColumn('public_jwk', types.json, (column) => column.notNull())
        .addColumn('sealed_private_jwk', types.text, (column) => column.notNull())
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addColumn('active_at', types.instant, (column) => column.notNull())
        .addColumn('retired_at', types.instant)
        .addColumn('expires_at', types.instant),
    ],
    down: ({ schema }) => [schema.dropTable('signing_key')],
  },
]

export const signingKeyStore =
  (database: Database): SigningKeyStoreOf =>
  (ctx) => {
    const db = database.tables<SigningTables>(ctx)
    return {
      async list() {
        const rows = await db.selectFrom('signing_key').selectAll().orderBy('active_at', 'desc').orderBy('kid').execute()
        return rows.map(toRecord)
      },
      /** One lock for the set: a rotation makes rows that a lock of each row, taken before, would not hold. */
      async lock() {
        await db.selectNoFrom(database.engine.transactionLock('signing_key').as('held')).execute()
      },
      async insert(record) {
        await db.insertInto('signing_key').values(toRow(record)).execute()
      },
      async reseal(kid, from, to) {
        await db
          .updateTable('signing_key')
          .set({ sealed_private_jwk: to })
          .where('kid', '=', kid)
          .where('sealed_private_jwk', '=', from)
          .execute()
      },
      async retireAll(retiredAt, expiresAt) {
        await db
          .updateTable('signing_key')
          .set({ retired_at: retiredAt, expires_at: expiresAt })
          .where('retired_at', 'is', null)
          .execute()
      },
      async retire(kid, retiredAt, expiresAt) {
        const { numUpdatedRows } = await db
          .updateTable('signing_key')
          .set({ retired_at: retiredAt, expires_at: expiresAt })
          .where('kid', '=', kid)
          .where((where) => where.or([where('retired_at', 'is', null), where('retired_at', '>', retiredAt)]))
          .executeTakeFirstOrThrow()
        return numUpdatedRows === 1n
      },
      async deleteExpired(at) {
        await db.deleteFrom('signing_key').where('expires_at', '<=', at).execute()
      },
    }
  }

const toRecord = (row: SigningTables['signing_key']): SigningKeyRecord => ({
  kid: row.kid,
  alg: row.alg,
  publicJwk: row.public_jwk,
  sealedPrivateJwk: row.sealed_private_jwk,
  createdAt: row.created_at,
  activeAt: row.active_at,
  retiredAt: row.retired_at,
  expiresAt: row.expires_at,
})

const toRow = (record: SigningKeyRecord): SigningTables['signing_key'] => ({
  kid: record.kid,
  alg: record.alg,
  public_jwk: record.publicJwk,
  sealed_private_jwk: record.sealedPrivateJwk,
  created_at: record.createdAt,
  active_at: record.activeAt,
  retired_at: record.retiredAt,
  expires_at: record.expiresAt,
})
