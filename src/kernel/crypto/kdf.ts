/**
 * Key derivation functions of Node that verify password hashes made elsewhere. New hashes are argon2id and never made here.
 *
 * Invariant: the caller has capped every cost before it calls; scrypt is also held to the memory that its parameters need.
 *
 * @module
 */
import * as node from 'node:crypto'
import { promisify } from 'node:util'

/** The hash functions that PBKDF2 may be asked for. */
export type Pbkdf2Digest = 'sha1' | 'sha256' | 'sha512'

/** Costs of scrypt (RFC 7914): `n` is a power of two. */
export interface ScryptCost {
  readonly n: number
  readonly r: number
  readonly p: number
}

const pbkdf2Async = promisify(node.pbkdf2)
const scryptAsync = promisify<Uint8Array, Uint8Array, number, node.ScryptOptions, Buffer>(node.scrypt)

/** PBKDF2 (RFC 8018 §5.2), off the main thread. */
export const pbkdf2 = (
  digest: Pbkdf2Digest,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  size: number,
): Promise<Buffer> => pbkdf2Async(password, salt, iterations, size, digest)

/** Scrypt (RFC 7914), off the main thread. */
export const scrypt = (password: Uint8Array, salt: Uint8Array, { n, r, p }: ScryptCost, size: number): Promise<Buffer> =>
  scryptAsync(password, salt, size, { N: n, r, p, maxmem: 128 * r * (n + p + 2) })
