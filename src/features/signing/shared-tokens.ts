/**
 * Tokens under a secret that an application shares with whoever verifies them (RFC 7515, HS256), made at once. Works without a store.
 *
 * @module
 */
import { hmacSha256 } from '../../kernel/crypto/plain.ts'
import type { Claims } from './tokens.ts'

const header = encoded({ alg: 'HS256', typ: 'JWT' })

/** Signs claims as they are: times are the caller's. */
export function signShared(claims: Claims, secret: string): string {
  const signed = `${header}.${encoded(claims)}`
  return `${signed}.${hmacSha256(secret, signed).toString('base64url')}`
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
