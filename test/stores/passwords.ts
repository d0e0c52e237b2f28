/**
 * Hashes in tables of an application: a column of a SQL table, and a generated client's `updateMany`, each with its compare and set.
 *
 * @module
 */
import type { IPasswordStore } from '../../src/stores.ts'
import { openFile, whenFree } from './own-file.ts'

/** A column of a SQL table; `path` makes it shared between processes. */
export function queryBuilderPasswords(path = ':memory:'): IPasswordStore {
  const db = openFile(path, 'create table if not exists credential (user_id text primary key, hash text)')
  const changes = (sql: string, ...values: unknown[]) => whenFree(() => db.prepare(sql).run(...values).changes)
  return {
    async find(userId) {
      const [row] = db.prepare('select hash from credential where user_id = ?').all(userId) as { hash: string | null }[]
      return row?.hash
    },
    async set(userId, hash, ifCurrent) {
      if (ifCurrent === undefined) {
        await changes(
          'insert into credential values (?, ?) on conflict (user_id) do update set hash = excluded.hash',
          userId,
          hash,
        )
        return true
      }
      return (await changes('update credential set hash = ? where user_id = ? and hash is ?', hash, userId, ifCurrent)) === 1
    },
  }
}

/** A generated client over rows in memory; every call answers in a later turn. */
export function clientPasswords(): IPasswordStore {
  const rows = new Map<string, string | null>()
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const updateMany = async (userId: string, current: string | null, hash: string | null): Promise<{ count: number }> => {
    await turn()
    if ((rows.get(userId) ?? null) !== current) return { count: 0 }
    rows.set(userId, hash)
    return { count: 1 }
  }
  return {
    async find(userId) {
      await turn()
      return rows.get(userId) ?? null
    },
    async set(userId, hash, ifCurrent) {
      if (ifCurrent !== undefined) return (await updateMany(userId, ifCurrent, hash)).count === 1
      await turn()
      rows.set(userId, hash)
      return true
    },
  }
}
