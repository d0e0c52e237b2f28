/**
 * Resource servers: check access tokens that somebody else issued (RFC 9068, RFC 8725): another Keywright, Auth0, Keycloak.
 *
 * Invariant: algorithm and issuer come from the set-up, never from the token; a symmetric algorithm cannot be named, so a published key is
 * never a secret (CVE-2022-23541). Garbage key ids cause at most one reading of the key set a minute.
 * Not here: revocation. A stateless check trusts the token until it runs out; ask the issuer where that is too long.
 *
 * @module
 */
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { realAmbient } from './kernel/ambient/ambient.ts'
import { pacedFetch } from './kernel/ambient/paced-fetch.ts'
import { parseOptions } from './kernel/config/options.ts'
import { AuthError, type ErrorDef, isAuthError, kernelErrors } from './kernel/contract/errors.ts'
import type { RequestLike } from './kernel/http/headers.ts'
import { bearerOf } from './kernel/http/presented.ts'

/** Signature algorithms with a public half. */
export type VerifyAlgorithm =
  | 'EdDSA'
  | 'Ed25519'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'

/** Whose tokens are taken. */
export interface VerifierOptions {
  /** Where the issuer publishes its keys; https, or http on loopback. */
  readonly jwksUrl: string
  /** Compared with `iss` as an exact string. */
  readonly issuer: string
  /** Who we are in the issuer's words; compared with `aud` as an exact string. */
  readonly audience: string
  /** Every other algorithm is refused, whatever the key set says. */
  readonly algorithms: readonly [VerifyAlgorithm, ...VerifyAlgorithm[]]
  /** The `typ` the token must have; `at+jwt` (RFC 9068 §2.1) unless said otherwise. Auth0 and Keycloak may say `JWT`. */
  readonly typ?: string
}

/** A caller with a token that holds. */
export interface VerifiedCaller {
  readonly status: 'active'
  readonly via: 'bearer'
  /** `sub`. */
  readonly userId: string
  readonly scopes: readonly string[]
  readonly claims: Readonly<JWTPayload>
}

/** What a guard asks of a token. */
export interface TokenDemands {
  readonly scope?: string
}

/** Checks requests of a resource server. */
export interface Verifier {
  /** Who calls. Never throws: an issuer that cannot be asked is `unavailable`. */
  authenticate(
    request: RequestLike,
  ): Promise<
    VerifiedCaller | { readonly status: 'none' } | { readonly status: 'invalid' | 'unavailable'; readonly error: AuthError }
  >
  /** Who calls, or a refusal. @throws unauthorized | forbidden | unavailable, and BootError for a demand that is not known or has no value */
  require(request: RequestLike, demands?: TokenDemands): Promise<VerifiedCaller>
}

const demandsSchema = z.strictObject({ scope: z.string().min(1).exactOptional() })

/** How long a key set is used, and how soon an unknown key id may cause it to be read again. */
const keepMs = 600_000
const cooldownMs = 60_000
const timeoutMs = 5_000
/** After a failed reading the issuer is asked again this soon. */
const retryMs = 5_000
const maxTokenLength = 8_192
const skewSeconds = 60

const algorithms = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const satisfies readonly VerifyAlgorithm[]

const optionsSchema = z.strictObject({
  jwksUrl: z.url().refine((text) => isSafeUrl(new URL(text)), { error: 'https, or http on loopback' }),
  issuer: z.string().min(1),
  audience: z.string().min(1),
  algorithms: z.array(z.enum(algorithms)).min(1),
  typ: z.string().min(1).default('at+jwt'),
})

/**
 * Builds a verifier. Nothing is fetched before the first token.
 *
 * @throws BootError for options that cannot be used
 * @example
 * ```ts
 * const verifier = createVerifier({
 *   jwksUrl: 'https://id.example.com/.well-known/jwks.json',
 *   issuer: 'https://id.example.com',
 *   audience: 'https://api.example.com',
 *   algorithms: ['EdDSA'],
 * })
 * const { userId } = await verifier.require(request, { scope: 'orders:read' })
 * ```
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { jwksUrl, issuer, audience, algorithms, typ } = parseOptions(optionsSchema, options, 'verifier')
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: keepMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    [customFetch]: pacedFetch(realAmbient().clock, cooldownMs, retryMs),
  })
  const expected = { issuer, audience, algorithms, typ, clockTolerance: skewSeconds, requiredClaims: ['sub', 'exp', 'iat'] }

  async function verify(token: string): Promise<VerifiedCaller> {
    if (token.length > maxTokenLength) throw new AuthError(kernelErrors.unauthorized)
    try {
      const { payload } = await jwtVerify(token, keys, expected)
      const { sub = '', scope } = payload
      return { status: 'active', via: 'bearer', userId: sub, scopes: scopesOf(scope), claims: payload }
    } catch (error) {
      throw new AuthError(refusalOf(error), { cause: error })
    }
  }

  const authenticate: Verifier['authenticate'] = async (request) => {
    const token = bearerOf(request)
    if (token === undefined) return { status: 'none' }
    try {
      return await verify(token)
    } catch (error) {
      if (!isAuthError(error)) throw error
      return { status: isAuthError(error, 'unavailable') ? 'unavailable' : 'invalid', error }
    }
  }

  return {
    authenticate,
    async require(request, demands = {}) {
      // A demand that was passed over would leave a door open that looks shut.
      const { scope } = parseOptions(demandsSchema, demands, 'require')
      const found = await authenticate(request)
      if (found.status === 'none') throw new AuthError(kernelErrors.unauthorized)
      if (found.status !== 'active') throw found.error
      if (scope !== undefined && !found.scopes.includes(scope)) throw new AuthError(kernelErrors.forbidden)
      return found
    },
  }
}

/** RFC 6749 §3.3: scopes are one string with spaces. */
const scopesOf = (scope: unknown): readonly string[] => (typeof scope === 'string' && scope !== '' ? scope.split(' ') : [])

/** Only what the token itself is to blame for is its fault; a key set that cannot be read is nobody's. */
function refusalOf(error: unknown): ErrorDef {
  const isTokensFault = error instanceof errors.JOSEError && !keySetFaults.has(error.code)
  return isTokensFault ? kernelErrors.unauthorized : kernelErrors.unavailable
}

const keySetFaults = new Set<string>([errors.JOSEError.code, errors.JWKSTimeout.code, errors.JWKSInvalid.code])

const loopback = ['localhost', '127.0.0.1', '[::1]']
const isSafeUrl = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && loopback.includes(hostname))
