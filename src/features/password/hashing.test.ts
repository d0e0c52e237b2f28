import { expect, test } from 'vitest'
import { realAmbient } from '../../kernel/ambient/ambient.ts'
import { createHashPool, type HashPool } from '../../kernel/crypto/hash-pool.ts'
import { createPasswordHasher, defaultParameters, testParameters } from './hashing.ts'

const { clock, startTimer } = realAmbient()
const pool = createHashPool({ slots: 2, clock, startTimer })
const hasher = createPasswordHasher({ pool, parameters: testParameters })

/** A pool that counts who passes through it. */
function countingPool(): HashPool & { readonly runs: () => number } {
  let runs = 0
  return {
    runs: () => runs,
    run: (work) => {
      runs += 1
      return pool.run(work)
    },
  }
}

test('a new hash is argon2id at the figures of the contract, with a salt of 16 and a tag of 32 bytes', async () => {
  const encoded = await createPasswordHasher({ pool }).hash('correct horse')
  const [, algorithm, version, cost, salt = '', tag = ''] = encoded.split('$')
  expect([algorithm, version, cost]).toEqual(['argon2id', 'v=19', 'm=19456,t=2,p=1'])
  expect(Buffer.from(salt, 'base64')).toHaveLength(16)
  expect(Buffer.from(tag, 'base64')).toHaveLength(32)
})

test('two hashes of one password differ, and both verify', async () => {
  const [first, second] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')])
  expect(first).not.toBe(second)
  expect(await hasher.verify('correct horse', first)).toEqual({ ok: true, outdated: false })
  expect(await hasher.verify('correct horse', second)).toEqual({ ok: true, outdated: false })
  expect(await hasher.verify('Correct horse', first)).toEqual({ ok: false, outdated: false })
})

test.each([64, 72, 73, 128, 255, 256, 1024])('PW-04: the last of %i bytes counts', async (size) => {
  const start = 'a'.repeat(size - 1)
  const encoded = await hasher.hash(`${start}b`)
  expect((await hasher.verify(`${start}b`, encoded)).ok).toBe(true)
  expect((await hasher.verify(`${start}c`, encoded)).ok).toBe(false)
  expect((await hasher.verify(start, encoded)).ok).toBe(false)
})

test('PW-04: a NUL inside a password does not shorten it', async () => {
  const encoded = await hasher.hash('correct\0horse')
  expect((await hasher.verify('correct\0horse', encoded)).ok).toBe(true)
  expect((await hasher.verify('correct\0house', encoded)).ok).toBe(false)
  expect((await hasher.verify('correct', encoded)).ok).toBe(false)
})

test('a password typed on a keyboard that composes verifies on one that does not', async () => {
  const encoded = await hasher.hash('Zoë 🐎 correct'.normalize('NFD'))
  expect(await hasher.verify('Zoë 🐎 correct'.normalize('NFC'), encoded)).toEqual({ ok: true, outdated: false })
  expect(await hasher.verify('Zoë 🐎 correct'.normalize('NFD'), encoded)).toEqual({ ok: true, outdated: false })
  expect((await hasher.verify('Zoe 🐎 correct', encoded)).ok).toBe(false)
})

test('a foreign hash of decomposed bytes still verifies, and is to be upgraded', async () => {
  const encoded = 'pbkdf2_sha256$1000$seasalt$Ca23Ae6Gp9Hw6ui0HbZRreulMjuo4qTNBSDyAWLeCpQ='
  expect(await hasher.verify('Zoe\u0308', encoded)).toEqual({ ok: true, outdated: true })
  expect((await hasher.verify('Zoe', encoded)).ok).toBe(false)
})

test('a hash is outdated when today asks for more, or when another system made it', async () => {
  const weak = await hasher.hash('correct horse')
  expect(
    await createPasswordHasher({ pool, parameters: { ...testParameters, timeCost: 2 } }).verify('correct horse', weak),
  ).toEqual({
    ok: true,
    outdated: true,
  })
  const strong = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$k9ohroejZy1PN5E1SbHNPug6vB8eQAahb5SOAp6iGF4'
  expect(await hasher.verify('correct horse', strong)).toEqual({ ok: true, outdated: false })
  expect(await createPasswordHasher({ pool, parameters: defaultParameters }).verify('correct horse', strong)).toEqual({
    ok: true,
    outdated: false,
  })
  const bcrypt = '$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'
  expect(await hasher.verify('correct horse', bcrypt)).toEqual({ ok: true, outdated: true })
})

test('an unknown user, an unusable hash and a known user all pass the same queue once', async () => {
  const counted = countingPool()
  const { hash, verify, dummy } = createPasswordHasher({ pool: counted, parameters: testParameters })
  const encoded = await hash('correct horse')
  const before = counted.runs()
  await dummy('correct horse')
  expect(await verify('correct horse', '!unusable')).toEqual({ ok: false, outdated: false })
  await verify('wrong horse', encoded)
  expect(counted.runs() - before).toBe(3)
})

test('parameters that no stored hash may cost are refused before the first hash is made', () => {
  expect(() => createPasswordHasher({ pool, parameters: { ...defaultParameters, memoryCost: 524_288 } })).toThrow('beyond')
})
