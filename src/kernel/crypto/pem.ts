/**
 * Keys that operators hand in as PEM, read without trusting their label; and the pair they are given when they have none.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'

/** The private key of a PKCS#8 PEM as a JWK (RFC 7517); `undefined` when the text is no such key. */
export function privateJwkOfPem(pem: string): JsonWebKey | undefined {
  try {
    return createPrivateKey(pem).export({ format: 'jwk' })
  } catch {
    return undefined // not a key, an encrypted one, or a kind that JWK has no form for
  }
}

/** The public key of an SPKI PEM as a JWK; `undefined` when the text is no such key. Of a private key it is the public half. */
export function publicJwkOfPem(pem: string): JsonWebKey | undefined {
  try {
    return createPublicKey(pem).export({ format: 'jwk' })
  } catch {
    return undefined // as above
  }
}

/** A fresh Ed25519 pair in PEM (RFC 8410): PKCS#8 and SPKI. */
export const newPemPair = (): { readonly privateKey: string; readonly publicKey: string } =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
