import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { BootError } from '../kernel/config/boot-error.ts'
import { type SqliteHandles, whenFree } from './sqlite-dialect.ts'
import { type CheckedHandle, checkedHandle, type SqliteHandle } from './sqlite-driver.ts'

/** When a commit reaches the disk: `FULL` before it is answered, `NORMAL` soon after (a power cut may lose the last ones). */
export type Synchronous = 'FULL' | 'NORMAL'

/** Opens a database file (made with its folder if need be, for the owner's eyes only) with a writer and a reader. */
export async function openFile(path: string, synchronous: Synchronous): Promise<SqliteHandles> {
  makeFile(path)
  const { default: Libsql } = await import('libsql')
  const writer = checkedHandle(new Libsql(path))
  await prepareWriter(writer)
  const { rows } = await whenFree(() => writer.run('pragma journal_mode = wal'))
  if (rows[0]?.journal_mode !== 'wal') {
    throw new BootError(`The file system under ${path} cannot keep a write-ahead log.`, 'Put the database on a local disk.')
  }
  await whenFree(() => writer.run(`pragma synchronous = ${synchronous}`))
  const reader = checkedHandle(new Libsql(path))
  reader.run('pragma busy_timeout = 0')
  reader.run('pragma query_only = on')
  return {
    writer,
    reader,
    close() {
      reader.close()
      writer.close()
    },
  }
}

/** Opens a database that lives as long as this process. */
export async function openMemory(): Promise<SqliteHandles> {
  const { default: Libsql } = await import('libsql')
  const writer = checkedHandle(new Libsql(':memory:'))
  await prepareWriter(writer)
  return { writer, close: () => writer.close() }
}

/** Works on a handle of the application, which stays the application's to close. */
export async function openGiven(handle: SqliteHandle): Promise<SqliteHandles> {
  const writer = checkedHandle(handle)
  await prepareWriter(writer)
  return { writer, close: () => {} }
}

async function prepareWriter(writer: CheckedHandle): Promise<void> {
  writer.run('pragma busy_timeout = 0')
  await whenFree(() => writer.run('pragma foreign_keys = on'))
}

function makeFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600)) // SQLite gives its -wal and -shm files the mode of this one
  } catch (error) {
    throw new BootError(
      `The database file ${path} cannot be made or written.`,
      'Give this process a folder it may write to.',
      error,
    )
  }
}
