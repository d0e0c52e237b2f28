/**
 * Resource servers: check access tokens that somebody else issued.
 *
 * @module
 */
import { realAmbient } from './kernel/ambient/ambient.ts'
import { buildVerifier, type Verifier, type VerifierOptions } from './kernel/http/verifier.ts'

export type { TokenDemands, VerifiedCaller, Verifier, VerifierOptions, VerifyAlgorithm } from './kernel/http/verifier.ts'

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
export const createVerifier = (options: VerifierOptions): Verifier => buildVerifier(options, realAmbient().clock)
