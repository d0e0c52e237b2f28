/**
 * The data folder: the generated secret, and the note with the first admin's password.
 *
 * Invariant: the folder is its owner's alone (0700) and so is every file in it (0600). A file appears whole or not at all.
 *
 * @module
 */
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootError } from '../index.ts'
import { type AdminCredentials, randomSecret } from '../server.ts'

/** The folder's files, by what they are for. */
export interface DataDir {
  readonly path: string
  readonly databasePath: string
  readonly adminNotePath: string
  /** The generated secret, if there is one. */
  findSecret(): string | undefined
  /** The generated secret, made if need be; processes that start at once agree on one. */
  ensureSecret(): string
  writeAdminNote(credentials: AdminCredentials): void
  findAdminNote(): AdminCredentials | undefined
  removeAdminNote(): void
}

/** Speaks for a folder; makes it when something is to be written. */
export function dataDir(path: string): DataDir {
  const secretPath = join(path, 'secret')
  const adminNotePath = join(path, 'first-admin.txt')
  const beside = (target: string) => `${target}.${process.pid}`

  function ensure(): void {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      chmodSync(path, 0o700)
    } catch (cause) {
      throw new BootError(
        `the data folder ${path} cannot be used`,
        'Make it writable for this user, or name another with --data-dir.',
        cause,
      )
    }
  }

  const findSecret = () => (existsSync(secretPath) ? readFileSync(secretPath, 'utf8').trim() : undefined)

  function ensureSecret(): string {
    const found = findSecret()
    if (found !== undefined) return found
    ensure()
    const fresh = beside(secretPath)
    writeFileSync(fresh, `${randomSecret(48)}\n`, { mode: 0o600 })
    try {
      linkSync(fresh, secretPath) // unlike a rename, refuses to replace the file of a process that was faster
    } catch (cause) {
      if (!existsSync(secretPath))
        throw new BootError(`no secret can be kept in ${path}`, 'Name another folder with --data-dir.', cause)
    } finally {
      rmSync(fresh, { force: true })
    }
    return readFileSync(secretPath, 'utf8').trim()
  }

  return {
    path,
    databasePath: join(path, 'identity.db'),
    adminNotePath,
    findSecret,
    ensureSecret,
    writeAdminNote({ userId, identifier, password }) {
      ensure()
      writeFileSync(beside(adminNotePath), `${identifier}\n${password}\n\nid ${userId}\n`, { mode: 0o600 })
      renameSync(beside(adminNotePath), adminNotePath)
    },
    findAdminNote() {
      if (!existsSync(adminNotePath)) return undefined
      const [identifier = '', password = '', , id = ''] = readFileSync(adminNotePath, 'utf8').split('\n')
      return { identifier, password, userId: id.replace(/^id /, '') }
    },
    removeAdminNote: () => rmSync(adminNotePath, { force: true }),
  }
}
