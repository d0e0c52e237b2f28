import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { BootError } from '../kernel/config/boot-error.ts'
import type { SqliteHandles } from './sqlite-dialect.ts'
import { type CheckedHandle, checkedHandle, type SqliteHandle } from './sqlite-driver.ts'
import { whenFree } from './sqlite-outages.ts'

/** When a commit reaches the disk: `FULL` before it is answered, `NORMAL` soon after (a power cut may lose the last ones). */
export type Synchronous = 'FULL' | 'NORMAL'

/** Opens another connection of a SQLite library. */
export type Connect = (path: string) => SqliteHandle

/** Opens a database file (made with its folder if need be, for the owner's eyes only) with a writer and a reader. */
export async function openFile(path: string, synchronous: Synchronous): Promise<SqliteHandles> {
  makeFile(path)
  const { default: Libsql } = await import('libsql')
  const connect: Connect = (file) => new Libsql(file)
  return withHandles(async (opened) => {
    const writer = opened(connect(path))
    await prepareWriter(writer)
    const { rows } = await whenFree(() => writer.run('pragma journal_mode = wal'))
    if (rows[0]?.journal_mode !== 'wal') {
      throw new BootError(`The file system under ${path} cannot keep a write-ahead log.`, 'Put the database on a local disk.')
    }
    await whenFree(() => writer.run(`pragma synchronous = ${synchronous}`))
    return { writer, ...reading(() => opened(connect(path))) }
  })
}

/** Opens a database that lives as long as this process. */
export async function openMemory(): Promise<SqliteHandles> {
  const { default: Libsql } = await import('libsql')
  return withHandles(async (opened) => {
    const writer = opened(new Libsql(':memory:'))
    await prepareWriter(writer)
    return { writer }
  })
}

/**
 * What connections beside a handle of the application are opened with: its file, and its driver.
 *
 * The driver is the application's own because two copies of SQLite in one process undo each other's locks and corrupt the file
 * (sqlite.org/howtocorrupt.html, §2.2.1). The handle itself is only asked where it is: statements of ours on it would join whatever
 * transaction the application has open, and the application's would join ours.
 *
 * @throws BootError for a database that is not a file
 */
export function besideHandle(handle: SqliteHandle): { readonly path: string; readonly connect: Connect } {
  const path = fileOf(handle)
  if (path === '') {
    throw new BootError(
      'A database in memory belongs to one connection and cannot be shared.',
      "Use sqlite(':memory:') for a database of our own, or hand over a handle of a file.",
    )
  }
  return { path, connect: (file) => connectLike(handle, file) }
}

/** The file behind a handle; `''` for memory. */
function fileOf(handle: SqliteHandle): string {
  const rows = handle.prepare('pragma database_list').all() as readonly { readonly name?: unknown; readonly file?: unknown }[]
  const file = rows.find(({ name }) => name === 'main')?.file
  return typeof file === 'string' ? file : ''
}

/** A second connection by the same class; one that takes anything but a path shows at once. */
function connectLike(handle: SqliteHandle, path: string): SqliteHandle {
  try {
    const own: SqliteHandle = Reflect.construct(handle.constructor, [path])
    if (fileOf(own) === path) return own
    own.close()
    throw new Error('it opened something else')
  } catch (error) {
    throw new BootError(
      `The driver of this handle did not open ${path} once more.`,
      'Hand over a plain handle of better-sqlite3, libsql or node:sqlite, or keep our tables in a file of their own: sqlite(path).',
      error,
    )
  }
}

/** Opens connections of our own on the file of the application, which decides itself how that file is journalled. */
export async function openBeside(path: string, connect: Connect): Promise<SqliteHandles> {
  return withHandles(async (opened) => {
    const writer = opened(connect(path))
    await prepareWriter(writer)
    const { rows } = await whenFree(() => writer.run('pragma journal_mode'))
    if (rows[0]?.journal_mode !== 'wal') {
      throw new BootError(
        `Several connections work on ${path}, and it has no write-ahead log: each read would hold up the writes of others.`,
        'Run `pragma journal_mode = wal` on your handle once; the file keeps it.',
      )
    }
    return { writer, ...reading(() => opened(connect(path))) }
  })
}

/** Hands out what `open` opened as one, or closes it when `open` fails half-way. */
async function withHandles(
  open: (opened: (handle: SqliteHandle) => CheckedHandle) => Promise<Omit<SqliteHandles, 'close'>>,
): Promise<SqliteHandles> {
  const all: CheckedHandle[] = []
  const close = () => {
    for (const handle of all.splice(0).reverse()) handle.close()
  }
  try {
    const handles = await open((handle) => {
      const checked = checkedHandle(handle)
      all.push(checked)
      return checked
    })
    return { ...handles, close }
  } catch (error) {
    close()
    throw error
  }
}

function reading(open: () => CheckedHandle): Required<Pick<SqliteHandles, 'reader' | 'renew'>> {
  return {
    reader: prepareReader(open()),
    renew(stuck) {
      const fresh = prepareReader(open())
      stuck.close()
      return fresh
    },
  }
}

function prepareReader(reader: CheckedHandle): CheckedHandle {
  reader.run('pragma busy_timeout = 0')
  reader.run('pragma query_only = on')
  return reader
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
