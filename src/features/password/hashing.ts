/**
 * Password hashing: argon2id in a bounded pool (RFC 9106; OWASP ASVS 5.0 V11.4.2). Works without a store.
 *
 * Invariant: every byte of a password counts, after NFC normalisation (RFC 8265 OpaqueString, ASVS V6.2.8), and a user who does not exist
 * costs what one who does costs, in the same queue. While hashes of another system are about, that holds for them too if one was shown to us.
 * Not here: which passwords are good enough (policy.ts), where hashes are kept.
 *
 * @module
 */
import { hash as argon2 } from '@node-rs/argon2'
import type { HashCaller, HashPool } from '../../kernel/crypto/hash-pool.ts'
import { randomBytes } from '../../kernel/crypto/random.ts'
import { type HashCheck, readHash } from './foreign-hashes.ts'

/** Costs of argon2id; memory in KiB. */
export interface HashParameters {
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** The first choice of the OWASP password storage cheat sheet for one lane: 19 MiB, two passes. */
export const defaultParameters: HashParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** As cheap as argon2id gets, so that suites stay fast. Only `createTestAuth` may ask for it. */
export const testParameters: HashParameters = { memoryCost: 64, timeCost: 1, parallelism: 1 }

/** What a check of a password found. */
export interface Verified {
  readonly ok: boolean
  /** The password is right, and its hash should be made anew: weaker than today's parameters, or of a foreign format. */
  readonly outdated: boolean
}

/** Makes and checks password hashes. Each call may be refused with `unavailable` when the pool is full, or too full of its caller. */
export interface PasswordHasher {
  /** @returns a PHC string, the only form in which a password is kept */
  hash(password: string, caller?: HashCaller): Promise<string>
  /** A hash that is malformed or beyond the caps is never computed: it answers `ok: false`. */
  verify(password: string, encoded: string, caller?: HashCaller): Promise<Verified>
  /** Takes the time and the place in the queue of {@link PasswordHasher.verify}, for a user who does not exist. */
  dummy(password: string, caller?: HashCaller): Promise<void>
}

interface HasherOptions {
  readonly pool: HashPool
  readonly parameters?: HashParameters
  /** A hash as another system made it, whoever's: while such hashes are about, every check does the work of one of them and of one of ours. */
  readonly legacyHash?: string | undefined
}

const saltBytes = 16
const tagBytes = 32

/**
 * Builds a hasher.
 *
 * @example
 * ```ts
 * const { clock, startTimer } = realAmbient()
 * const hasher = createPasswordHasher({ pool: createHashPool({ slots: 1, clock, startTimer }) })
 * const encoded = await hasher.hash('correct horse battery')
 * await hasher.verify('correct horse battery', encoded) // { ok: true, outdated: false }
 * ```
 */
export function createPasswordHasher({ pool, parameters = defaultParameters, legacyHash }: HasherOptions): PasswordHasher {
  const decoy = decoyCheck(parameters)
  const legacy = legacyHash === undefined ? undefined : readHash(legacyHash)

  async function verify(password: string, encoded: string, caller?: HashCaller): Promise<Verified> {
    const check = readHash(encoded)
    const owed = restDecoy(encoded, parameters)
    const found = await pool.run(async () => {
      // An unusable hash costs what a usable one costs, or time would tell which accounts have one.
      const spelling = await findSpelling(check ?? decoy, password)
      if (!spelling && owed) await findSpelling(owed, password)
      const other = check && !ours.test(encoded) ? foreignRest(spelling) : legacy
      if (other) await findSpelling(other, password)
      return spelling
    }, caller)
    if (!check || !found) return { ok: false, outdated: false }
    return { ok: true, outdated: found === 'raw' || isOutdated(encoded, parameters) }
  }

  /** A password that is right is hashed anew, which is the same work. */
  const foreignRest = (spelling: string | undefined) => (legacy && !spelling ? decoy : undefined)

  return {
    hash: (password, caller) =>
      pool.run(() => argon2(nfc(password), { ...parameters, salt: randomBytes(saltBytes), outputLen: tagBytes }), caller),
    verify,
    async dummy(password, caller) {
      await pool.run(async () => {
        await findSpelling(decoy, password)
        if (legacy) await findSpelling(legacy, password)
      }, caller)
    },
  }
}

/** Other systems hashed the bytes as they came, so those are tried when they differ. For every hash alike: time must not tell which. */
async function findSpelling(check: HashCheck, password: string): Promise<'nfc' | 'raw' | undefined> {
  const [normalised, raw] = [nfc(password), Buffer.from(password, 'utf8')]
  if (await check(normalised)) return 'nfc'
  return !raw.equals(normalised) && (await check(raw)) ? 'raw' : undefined
}

/** Bytes, not text, go to argon2: a NUL inside is a byte like any other. */
const nfc = (password: string): Buffer => Buffer.from(password.normalize('NFC'), 'utf8')

const ours = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[^$]{22}\$[^$]{43}$/

function isOutdated(encoded: string, { memoryCost, timeCost, parallelism }: HashParameters): boolean {
  const match = ours.exec(encoded)
  return !match || Number(match[1]) < memoryCost || Number(match[2]) < timeCost || Number(match[3]) < parallelism
}

/** What it costs to get memory and touch it for the first time, in passes over it; measured. */
const firstTouch = 0.4

/**
 * What a hash from before a cost upgrade leaves undone of today's work, which grows with memory times passes. Without it a wrong password
 * is refused sooner for such an account than for one that does not exist, and time tells which accounts are old.
 */
function restDecoy(encoded: string, { memoryCost, timeCost, parallelism }: HashParameters): HashCheck | undefined {
  const [, memory, passes] = ours.exec(encoded) ?? []
  const done = (Number(memory) * (Number(passes) + firstTouch)) / (timeCost + firstTouch)
  const rest = Math.round(memoryCost - done)
  return rest >= 8 * parallelism ? decoyCheck({ memoryCost: rest, timeCost, parallelism }) : undefined
}

/** Checks against a hash of no password: nobody knows a preimage of a random tag. */
function decoyCheck({ memoryCost, timeCost, parallelism }: HashParameters): HashCheck {
  const part = (size: number) => randomBytes(size).toString('base64').replace(/=+$/, '')
  const check = readHash(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${part(saltBytes)}$${part(tagBytes)}`)
  if (!check) throw new Error('argon2 parameters beyond what a stored hash may cost')
  return check
}
