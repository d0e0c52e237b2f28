/**
 * Databases of a benchmark's own: files on the disk of the checkout, and PostgreSQL at `DATABASE_URL` or on 127.0.0.1:5432.
 *
 * Invariant: nothing is left behind, also when a run is interrupted.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { answeringPostgres, freshDatabase } from '../test/postgres.ts'

/** Where a benchmark may write. */
export interface Places {
  /** On the disk of the checkout: a temporary folder may be memory, where a commit costs nothing. */
  readonly folder: string
  /** A fresh PostgreSQL database; `undefined` when no server answers. */
  postgres(): Promise<string | undefined>
}

/** Runs `work` with places of its own and removes them afterwards. */
export async function withPlaces<T>(work: (places: Places) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(process.cwd(), 'tmp', 'bench-data-'))
  const drops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
  const clear = async () => {
    for (const drop of drops.splice(0)) await drop()
  }
  const interrupted = () => void clear().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  const postgres = async () => {
    const server = await answeringPostgres()
    if (server === undefined) {
      console.error('PostgreSQL does not answer: its figures are left out')
      return undefined
    }
    const { url, drop } = await freshDatabase(server)
    drops.push(drop)
    return url
  }
  try {
    return await work({ folder, postgres })
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await clear()
  }
}
