/**
 * Hashes in tables of an application: a column of a SQL table, and a generated client's `updateMany`, each with its compare and set.
 *
 * @module
 */
import Database from 'libsql'
import type { IPasswordStore } from '../../src/stores.ts'

/** A column of a SQL table. */
export function queryBuilderPasswords(): IPasswordStore {
  const db = new Database(':memory:')
  db.exec('create table credential (user_id text primary key, hash text)')
  return {
    async find(userId) {
      const [row] = db.prepare('select hash from credential where user_id = ?').all(userId) as { hash: string | null }[]
      return row?.hash
    },
    async set(userId, hash, ifCurrent) {
      if (ifCurrent === undefined) {
        db.prepare('insert into credential values (?, ?) on conflict (user_id) do update set hash = excluded.hash').run(
          userId,
          hash,
        )
        return true
      }
      return (
        db.prepare('update credential set hash = ? where user_id = ? and hash is ?').run(hash, userId, ifCurrent).changes === 1
      )
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
