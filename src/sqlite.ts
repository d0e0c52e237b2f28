/**
 * SQLite: the embedded database, in a file of its own, in memory, or in the file of the application.
 *
 * @module
 */
import { openDatabase } from './storage/database.ts'
import { engines } from './storage/engines.ts'
import { createOutages } from './storage/outages.ts'
import { sqliteEngine } from './storage/sqlite-dialect.ts'
import type { SqliteHandle } from './storage/sqlite-driver.ts'
import { besideHandle, openBeside, openFile, openMemory, type Synchronous } from './storage/sqlite-open.ts'
import type { Storage } from './storage/types.ts'

export type { SqliteHandle, SqliteStatement } from './storage/sqlite-driver.ts'

/** Which database. */
export type SqliteOptions =
  | {
      /** A file, made with its folder if need be, or `':memory:'`. */
      readonly path: string
      /** `FULL` (the default) survives a power cut; `NORMAL` is faster and may lose the last commits to one. */
      readonly synchronous?: Synchronous
    }
  | {
      /**
       * A handle of better-sqlite3, libsql or node:sqlite on a file: our tables live in that file too, over connections of our own that the
       * same driver opens. The handle is only asked where the file is, and stays as it is.
       */
      readonly database: SqliteHandle
    }

/**
 * Keeps everything in SQLite. Nothing is opened before it is used.
 *
 * Let one driver alone open a file in a process: where the application opens the same file, hand over its handle instead of the path. Two
 * copies of SQLite in one process undo each other's locks.
 *
 * @throws BootError for a handle of a database in memory
 * @example
 * ```ts
 * const storage = sqlite('data/identity.db')
 * ```
 */
export function sqlite(options: string | SqliteOptions): Storage {
  const { open, location, alone } = openerOf(typeof options === 'string' ? { path: options } : options)
  return {
    engine: 'sqlite',
    location,
    migrates: 'at-boot',
    open(setup) {
      const { dialect, dataVersion: fingerprint } = sqliteEngine(open, createOutages(setup.logger, location))
      const watch = alone ? {} : { watch: { everyMs: watchMs, fingerprint } }
      return openDatabase({ engine: engines.sqlite, location, dialect, ...watch }, setup)
    },
  }
}

/** Other processes' commits are noticed within this time: one cheap pragma, no query, until something has changed. */
const watchMs = 25

function openerOf(options: SqliteOptions) {
  if ('database' in options) {
    const { path, connect } = besideHandle(options.database)
    return { location: `sqlite: ${path}`, open: () => openBeside(path, connect), alone: false }
  }
  const { path, synchronous = 'FULL' } = options
  if (path === ':memory:') return { location: 'sqlite: memory', open: openMemory, alone: true }
  return { location: `sqlite: ${path}`, open: () => openFile(path, synchronous), alone: false }
}
