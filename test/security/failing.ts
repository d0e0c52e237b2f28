/**
 * A database in memory whose every statement fails when a test says so, with an error that would give the house away if it got out.
 *
 * @module
 */
import Libsql from 'libsql'
import { type SqliteHandle, sqlite } from '../../src/sqlite.ts'
import type { Storage } from '../../src/storage/types.ts'

/** What must never reach a caller. */
export const leak = 'select hash from password at /srv/keywright/identity.db'

/** How statements fail: as a disk does, or as a bug does. */
export type Failure = 'outage' | 'bug'

/** The storage, and the switch. */
export function failingStorage(): { readonly storage: Storage; fail(how: Failure | undefined): void } {
  let failure: Failure | undefined
  const handle: SqliteHandle = new Libsql(':memory:')

  const guarded =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      if (failure === 'bug') throw new TypeError(leak)
      if (failure === 'outage') throw Object.assign(new Error(leak), { code: 'SQLITE_IOERR' })
      return work(...args)
    }
  return {
    storage: sqlite({
      database: {
        prepare(sql) {
          const statement = handle.prepare(sql)
          return {
            ...(statement.reader !== undefined && { reader: statement.reader }),
            all: guarded((...parameters: unknown[]) => statement.all(...parameters)),
            run: guarded((...parameters: unknown[]) => statement.run(...parameters)),
          }
        },
        close: () => handle.close(),
      },
    }),
    fail(how) {
      failure = how
    },
  }
}
