/**
 * People in a table of an application, written against the port's documentation in the style of a query builder: a SQL table with one column
 * per identifier and unique indexes, and errors of the database translated.
 *
 * @module
 */
import { type IUserStore, identifierTaken, type UserRecord } from '../../src/stores.ts'
import { openFile, whenFree } from './own-file.ts'

interface Customer {
  id: string
  pool_id: string
  email: string | null
  email_verified_at: string | null
  username: string | null
  role: string
  first_name: string | null
  last_name: string | null
  locale: string | null
  metadata: string
  created_at: string
}

const columnOf = { email: 'email', username: 'username', phone: 'phone' } as const

/** Opens an empty table; `path` makes it shared between processes. */
export function queryBuilderUsers(path = ':memory:'): IUserStore & { count(): number } {
  const db = openFile(
    path,
    `create table if not exists customer (
    id text primary key, pool_id text not null, email text, email_verified_at text, username text, phone text, role text not null,
    first_name text, last_name text, locale text, metadata text not null, created_at text not null,
    unique (pool_id, email), unique (pool_id, username), unique (pool_id, phone))`,
  )

  const first = (sql: string, ...values: unknown[]) => db.prepare(sql).all(...values)[0] as Customer | undefined
  const findById = async (id: string) => toRecord(first('select * from customer where id = ?', id))

  async function guarded(write: () => void): Promise<void> {
    try {
      await whenFree(write)
    } catch (error) {
      if (error instanceof Error && error.message.includes('UNIQUE constraint failed')) throw identifierTaken(error)
      throw error
    }
  }

  return {
    findById,
    findByIdentifier: async ({ kind, value, poolId }) =>
      toRecord(first(`select * from customer where pool_id = ? and ${columnOf[kind]} = ?`, poolId, value)),
    async create(user) {
      const row = toRow(user)
      const names = Object.keys(row)
      const marks = names.map(() => '?').join(', ')
      await guarded(() =>
        db
          .prepare(`insert into customer (${names.join(', ')}) values (${marks}) on conflict (id) do nothing`)
          .run(...Object.values(row)),
      )
      return user
    },
    async update(id, change) {
      const found = await findById(id)
      if (!found) throw new Error('no such customer')
      const next = { ...found, ...change }
      const row = toRow(next)
      const names = Object.keys(row)
      await guarded(() =>
        db
          .prepare(`update customer set ${names.map((name) => `${name} = ?`).join(', ')} where id = ?`)
          .run(...Object.values(row), id),
      )
      return next
    },
    async delete(id) {
      await whenFree(() => db.prepare('delete from customer where id = ?').run(id))
    },
    async list({ poolId, after = '', limit }) {
      const rows = db
        .prepare('select * from customer where pool_id = ? and id > ? order by id limit ?')
        .all(poolId, after, limit) as Customer[]
      const users = rows.flatMap((row) => toRecord(row) ?? [])
      const last = users.at(-1)
      return { users, ...(users.length === limit && last && { next: last.id }) }
    },
    count: () => db.prepare('select id from customer').all().length,
  }
}

const identifierOf = (user: UserRecord, kind: keyof typeof columnOf) => user.identifiers.find((one) => one.kind === kind)

const toRow = (user: UserRecord) => ({
  id: user.id,
  pool_id: user.poolId,
  email: identifierOf(user, 'email')?.value ?? null,
  email_verified_at: identifierOf(user, 'email')?.verifiedAt?.toISOString() ?? null,
  username: identifierOf(user, 'username')?.value ?? null,
  role: user.role,
  first_name: user.firstName,
  last_name: user.lastName,
  locale: user.locale,
  metadata: JSON.stringify(user.metadata),
  created_at: user.createdAt.toISOString(),
})

function toRecord(row: Customer | undefined): UserRecord | undefined {
  if (!row) return undefined
  const verifiedAt = row.email_verified_at === null ? null : new Date(row.email_verified_at)
  return {
    id: row.id,
    poolId: row.pool_id,
    identifiers: [
      ...(row.email === null ? [] : [{ kind: 'email' as const, value: row.email, verifiedAt }]),
      ...(row.username === null ? [] : [{ kind: 'username' as const, value: row.username, verifiedAt: null }]),
    ],
    role: row.role,
    firstName: row.first_name,
    lastName: row.last_name,
    locale: row.locale,
    metadata: JSON.parse(row.metadata),
    createdAt: new Date(row.created_at),
  }
}
