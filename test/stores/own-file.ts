import Database from 'libsql'

/** Opens the database of an application, which may be the very file that identities are in. */
export function openFile(path: string, schema: string): Database.Database {
  const db = new Database(path)
  db.exec('pragma busy_timeout = 0')
  db.exec(schema)
  return db
}

/**
 * Writes as soon as nobody else does. It waits without holding the event loop up, as `busy_timeout` would: who holds the file may be another
 * request of this process.
 */
export async function whenFree<T>(write: () => T): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return write()
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') || tries === 1_000) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
