import { expect, test } from 'vitest'
import { createKeyRing } from './key-ring.ts'
import { digest, equal, frame, randomToken } from './random.ts'

const older = 'o'.repeat(32)
const newer = 'n'.repeat(32)

test('what the old secret sealed still opens after a rotation, and new seals use the newest', () => {
  const sealed = createKeyRing([older]).seal('signing-key', 'kid-1', Buffer.from('private'))
  const rotated = createKeyRing([newer, older])
  expect(rotated.open('signing-key', 'kid-1', sealed)?.toString()).toBe('private')
  const fresh = rotated.seal('signing-key', 'kid-1', Buffer.from('private'))
  expect(fresh.startsWith(`${rotated.newestId}.`)).toBe(true)
  expect(createKeyRing([older]).open('signing-key', 'kid-1', fresh)).toBeUndefined()
})

test('CR-01: a ciphertext moved to another row or purpose does not open', () => {
  const ring = createKeyRing([newer])
  const sealed = ring.seal('signing-key', 'kid-1', Buffer.from('private'))
  expect(ring.open('signing-key', 'kid-2', sealed)).toBeUndefined()
  expect(ring.open('provider-token', 'kid-1', sealed)).toBeUndefined()
  const other = sealed.at(-5) === 'x' ? 'y' : 'x' // of the last character some bits mean nothing
  expect(ring.open('signing-key', 'kid-1', `${sealed.slice(0, -5)}${other}${sealed.slice(-4)}`)).toBeUndefined()
  expect(ring.open('signing-key', 'kid-1', 'nonsense')).toBeUndefined()
})

test('a tag made before a rotation verifies after it, and only for the same parts', () => {
  const tag = createKeyRing([older]).tag('csrf', 'handle', 'random')
  expect(createKeyRing([newer, older]).verifies(tag, 'csrf', 'handle', 'random')).toBe(true)
  expect(createKeyRing([newer, older]).verifies(tag, 'csrf', 'handlerandom', '')).toBe(false)
  expect(createKeyRing([newer]).verifies(tag, 'csrf', 'handle', 'random')).toBe(false)
})

test('framed parts never collide, and digests differ by purpose', () => {
  expect(frame('ab', 'c').equals(frame('a', 'bc'))).toBe(false)
  const token = randomToken()
  expect(digest('reset', token)).not.toBe(digest('verify', token))
  expect(equal(token, token)).toBe(true)
  expect(equal(token, `${token}x`)).toBe(false)
})
