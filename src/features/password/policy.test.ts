import { expect, test } from 'vitest'
import { commonPasswords } from './common-passwords.ts'
import { passwordProblems } from './policy.ts'

const rules = { minLength: 12, forbidden: ['ada.lovelace@example.com', 'Keywright'] }
const problems = (password: string) => passwordProblems(password, rules)

test('length counts code points, not bytes or UTF-16 units', async () => {
  expect(await problems('vexing jumps')).toEqual([])
  expect(await problems('vexing jump')).toEqual(['too_short'])
  expect(await problems('🐎🐴🦄🐂🐃🐄🐖🐏🐑🐐🐪')).toEqual(['too_short'])
  expect(await problems('🐎🐴🦄🐂🐃🐄🐖🐏🐑🐐🐪🦙')).toEqual([])
  expect(await problems('é'.repeat(11).normalize('NFD'))).toEqual(['too_short'])
})

test('PW-04: 257 code points or 1,025 bytes are too long; 256 and 1,024 are not', async () => {
  const [varied, emoji] = ['vexing jumps '.repeat(20), '🐎🐴🦄🐂'.repeat(64)]
  expect(await problems(varied.slice(0, 256))).toEqual([])
  expect(await problems(varied.slice(0, 257))).toEqual(['too_long'])
  expect(Buffer.byteLength(emoji)).toBe(1024)
  expect(await problems(emoji)).toEqual([])
  expect(await problems(`${emoji}a`)).toEqual(['too_long'])
})

test('PW-05: no composition rule: fifteen lower-case letters are a good password', async () => {
  expect(await problems('tramvexjumpsoak')).toEqual([])
})

test('PW-05: each of the 3,000 most common passwords is refused without any network, in any letter case', async () => {
  const top = [...commonPasswords].slice(0, 3000)
  const lax = { minLength: 1, forbidden: [] }
  const judged = await Promise.all(top.map((password) => passwordProblems(password.toUpperCase(), lax)))
  expect(judged.every((found) => found.includes('common'))).toBe(true)
  expect(await problems('1qaz2wsx3edc')).toEqual(['common'])
})

test.each(['ada.lovelace', 'Ada.Lovelace2024', 'ADA.LOVELACE@EXAMPLE.COM', 'keywright2024', 'keywrightkeywright!'])(
  'PW-05: %s is guessable from the address or the name of the application',
  async (password) => {
    expect(await problems(password)).toContain('guessable')
  },
)

test('a long password may contain a name', async () => {
  expect(await problems('keywright opens every door')).toEqual([])
})

test('control characters and NUL may stand in a password; half a surrogate pair may not', async () => {
  expect(await problems('vexing\0jumps\t')).toEqual([])
  expect(await problems('vexing jumps \ud83d')).toEqual(['malformed'])
})
