import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { idsAt } from '../../src/kernel/ambient/ambient.ts'
import { createKeyRing } from '../../src/kernel/crypto/key-ring.ts'
import { randomBytes, randomToken } from '../../src/kernel/crypto/random.ts'
import { issueCsrf } from '../../src/kernel/http/origin.ts'

const keys = createKeyRing(['a secret of the tests with 32 bytes or more'])
/** Of two processes; they know nothing of each other. */
const [mine, theirs] = [idsAt, idsAt].map((make) => make({ now: () => new Date('2026-01-01T12:00:00Z') })) as [
  () => string,
  () => string,
]
let turn = 0

const million = 1_000_000
const generators: readonly { name: string; samples: number; make: () => string }[] = [
  { name: 'tickets and temporary passwords', samples: million, make: () => randomToken(15) },
  { name: 'token ids and CSRF randomness', samples: million, make: () => randomToken(16) },
  { name: 'session credentials', samples: million, make: () => randomBytes(32).toString('latin1') },
  { name: 'ids of one millisecond', samples: million, make: () => (turn++ % 2 ? mine() : theirs()) },
  { name: 'CSRF tokens of one session', samples: 100_000, make: () => issueCsrf(keys, 'session') },
]

test.each(generators)(
  'CR-04: $name: no duplicate in $samples samples',
  ({ samples, make }) => {
    const seen = new Set<string>()
    for (let sample = 0; sample < samples; sample += 1) seen.add(make())
    expect(seen.size).toBe(samples)
  },
  60_000,
)

test('CR-04: a secret has as many random bytes as were asked for, and a CSRF token 128 bits', () => {
  for (const bytes of [32, 16, 15]) expect(Buffer.from(randomToken(bytes), 'base64url')).toHaveLength(bytes)
  expect(Buffer.from(randomToken(), 'base64url')).toHaveLength(32)
  const [random = ''] = issueCsrf(keys, 'session').split('.')
  expect(Buffer.from(random, 'base64url')).toHaveLength(16)
})

test('CR-04: each character of a token is as frequent as every other', () => {
  const counts = new Map<string, number>()
  const tokens = 20_000
  for (let sample = 0; sample < tokens; sample += 1) {
    for (const char of randomToken(30)) counts.set(char, (counts.get(char) ?? 0) + 1) // 40 characters without padding
  }
  expect(counts.size).toBe(64)
  const expected = (tokens * 40) / 64
  const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  expect(chiSquared).toBeLessThan(140) // 63 degrees of freedom: a fair generator is beyond it once in ten million runs
})

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('common-passwords.ts'))
  .map((path) => ({ path: `src/${path}`, lines: readFileSync(`src/${path}`, 'utf8').split('\n') }))

const linesWith = (pattern: RegExp, allowed: readonly string[] = []) =>
  sources
    .filter(({ path }) => !allowed.includes(path))
    .flatMap(({ path, lines }) => lines.filter((line) => pattern.test(line)).map((line) => `${path}: ${line.trim()}`))

test('CR-04: nothing but the CSPRNG makes random values, and no UUID is a secret', () => {
  expect(linesWith(/Math\.random|pseudoRandomBytes|randomUUID|\bnanoid\b/)).toEqual([])
  expect(linesWith(/\bv\d\b.*from 'uuid'/, ['src/kernel/ambient/ambient.ts'])).toEqual([])
  expect(linesWith(/node\.randomBytes|randomFill/, ['src/kernel/crypto/random.ts'])).toEqual([])
})

/** An equality with a digest, tag, MAC or verifier on either side; not with a word, a number, `undefined` or `null`. */
const secret = '(?:digest|hash|verifier|signature|csrfToken|refreshToken|loginToken|\\bmac|\\btag)'
const value = "(?!undefined|null|'|\\d)"
const comparesSecret = new RegExp(
  `(?<!typeof [\\w.]*)${secret}(?:\\([^)]*\\))? [!=]== ${value}|[!=]== ${value}[\\w.?]*${secret}(?![\\w.])`,
  'i',
)

test('CR-05: the scan for comparisons of secrets finds one when there is one', () => {
  for (const line of ['if (state.currentDigest === shown)', 'return shown !== row.codeHash', 'tag === mac(key, text)']) {
    expect(line).toMatch(comparesSecret)
  }
  for (const line of ['hash === undefined', "typeof token === 'string'", 'tag.length === length', "hash !== ''"]) {
    expect(line).not.toMatch(comparesSecret)
  }
})

test('CR-05: no digest, tag or verifier is compared with an equality operator', () => {
  expect(linesWith(comparesSecret)).toEqual([])
})

test('CR-01: what was sealed for one row or purpose opens nowhere else, and a changed byte opens nothing', () => {
  const sealed = keys.seal('signing-key', 'kid-1', Buffer.from('private'))
  expect(keys.open('signing-key', 'kid-1', sealed)?.toString()).toBe('private')
  expect(keys.open('signing-key', 'kid-2', sealed)).toBeUndefined()
  expect(keys.open('webhook-secret', 'kid-1', sealed)).toBeUndefined()
  const [id, packed = ''] = sealed.split('.')
  const bytes = Buffer.from(packed, 'base64url')
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    expect(keys.open('signing-key', 'kid-1', `${id}.${changed.toString('base64url')}`)).toBeUndefined()
  }
  for (const length of [0, 12, 27]) {
    expect(keys.open('signing-key', 'kid-1', `${id}.${bytes.subarray(0, length).toString('base64url')}`)).toBeUndefined()
  }
})
