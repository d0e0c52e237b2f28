/**
 * Writes src/features/password/common-passwords.ts: the 10,000 most common passwords, and every longer one on the list that a policy of
 * twelve characters would let through. Run by hand when @zxcvbn-ts/language-common is updated: `node scripts/common-passwords.mjs`.
 */
import { writeFileSync } from 'node:fs'
import { dictionary } from '@zxcvbn-ts/language-common'

const kept = 10_000
const longFrom = 12

const ranked = [...new Set(dictionary['passwords-common'].map((password) => String(password).normalize('NFC').toLowerCase()))]
const list = ranked.filter((password, rank) => rank < kept || [...password].length >= longFrom)
if (list.some((password) => /\s/.test(password)))
  throw new Error('a password with white space cannot stand in a list separated by it')

const literal = list.join(' ').replaceAll('\\', '\\\\').replaceAll("'", "\\'")
const source = `/**
 * Data made by scripts/common-passwords.mjs from the ranked list of @zxcvbn-ts/language-common (MIT, Dan Wheeler and Dropbox, Inc.,
 * zxcvbn-ts). Imported lazily, by policy.ts alone.
 *
 * @module
 */

const list =
  '${literal}'

/** The most common passwords, in lower case. */
export const commonPasswords: ReadonlySet<string> = new Set(list.split(' '))
`
writeFileSync(new URL('../src/features/password/common-passwords.ts', import.meta.url), source)
process.stdout.write(`${list.length} passwords, ${source.length} characters\n`)
