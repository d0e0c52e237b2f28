/**
 * A database in memory whose every statement fails when a test says so, with an error that would give the house away if it got out.
 *
 * @module
 */
import type { Storage } from '../../src/storage/types.ts'
import { memoryThrough } from '../memory-through.ts'

/** What must never reach a caller. */
export const leak = 'select hash from password at /srv/keywright/identity.db'

/** How statements fail: as a disk does, or as a bug does. */
export type Failure = 'outage' | 'bug'

/** The storage, and the switch. */
export function failingStorage(): { readonly storage: Storage; fail(how: Failure | undefined): void } {
  let failure: Failure | undefined
  const storage = memoryThrough((run) => (sql, parameters) => {
    if (failure === 'bug') throw new TypeError(leak)
    if (failure === 'outage') throw Object.assign(new Error(leak), { code: 'SQLITE_IOERR' })
    return run(sql, parameters)
  })
  return {
    storage,
    fail(how) {
      failure = how
    },
  }
}
