import { expect, test } from 'vitest'
import { createKeyRing } from '../../kernel/crypto/key-ring.ts'
import { createKnownDevices } from './known-device.ts'

const old = 'an-old-secret-of-the-tests-with-32-bytes'
const fresh = 'a-new-secret-of-the-tests-with-32-bytes-'
const noon = new Date('2026-01-01T12:00:00Z')
const day = 86_400_000
const after = (ms: number) => new Date(noon.getTime() + ms)
const devices = createKnownDevices(createKeyRing([old]))

test('a browser is known to the account it logged in to, for 90 days', () => {
  const { value, expiresAt } = devices.remember(undefined, 'ada', noon)
  expect(expiresAt).toEqual(after(90 * day))
  const id = devices.find(value, 'ada', noon)
  expect(id).toMatch(/^[\w-]{22}$/)
  expect(devices.find(value, 'ada', after(90 * day - 1000))).toBe(id)
  expect(devices.find(value, 'ada', after(90 * day))).toBeUndefined()
})

test('logging in again keeps the name of the browser and prolongs it', () => {
  const first = devices.remember(undefined, 'ada', noon).value
  const second = devices.remember(first, 'ada', after(60 * day)).value
  expect(second.split('~')).toHaveLength(1)
  expect(devices.find(second, 'ada', after(149 * day))).toBe(devices.find(first, 'ada', noon))
})

test('people who share a browser all stay known, up to five; the one who was away the longest is forgotten', () => {
  const people = ['ada', 'grace', 'edsger', 'barbara', 'alan', 'tony']
  const value = people.reduce((cookie, who) => devices.remember(cookie, who, noon).value, '')
  expect(people.map((who) => devices.find(value, who, noon) !== undefined)).toEqual([false, true, true, true, true, true])
  expect(value.length).toBeLessThan(512)
})

test('PW-07: a cookie of another account, a changed one and noise make nobody known', () => {
  const { value } = devices.remember(undefined, 'mallory', noon)
  const [expiry = '', id = '', tag = ''] = value.split('.')
  const later = (Number.parseInt(expiry, 36) + 1).toString(36)
  expect(devices.find(value, 'mallory', noon)).toBe(id)
  expect(devices.find(value, 'ada', noon)).toBeUndefined()
  const forged = [
    `${later}.${id}.${tag}`,
    `${expiry}.${'A'.repeat(22)}.${tag}`,
    `${expiry}.${id}.${tag.slice(0, 42)}${tag.endsWith('A') ? 'B' : 'A'}`,
    `${expiry}.${id}`,
    `${expiry}.${id}.`,
    '~~~~~~~',
    '',
    'x'.repeat(4096),
  ]
  for (const one of forged) expect(devices.find(one, 'mallory', noon)).toBeUndefined()
})

test('only the first five entries of a cookie are looked at, and what is no entry is not handed back', () => {
  const mine = devices.remember(undefined, 'ada', noon).value
  expect(devices.find(`${'noise~'.repeat(5)}${mine}`, 'ada', noon)).toBeUndefined()
  expect(devices.remember(`noise~<script>~${mine}`, 'grace', noon).value.split('~').slice(1)).toEqual([mine])
})

test('a browser stays known while the application rotates its secret, and not after the old one has left', () => {
  const { value } = devices.remember(undefined, 'ada', noon)
  expect(createKnownDevices(createKeyRing([fresh, old])).find(value, 'ada', noon)).toBeDefined()
  expect(createKnownDevices(createKeyRing([fresh])).find(value, 'ada', noon)).toBeUndefined()
})
