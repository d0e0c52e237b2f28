/**
 * Randomness and digests: the primitives every secret of ours is made of.
 *
 * Invariant: secrets have at least 128 bits from the CSPRNG, and only their digests are stored (OWASP ASVS 5.0 V7.2.3, V11.5.1).
 *
 * @module
 */
import * as node from 'node:crypto'

/** `size` bytes from the CSPRNG. */
export const randomBytes = (size: number): Buffer => node.randomBytes(size)

/**
 * A fresh secret of `bytes` random bytes as base64url.
 *
 * @example
 * ```ts
 * const secret = randomSecret(48)
 * ```
 */
export const randomToken = (bytes = 32): string => node.randomBytes(bytes).toString('base64url')

/** A whole number from 0 up to but not `limit`. */
export const randomBelow = (limit: number): number => node.randomInt(limit)

/** A number from 0 up to but not 1, for what shall not happen at once everywhere. */
export const randomFraction = (): number => randomBelow(2 ** 32) / 2 ** 32

/**
 * Frames parts by length, so that no two lists of parts have the same bytes.
 */
export function frame(...parts: readonly (string | Uint8Array)[]): Buffer {
  const chunks = parts.flatMap((part) => {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  })
  return Buffer.concat(chunks)
}

/** SHA-256 of a high-entropy secret under a purpose, as base64url: what is stored instead of the secret. */
export const digest = (purpose: string, secret: string | Uint8Array): string =>
  node.createHash('sha256').update(frame(purpose, secret)).digest('base64url')

/** HMAC-SHA-256 over framed parts. */
export const mac = (key: Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer =>
  node
    .createHmac('sha256', key)
    .update(frame(...parts))
    .digest()

/** Compares without telling by time where two values differ. */
export function equal(a: string | Uint8Array, b: string | Uint8Array): boolean {
  const left = node.createHash('sha256').update(a).digest()
  const right = node.createHash('sha256').update(b).digest()
  return node.timingSafeEqual(left, right)
}
