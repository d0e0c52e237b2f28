/**
 * The key pair in files: named by `JWT_PRIVATE_KEY` and `JWT_PUBLIC_KEY`, else in `.secure-auth/` of the working directory.
 *
 * Invariant: a private key is written for its owner alone (0600 in a folder of 0700), and never over one that is there unless asked to.
 *
 * @module
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { newPemPair } from '../../features/signing/index.ts'
import { product } from '../../kernel/product.ts'

/** Both halves in PEM. */
export interface PemPair {
  readonly privateKey: string
  readonly publicKey: string
}

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The working directory. */
  readonly folder: string
}

/** Where keys are made, and whether those that are there may go. */
export interface KeyFileOptions {
  /** The folder; `.secure-auth` in the working directory when absent. */
  readonly out?: string | undefined
  readonly force?: boolean | undefined
}

/** What was made. */
export interface KeyFiles {
  /** False when there were keys already: nothing has been changed. */
  readonly made: boolean
  readonly privateKeyFile: string
  readonly publicKeyFile: string
  /** The variables that were added to `.env`; one that is named there already stays as it is. */
  readonly added: readonly string[]
}

const variables = { privateKey: 'JWT_PRIVATE_KEY', publicKey: 'JWT_PUBLIC_KEY' } as const
const filesIn = (folder: string) => ({
  privateKey: join(folder, 'private-key.pem'),
  publicKey: join(folder, 'public-key.pem'),
})
const defaultFolder = '.secure-auth'

/** Reads the pair. @throws Error `Failed to load keys from ... or ...` */
export function readKeyFiles({ env, folder }: Place): PemPair {
  const usual = filesIn(join(folder, defaultFolder))
  const [privateFile, publicFile] = [env[variables.privateKey] || usual.privateKey, env[variables.publicKey] || usual.publicKey]
  try {
    return { privateKey: readFileSync(privateFile, 'utf8'), publicKey: readFileSync(publicFile, 'utf8') }
  } catch (cause) {
    const advice = `Run \`npx ${product.name} secure-auth init\`, or set ${variables.privateKey} and ${variables.publicKey} to the paths of your PEM files.`
    throw new Error(`Failed to load keys from ${privateFile} or ${publicFile}. ${advice}`, { cause })
  }
}

/** Makes a pair in files, and names them in `.env`. */
export function makeKeyFiles(
  { folder }: Pick<Place, 'folder'>,
  { out = defaultFolder, force = false }: KeyFileOptions,
): KeyFiles {
  const place = resolve(folder, out)
  const { privateKey: privateKeyFile, publicKey: publicKeyFile } = filesIn(place)
  const paths = { privateKeyFile, publicKeyFile }
  if (!force && (existsSync(privateKeyFile) || existsSync(publicKeyFile))) return { made: false, ...paths, added: [] }

  mkdirSync(place, { recursive: true, mode: 0o700 })
  const pair = newPemPair()
  // A file that stays keeps its mode; a new one gets ours.
  for (const path of [privateKeyFile, publicKeyFile]) rmSync(path, { force: true })
  writeFileSync(privateKeyFile, pair.privateKey, { mode: 0o600, flag: 'wx' })
  writeFileSync(publicKeyFile, pair.publicKey, { mode: 0o644, flag: 'wx' })
  writeFileSync(join(place, '.gitignore'), '*\n')
  const lines = [
    [variables.privateKey, privateKeyFile],
    [variables.publicKey, publicKeyFile],
  ] as const
  return { made: true, ...paths, added: nameIn(join(folder, '.env'), lines) }
}

function nameIn(file: string, lines: readonly (readonly [name: string, value: string])[]): string[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const absent = lines.filter(([name]) => !new RegExp(`^\\s*(export\\s+)?${name}\\s*=`, 'm').test(text))
  const start = text === '' || text.endsWith('\n') ? '' : '\n'
  if (absent.length > 0) appendFileSync(file, start + absent.map(([name, value]) => `${name}=${value}\n`).join(''))
  return absent.map(([name]) => name)
}
