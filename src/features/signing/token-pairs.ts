/**
 * Access and refresh tokens under one key pair that the application holds. Works without a store: who keeps the sessions, and what has
 * been spent, is the caller's.
 *
 * Invariant: a token counts as what it was made for and as nothing else. A parent has one child: however often it is refreshed, the
 * children share one id, so that spending any of them spends them all.
 *
 * Specs: RFC 7519, RFC 8037, RFC 8725 §3.11, RFC 9700 §4.14.2.
 *
 * @module
 */
import { stringify } from 'uuid'
import { z } from 'zod'
import { type Duration, duration } from '../../kernel/contract/duration.ts'
import { createKeyRing } from '../../kernel/crypto/key-ring.ts'
import { privateJwkOfPem, publicJwkOfPem } from '../../kernel/crypto/pem.ts'
import { randomToken } from '../../kernel/crypto/random.ts'
import { product } from '../../kernel/product.ts'
import { importKey, type KeyLife, readPem, readPublicPem, type Signer, type SigningKey } from './keys.ts'
import { type Claims, readHeader, signToken, type TokenType, verifyToken } from './tokens.ts'

/** How long things live. A session ends for good when `session` is over, however often it was refreshed. */
export interface TokenLives {
  readonly access?: Duration | undefined
  readonly refresh?: Duration | undefined
  readonly session?: Duration | undefined
}

/** What a token that verified says. */
export interface PairClaims {
  readonly userId: string
  readonly sessionId: string
  readonly tokenId: string
  /** When the session was started: the instant of the login. */
  readonly startedAt: Date
  readonly payload: Claims
}

/** Both tokens of a session, and the id by which the refresh token is spent. */
export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
  readonly tokenId: string
}

/** What became of a token. */
export type PairResult =
  | { readonly ok: true; readonly claims: PairClaims }
  | { readonly ok: false; readonly reason: 'expired' | 'invalid' }

export type TokenPairs = ReturnType<typeof createTokenPairs>

const types = { access: 'at+jwt', refresh: 'rt+jwt' } as const satisfies Record<string, TokenType>

const Lives = z.strictObject({
  access: duration().prefault('15m'),
  refresh: duration().prefault('7d'),
  session: duration().prefault('90d'),
})

const Payload = z.looseObject({ sub: z.string(), sid: z.string(), jti: z.string(), auth_time: z.number() })

/** The pair is given and not rotated here: it signs and verifies for as long as it is given. */
const always: KeyLife = { createdAt: new Date(0), activeAt: new Date(0), retiredAt: null, expiresAt: null }

/**
 * Builds the pairs. Nothing is imported before the first token.
 *
 * @throws TypeError for keys that are not Ed25519, and for lives that are no durations
 */
export function createTokenPairs(pem: { readonly privateKey: string; readonly publicKey: string }, lives: TokenLives = {}) {
  const [privateJwk, publicJwk] = [privateJwkOfPem(pem.privateKey), publicJwkOfPem(pem.publicKey)]
  if (privateJwk?.crv !== 'Ed25519' || privateJwk.d === undefined) throw new TypeError(`${notEd25519} private key (PKCS#8)`)
  if (publicJwk?.crv !== 'Ed25519') throw new TypeError(`${notEd25519} public key (SPKI)`)
  const ms = readLives(lives)
  const ring = createKeyRing([privateJwk.d])
  const name = `urn:${product.name}:token-pair`
  let imported: ReturnType<typeof importPair> | undefined
  const keys = () => {
    imported ??= importPair(pem)
    return imported
  }

  async function issue(of: Omit<PairClaims, 'payload'>, at: Date): Promise<TokenPair> {
    const { signer } = await keys()
    const leftMs = of.startedAt.getTime() + ms.session - at.getTime()
    const own = { iss: name, aud: name, sub: of.userId, sid: of.sessionId, auth_time: of.startedAt.getTime() / 1000 }
    const sign = (kind: keyof typeof types, jti: string) =>
      signToken(signer, { ...own, jti }, { type: types[kind], ttlSeconds: Math.floor(Math.min(ms[kind], leftMs) / 1000), at })
    const [accessToken, refreshToken] = await Promise.all([sign('access', randomToken(16)), sign('refresh', of.tokenId)])
    return { accessToken, refreshToken, tokenId: of.tokenId }
  }

  /** The first pair of a session that starts now. */
  const first = (session: { readonly userId: string; readonly sessionId: string }, at: Date): Promise<TokenPair> =>
    issue({ ...session, tokenId: randomToken(16), startedAt: new Date(Math.floor(at.getTime() / 1000) * 1000) }, at)

  /** The one child of a refresh token. */
  const next = (parent: PairClaims, at: Date): Promise<TokenPair> =>
    issue({ ...parent, tokenId: ring.tag('refresh-child', parent.tokenId) }, at)

  /** Verifies a token as the one kind that is wanted. Never throws for what it contains. */
  async function verify(kind: keyof typeof types, token: string, at: Date): Promise<PairResult> {
    const header = readHeader(token)
    const { verifier } = await keys()
    if (header?.kid !== verifier.kid) return { ok: false, reason: 'invalid' }
    const found = await verifyToken(token, header, verifier, { issuer: name, audience: name, type: types[kind], at })
    if (!found.ok) return { ok: false, reason: found.reason === 'expired' ? 'expired' : 'invalid' }
    const payload = Payload.safeParse(found.payload)
    if (!payload.success) return { ok: false, reason: 'invalid' }
    const { sub: userId, sid: sessionId, jti: tokenId, auth_time } = payload.data
    return { ok: true, claims: { userId, sessionId, tokenId, startedAt: new Date(auth_time * 1000), payload: payload.data } }
  }

  return {
    first,
    next,
    verify,
    /** The id under which a store keeps that a refresh token was spent: a UUID that nobody can name who does not hold the key. */
    markOf: (tokenId: string): string => toUuid(ring.tag('refresh-spent', tokenId)),
    /** Whether the two keys given belong together. */
    isPair: privateJwk.x === publicJwk.x,
    accessSeconds: ms.access / 1000,
  }
}

const notEd25519 = 'The keys of a token pair are Ed25519 in PEM: this is no'

function readLives(lives: TokenLives): z.output<typeof Lives> {
  const read = Lives.safeParse(lives)
  if (!read.success) throw new TypeError(z.prettifyError(read.error))
  return read.data
}

async function importPair(pem: { readonly privateKey: string; readonly publicKey: string }) {
  const signer: SigningKey = await importKey(await readPem(pem.privateKey), always)
  const verifier = await importKey({ ...(await readPublicPem(pem.publicKey)), privateJwk: undefined }, always)
  return { signer: signer as Signer, verifier }
}

/** UUID version 8 (RFC 9562 §5.8): 122 bits of the tag. */
function toUuid(tag: string): string {
  const bytes = Buffer.from(tag, 'base64url').subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return stringify(bytes)
}
