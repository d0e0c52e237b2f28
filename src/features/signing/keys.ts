/**
 * Signing keys: how they are made and read, and which of them signs and which verify at an instant.
 *
 * Invariant: a key is typed by its own material, one algorithm a key, named by its thumbprint (RFC 7638), so that nothing in a token can
 * choose how it is verified. A public JWK is built from an allow-list of members and can never carry a private one.
 *
 * @module
 */
import type { CryptoKey, JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'
import { importJWK } from 'jose/key/import'
import { privateJwkOfPem, publicJwkOfPem } from '../../kernel/crypto/pem.ts'
import type { SigningAlgorithm, SigningKeyView } from './contract.ts'

/** The public members of a key (RFC 7517, RFC 7518 §6, RFC 8037 §2). */
export type PublicJwk = Pick<JWK, (typeof publicMembers)[number]> & { readonly kty: string }

/** What a key is made of. */
export interface KeyMaterial {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly publicJwk: PublicJwk
  readonly privateJwk: JWK
}

/** When a key signs and how long it verifies. */
export interface KeyLife {
  readonly createdAt: Date
  /** From when it signs. Until then it is only published, so that every node knows it before its first token arrives. */
  readonly activeAt: Date
  /** From when it no longer signs. */
  readonly retiredAt: Date | null
  /** From when it no longer verifies. */
  readonly expiresAt: Date | null
}

/** A key ready for use. */
export interface SigningKey extends KeyLife {
  readonly kid: string
  readonly alg: SigningAlgorithm | 'HS256'
  /** Absent for a secret, which has no public half. */
  readonly publicJwk: PublicJwk | undefined
  readonly publicKey: CryptoKey | Uint8Array
  /** Absent when the secret that sealed it is no longer in the ring: the key then verifies and cannot sign. */
  readonly privateKey: CryptoKey | Uint8Array | undefined
}

/** A key whose public half may be shown. */
export type KeyPair = SigningKey & { readonly alg: SigningAlgorithm; readonly publicJwk: PublicJwk }

/** A key that can sign. */
export type Signer = SigningKey & { readonly privateKey: CryptoKey | Uint8Array }

/** Makes a key pair. */
export async function generateKey(alg: SigningAlgorithm): Promise<KeyMaterial> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return materialOf(alg, await exportJWK(privateKey))
}

/** Whether a text is a private key in PEM that can sign: Ed25519, P-256, or RSA of at least 2048 bits (RFC 7518 §3.3). */
export const isSigningPem = (pem: string): boolean => algorithmOf(privateJwkOfPem(pem)) !== undefined

/** Reads a private key in PEM. @throws when it is not one that {@link isSigningPem} accepts */
export async function readPem(pem: string): Promise<KeyMaterial> {
  const jwk = privateJwkOfPem(pem)
  const alg = algorithmOf(jwk)
  if (!jwk || !alg) throw new TypeError('not a private key that can sign')
  return materialOf(alg, jwk)
}

/** Reads the public half of a key pair in PEM. @throws when it is not the half of a key that {@link isSigningPem} accepts */
export async function readPublicPem(pem: string): Promise<Omit<KeyMaterial, 'privateJwk'>> {
  const jwk = publicJwkOfPem(pem)
  const alg = algorithmOf(jwk)
  if (!jwk || !alg) throw new TypeError('not a public key that can verify')
  const publicJwk = publicPartOf(jwk)
  return { kid: await calculateJwkThumbprint(publicJwk), alg, publicJwk }
}

/** Turns material into keys that can sign and verify. */
export async function importKey(
  material: Omit<KeyMaterial, 'privateJwk'> & { readonly privateJwk: JWK | undefined },
  life: KeyLife,
): Promise<KeyPair> {
  const { kid, alg, publicJwk, privateJwk } = material
  const { createdAt, activeAt, retiredAt, expiresAt } = life
  const publicKey = await toCryptoKey(publicJwk, alg)
  const privateKey = privateJwk && (await toCryptoKey(privateJwk, alg))
  return { kid, alg, publicJwk, publicKey, privateKey, createdAt, activeAt, retiredAt, expiresAt }
}

/** A secret that others hold too, as the one key there is: HMAC (RFC 7518 §3.2), and nothing else under this `kid`. */
export function sharedKey(secret: string, since: Date): SigningKey {
  const bytes = Buffer.from(secret, 'utf8')
  const life = { createdAt: since, activeAt: since, retiredAt: null, expiresAt: null }
  return { ...life, kid: 'shared', alg: 'HS256', publicJwk: undefined, publicKey: bytes, privateKey: bytes }
}

/** Whether a key may be shown: never a secret, whatever it is called. */
export const isKeyPair = (key: SigningKey): key is KeyPair => key.publicJwk !== undefined && key.alg !== 'HS256'

/** The key that signs: the newest active one; before any is active, or when the active ones were retired early, the newest to come. */
export function signerAt(keys: Iterable<SigningKey>, at: Date): Signer | undefined {
  const able = [...keys]
    .filter(canSign)
    .filter((key) => !isPast(key.retiredAt, at))
    .sort(newestFirst)
  return able.find((key) => isPast(key.activeAt, at)) ?? able.find((key) => key.retiredAt === null)
}

/** Whether a token signed by this key is still accepted. */
export const verifiesAt = (key: KeyLife, at: Date): boolean => !isPast(key.expiresAt, at)

/** The key as operators see it. */
export function toView(key: KeyPair, signer: SigningKey | undefined, at: Date): Omit<SigningKeyView, 'isGiven'> {
  const { kid, alg, createdAt, activeAt, retiredAt, expiresAt } = key
  const state = !verifiesAt(key, at)
    ? 'expired'
    : kid === signer?.kid
      ? 'signing'
      : retiredAt === null && !isPast(activeAt, at)
        ? 'next'
        : 'verifying'
  return { kid, alg, state, isPublished: state !== 'expired', createdAt, activeAt, retiredAt, expiresAt }
}

/** By activation, newest first; a stable sort keeps keys that were given from outside in the order of their list. */
export const newestFirst = (a: KeyLife, b: KeyLife): number => b.activeAt.getTime() - a.activeAt.getTime()

const canSign = (key: SigningKey): key is Signer => key.privateKey !== undefined

const isPast = (instant: Date | null, at: Date): boolean => instant !== null && instant <= at

async function materialOf(alg: SigningAlgorithm, privateJwk: JWK): Promise<KeyMaterial> {
  const publicJwk = publicPartOf(privateJwk)
  return { kid: await calculateJwkThumbprint(publicJwk), alg, publicJwk, privateJwk }
}

const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const

function publicPartOf(jwk: JWK): PublicJwk {
  const present = publicMembers.filter((member) => jwk[member] !== undefined)
  return Object.fromEntries(present.map((member) => [member, jwk[member]])) as PublicJwk
}

function algorithmOf(jwk: JWK | undefined): SigningAlgorithm | undefined {
  const { kty, crv, n } = jwk ?? {}
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA'
  if (kty === 'EC' && crv === 'P-256') return 'ES256'
  if (kty === 'RSA' && n !== undefined && Buffer.from(n, 'base64url').length >= 256) return 'RS256'
  return undefined
}

async function toCryptoKey(jwk: JWK, alg: SigningAlgorithm): Promise<CryptoKey> {
  const key = await importJWK(jwk, alg)
  if (key instanceof Uint8Array) throw new TypeError('a signing key is a key pair, never a shared secret')
  return key
}
