import { generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { expect, test } from 'vitest'
import { generateKey, importKey, isSigningPem, type KeyLife, readPem, signerAt, toView, verifiesAt } from './keys.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute))
const keyWith = async (life: Partial<KeyLife>) =>
  importKey(await generateKey('EdDSA'), { createdAt: at(0), activeAt: at(0), retiredAt: null, expiresAt: null, ...life })
const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString()

test('a key is named by the thumbprint of its public half (RFC 8037 appendix A.3)', async () => {
  const published = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  expect(await calculateJwkThumbprint(published)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  const { kid, publicJwk } = await generateKey('EdDSA')
  expect(kid).toBe(await calculateJwkThumbprint(publicJwk))
})

test.each(['EdDSA', 'ES256', 'RS256'] as const)('the public half of a %s key has no private member', async (alg) => {
  const { publicJwk } = await generateKey(alg)
  expect(Object.keys(publicJwk).filter((member) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'].includes(member))).toEqual([])
})

test('a private key in PEM is known by its material', async () => {
  const pairs = [
    ['EdDSA', generateKeyPairSync('ed25519')],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ] as const
  for (const [alg, { privateKey }] of pairs) expect((await readPem(pem(privateKey))).alg).toBe(alg)
})

test('a short RSA key, a key of another curve, a public key and a text are no signing keys', () => {
  const refused = [
    pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
    pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
    pem(generateKeyPairSync('x25519').privateKey),
    generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'secret',
    '',
  ]
  expect(refused.map(isSigningPem)).toEqual(refused.map(() => false))
})

test('the newest active key signs, and one that is still to come does not', async () => {
  const [old, current, next] = [
    await keyWith({ activeAt: at(0) }),
    await keyWith({ activeAt: at(5) }),
    await keyWith({ activeAt: at(30) }),
  ]
  expect(signerAt([old, next, current], at(10))).toBe(current)
  expect(signerAt([old, next, current], at(30))).toBe(next)
  expect(toView(next, current, at(10)).state).toBe('next')
})

test('when the active key was retired early, the one to come takes its place', async () => {
  const [retired, next] = [await keyWith({ retiredAt: at(5), expiresAt: at(22) }), await keyWith({ activeAt: at(30) })]
  expect(signerAt([retired, next], at(4))).toBe(retired)
  expect(signerAt([retired, next], at(5))).toBe(next)
})

test('a retired key verifies until it expires, and never signs again', async () => {
  const key = await keyWith({ retiredAt: at(5), expiresAt: at(22) })
  expect([at(5), at(21), at(22)].map((instant) => verifiesAt(key, instant))).toEqual([true, true, false])
  expect(signerAt([key], at(6))).toBeUndefined()
  expect([at(6), at(22)].map((instant) => toView(key, undefined, instant).state)).toEqual(['verifying', 'expired'])
})

test('a key whose private half cannot be opened verifies and does not sign', async () => {
  const key = { ...(await keyWith({})), privateKey: undefined }
  expect(signerAt([key], at(1))).toBeUndefined()
  expect(verifiesAt(key, at(1))).toBe(true)
})
