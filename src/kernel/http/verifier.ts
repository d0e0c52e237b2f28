/**
 * Resource servers: check access tokens that somebody else issued (RFC 9068, RFC 8725): another Keywright, Auth0, Keycloak.
 *
 * Invariant: algorithm and issuer come from the set-up, never from the token; a symmetric algorithm cannot be named, so a published key is
 * never a secret (CVE-2022-23541).
 * Not here: revocation. A stateless check trusts the token until it runs out; ask the issuer where that is too long.
 *
 * @module
 */
import type { JWTPayload } from 'jose'
import { JOSEError } from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import { z } from 'zod'
import type { Clock } from '../ambient/ambient.ts'
import { remoteKeys } from '../ambient/remote-keys.ts'
import { parseOptions } from '../config/options.ts'
import { AuthError, type ErrorDef, isAuthError, kernelErrors } from '../contract/errors.ts'
import type { RequestLike } from './headers.ts'
import { bearerOf } from './presented.ts'

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
 * Builds a verifier.
 *
 * @throws BootError for options that cannot be used
 */
export function buildVerifier(options: VerifierOptions, clock: Clock): Verifier {
  const { jwksUrl, issuer, audience, algorithms, typ } = parseOptions(optionsSchema, options, 'verifier')
  const keys = remoteKeys(jwksUrl, clock)
  const expected = { issuer, audience, algorithms, typ, clockTolerance: skewSeconds, requiredClaims: ['sub', 'exp', 'iat'] }

  async function verify(token: string): Promise<VerifiedCaller> {
    if (token.length > maxTokenLength) throw new AuthError(kernelErrors.unauthorized)
    try {
      const { payload } = await jwtVerify(token, keys, { ...expected, currentDate: clock.now() })
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

/** Only what the token itself is to blame for is its fault; keys that cannot be had are nobody's. */
const refusalOf = (error: unknown): ErrorDef =>
  error instanceof JOSEError ? kernelErrors.unauthorized : kernelErrors.unavailable

const loopback = ['localhost', '127.0.0.1', '[::1]']
const isSafeUrl = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && loopback.includes(hostname))
