/**
 * The bytes of a token: a JWS in compact form (RFC 7515, RFC 7519, RFC 9068), and the one strict way to read it.
 *
 * Invariant: the token names a key of ours and has no other say. Algorithm and key come from our record; a header member beyond `alg`,
 * `kid` and `typ` (`crit`, `jwk`, `jku`, `x5u`, `x5c`, `b64`, ...) refuses the token, and so does a second spelling of the same bytes.
 * Not here: sessions. A token that verifies says nothing yet about whether its session still holds.
 *
 * Specs: RFC 8725 §3 (JWT best current practices).
 *
 * @module
 */
import { JOSEError } from 'jose/errors'
import { compactVerify } from 'jose/jws/compact/verify'
import { SignJWT } from 'jose/jwt/sign'
import { z } from 'zod'
import { type Signer, type SigningKey, verifiesAt } from './keys.ts'

/**
 * Kinds of token by media type: access (RFC 9068 §2.1) and refresh. None is accepted in the place of another (RFC 8725 §3.11).
 */
const tokenTypes = ['at+jwt', 'rt+jwt'] as const
export type TokenType = (typeof tokenTypes)[number]

/** Whose token it has to be, compared as exact strings, and of which kind: an access token unless it says otherwise. */
export interface Expected {
  readonly issuer: string
  readonly audience: string
  readonly type?: TokenType
  /** Takes a token that has run out as well: it may end what it once opened, and nothing else. */
  readonly evenExpired?: boolean
}

/** The claims of a token that verified. */
export type Claims = Readonly<Record<string, unknown>>

/** What became of a token. */
export type VerifyResult =
  | { readonly ok: true; readonly payload: Claims }
  | { readonly ok: false; readonly reason: 'malformed' | 'unknown_key' | 'expired' | 'invalid' }

const maxTokenLength = 8192
/** How far the clock of the node that signed may be ahead of ours. */
export const skewSeconds = 60

const Header = z.strictObject({ alg: z.string(), kid: z.string(), typ: z.enum(tokenTypes) })
type Header = z.infer<typeof Header>

const Registered = z.looseObject({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iat: z.number(),
  exp: z.number(),
  nbf: z.number().optional(),
})

/** Signs `claims` with times of ours. A token that nobody would read afterwards is not made: its claims are too large, and that is a bug. */
export async function signToken(
  key: Signer,
  claims: Claims,
  { type, ttlSeconds, at }: { readonly type: TokenType; readonly ttlSeconds: number; readonly at: Date },
): Promise<string> {
  const iat = toSeconds(at)
  const token = await new SignJWT({ ...claims, iat, exp: iat + ttlSeconds })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: type })
    .sign(key.privateKey)
  if (token.length <= maxTokenLength) return token
  throw new Error(`The claims of a token are too large: it has ${token.length} characters and may have ${maxTokenLength}`)
}

/**
 * Reads the header of a token, without believing it.
 *
 * @returns `undefined` when the token is not in the one form in which we issue tokens
 */
export function readHeader(token: string): Header | undefined {
  if (token.length > maxTokenLength) return undefined
  const segments = token.split('.', 4)
  if (segments.length !== 3 || !segments.every(isCanonical)) return undefined
  const text = Buffer.from(segments[0] ?? '', 'base64url').toString('utf8')
  const json = parseJson(text)
  const header = Header.safeParse(json)
  // Written anew, a header with duplicate members (RFC 7515 §4) comes out shorter.
  return header.success && JSON.stringify(json) === text ? header.data : undefined
}

/** Verifies a token whose header named `key`. */
export async function verifyToken(
  token: string,
  header: Header,
  key: SigningKey,
  { issuer, audience, type = 'at+jwt', evenExpired = false, at }: Expected & { readonly at: Date },
): Promise<VerifyResult> {
  if (!verifiesAt(key, at)) return { ok: false, reason: 'unknown_key' }
  if (header.alg !== key.alg || header.typ !== type) return { ok: false, reason: 'invalid' }
  const payload = await verifiedPayload(token, key)
  const claims = Registered.safeParse(payload)
  if (!claims.success) return { ok: false, reason: 'invalid' }

  const { iss, aud, iat, nbf = iat, exp } = claims.data
  const now = at.getTime() / 1000
  const meantForUs = iss === issuer && (aud === audience || (Array.isArray(aud) && aud.includes(audience)))
  if (!meantForUs || Math.max(iat, nbf) > now + skewSeconds) return { ok: false, reason: 'invalid' }
  if (exp <= now && !evenExpired) return { ok: false, reason: 'expired' }
  return { ok: true, payload: claims.data }
}

async function verifiedPayload(token: string, key: SigningKey): Promise<unknown> {
  try {
    const { payload } = await compactVerify(token, key.publicKey, { algorithms: [key.alg] })
    return parseJson(Buffer.from(payload).toString('utf8'))
  } catch (error) {
    if (error instanceof JOSEError) return undefined
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // whoever reads it checks the shape, and `undefined` has none
  }
}

/** Base64url lets the last character of some lengths vary without changing a byte; one token has one spelling. */
const isCanonical = (segment: string): boolean =>
  segment !== '' && Buffer.from(segment, 'base64url').toString('base64url') === segment

const toSeconds = (at: Date): number => Math.floor(at.getTime() / 1000)
