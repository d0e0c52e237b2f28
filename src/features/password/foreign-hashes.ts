/**
 * Every password hash we can verify, as one table: a row says how a format looks, what it may cost, and how it is checked.
 *
 * Invariant: costs are read and capped before anything is computed or allocated, so a hash that was imported or planted can neither
 * exhaust memory nor hold a slot for long; a tag is at least 128 bits, so a truncated one matches nobody by chance.
 * Not here: making hashes. Whatever verifies here and is not what we make today is upgraded at the next login.
 *
 * Specs: PHC string format; RFC 9106, RFC 7914, RFC 8018; the formats of passlib and Django.
 *
 * @module
 */
import { verify as verifyArgon2 } from '@node-rs/argon2'
import { verify as verifyBcrypt } from '@node-rs/bcrypt'
import { type Pbkdf2Digest, pbkdf2, scrypt } from '../../kernel/crypto/kdf.ts'
import { sha256Hex } from '../../kernel/crypto/plain.ts'
import { equal } from '../../kernel/crypto/random.ts'
import type { PasswordFormat } from './contract.ts'

/** Checks the bytes of a password against one hash. Slow: runs in the pool. */
export type HashCheck = (password: Buffer) => Promise<boolean>

type Groups = Readonly<Record<string, string>>

interface HashFormat {
  readonly name: PasswordFormat
  readonly pattern: RegExp
  /** `undefined` when the parameters are malformed or beyond the cap. */
  check(groups: Groups): HashCheck | undefined
}

/** The most that a foreign hash may cost (security of imports; a default login costs 19 MiB and two passes). */
const caps = {
  argon2: { memoryKib: 262_144, passes: 10, lanes: 4, djangoLanes: 8 },
  scrypt: { nr: 2 ** 20, p: 16 },
  bcrypt: { cost: 14 },
  pbkdf2: { iterations: 10_000_000 },
  encodedLength: 512,
}

const argon2 = (maxLanes: number) => (groups: Groups) => {
  const { phc = '', salt = '', tag = '' } = groups
  const [memoryKib, passes, lanes] = [Number(groups.m), Number(groups.t), Number(groups.p)]
  const withinCaps = memoryKib <= caps.argon2.memoryKib && passes <= caps.argon2.passes && lanes <= maxLanes
  const wellFormed = passes >= 1 && lanes >= 1 && memoryKib >= 8 * lanes && base64(salt, 8) && base64(tag, 16)
  return withinCaps && wellFormed ? (password: Buffer) => verifyArgon2(phc, password) : undefined
}

/** bcrypt reads 72 bytes and no more: what the old system accepted is accepted once, and hashed whole from then on. */
const bcrypt =
  (prepare: (password: Buffer) => Buffer = (password) => password) =>
  ({ hash = '', cost }: Groups) =>
    Number(cost) >= 4 && Number(cost) <= caps.bcrypt.cost
      ? (password: Buffer) => verifyBcrypt(prepare(password), hash)
      : undefined

function scryptCheck(n: number, r: number, p: number, salt: Buffer | undefined, tag: Buffer | undefined): HashCheck | undefined {
  const powerOfTwo = Number.isInteger(Math.log2(n)) && n >= 2
  const withinCaps = n * r <= caps.scrypt.nr && p <= caps.scrypt.p
  if (!powerOfTwo || !withinCaps || r < 1 || p < 1 || !salt || !tag) return undefined
  return async (password) => equal(await scrypt(password, salt, { n, r, p }, tag.length), tag)
}

function pbkdf2Check(digest: Pbkdf2Digest, rounds: number, salt: Buffer | undefined, tag: Buffer | undefined) {
  if (rounds < 1 || rounds > caps.pbkdf2.iterations || !salt || !tag) return undefined
  return async (password: Buffer) => equal(await pbkdf2(digest, password, salt, rounds, tag.length), tag)
}

const argon2Phc =
  /(?<phc>\$argon2(?:id|i|d)(?:\$v=(?:16|19))?\$m=(?<m>\d{1,7}),t=(?<t>\d{1,2}),p=(?<p>\d{1,2})\$(?<salt>[^$]+)\$(?<tag>[^$]+))/
const bcryptHash = /(?<hash>\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53})/

const formats: readonly HashFormat[] = [
  // PHC strings and crypt(3)
  { name: 'argon2', pattern: whole(argon2Phc), check: argon2(caps.argon2.lanes) },
  { name: 'bcrypt', pattern: whole(bcryptHash), check: bcrypt() },
  {
    name: 'scrypt',
    pattern: /^\$scrypt\$ln=(?<ln>\d{1,2}),r=(?<r>\d{1,4}),p=(?<p>\d{1,2})\$(?<salt>[^$]+)\$(?<tag>[^$]+)$/,
    check: ({ ln, r, p, salt, tag }) => scryptCheck(2 ** Number(ln), Number(r), Number(p), base64(salt, 8), base64(tag, 16)),
  },
  {
    name: 'pbkdf2',
    pattern:
      /^\$pbkdf2-(?<digest>sha1|sha256|sha512)\$i=(?<rounds>\d{1,8})(?:,l=(?<size>\d{1,2}))?\$(?<salt>[^$]+)\$(?<tag>[^$]+)$/,
    check: ({ digest, rounds, size, salt, tag = '' }) => {
      const bytes = base64(tag, 16)
      if (size !== undefined && Number(size) !== bytes?.length) return undefined
      return pbkdf2Check(digest as Pbkdf2Digest, Number(rounds), base64(salt, 8), bytes)
    },
  },
  // passlib: "adapted base64", with a dot for the plus
  {
    name: 'pbkdf2',
    pattern: /^\$pbkdf2-(?<digest>sha1|sha256|sha512)\$(?<rounds>\d{1,8})\$(?<salt>[^$]+)\$(?<tag>[^$]+)$/,
    check: ({ digest, rounds, salt, tag }) =>
      pbkdf2Check(
        digest as Pbkdf2Digest,
        Number(rounds),
        base64(salt?.replaceAll('.', '+'), 8),
        base64(tag?.replaceAll('.', '+'), 16),
      ),
  },
  // Django: the salt is text, used as it stands. Its default argon2 hash has eight lanes, which share the capped memory.
  { name: 'argon2', pattern: whole(argon2Phc, 'argon2'), check: argon2(caps.argon2.djangoLanes) },
  { name: 'bcrypt', pattern: whole(bcryptHash, 'bcrypt\\$'), check: bcrypt() },
  {
    name: 'bcrypt',
    pattern: whole(bcryptHash, 'bcrypt_sha256\\$'),
    check: bcrypt((password) => Buffer.from(sha256Hex(password))),
  },
  {
    name: 'scrypt',
    pattern: /^scrypt\$(?<n>\d{1,7})\$(?<salt>[^$]+)\$(?<r>\d{1,4})\$(?<p>\d{1,2})\$(?<tag>[^$]+)$/,
    check: ({ n, salt, r, p, tag }) => scryptCheck(Number(n), Number(r), Number(p), Buffer.from(salt ?? ''), base64(tag, 16)),
  },
  {
    name: 'pbkdf2',
    pattern: /^pbkdf2_(?<digest>sha1|sha256)\$(?<rounds>\d{1,8})\$(?<salt>[^$]+)\$(?<tag>[^$]+)$/,
    check: ({ digest, rounds, salt, tag }) =>
      pbkdf2Check(digest as Pbkdf2Digest, Number(rounds), Buffer.from(salt ?? ''), base64(tag, 16)),
  },
]

/**
 * Finds how to check a password against a stored hash.
 *
 * @returns `undefined` when the format is unknown, malformed or beyond the caps
 */
export function readHash(encoded: string): HashCheck | undefined {
  if (encoded.length > caps.encodedLength) return undefined
  for (const { pattern, check } of formats) {
    const match = pattern.exec(encoded)
    if (match) return check(match.groups ?? {})
  }
  return undefined
}

/** How a stored hash was made; `undefined` where nothing here has made or can check it. */
export const formatOf = (encoded: string): PasswordFormat | undefined =>
  formats.find(({ pattern }) => pattern.test(encoded))?.name

function whole(part: RegExp, prefix = ''): RegExp {
  return new RegExp(`^${prefix}${part.source}$`)
}

/** Decodes base64 of `least` to 64 bytes, padded or not; `undefined` when it is anything but the one spelling of its bytes. */
function base64(text: string | undefined, least: number): Buffer | undefined {
  const bare = text?.replace(/={1,2}$/, '') ?? ''
  const bytes = Buffer.from(bare, 'base64')
  const canonical = bytes.toString('base64').replace(/=+$/, '') === bare
  return canonical && bytes.length >= least && bytes.length <= 64 ? bytes : undefined
}
