/**
 * Private keys that operators hand in as PEM, read without trusting their label.
 *
 * @module
 */
import { createPrivateKey, type JsonWebKey } from 'node:crypto'

/** The private key of a PKCS#8 PEM as a JWK (RFC 7517); `undefined` when the text is no such key. */
export function privateJwkOfPem(pem: string): JsonWebKey | undefined {
  try {
    return createPrivateKey(pem).export({ format: 'jwk' })
  } catch {
    return undefined // not a key, an encrypted one, or a kind that JWK has no form for
  }
}
