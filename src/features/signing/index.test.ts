import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { signing } from './index.ts'

const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

test('without options keys are Ed25519 and outlive a token of 15 minutes by a refresh and the clock skew', () => {
  expect(signing.options.parse(undefined)).toEqual({ algorithm: 'EdDSA', overlap: 17 * 60_000 })
})

test.each([
  ['a text that is no key', { keys: ['secret'] }],
  ['an empty list of keys', { keys: [] }],
  ['a good key beside a bad one', { keys: [pem, ''] }],
  ['an overlap shorter than a refresh and the skew', { overlap: '1m' }],
  ['a symmetric algorithm', { algorithm: 'HS256' }],
])('%s is refused at boot', (_, options) => {
  expect(signing.options.safeParse(options).success).toBe(false)
})

test('a private key in PEM is accepted', () => {
  expect(signing.options.parse({ keys: [pem] }).keys).toEqual([pem])
})
