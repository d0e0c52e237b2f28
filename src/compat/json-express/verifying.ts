/**
 * Whose token somebody shows: one of ours, which holds while its session does, or one of the issuer at `jex.auth.jwksUri`.
 *
 * Invariant: a token of somebody else is never taken for a session of ours, whatever id it names.
 *
 * @module
 */
import type { Auth } from '../../index.ts'
import type { Verifier } from '../../verify.ts'
import type { Settings } from './config.ts'
import type { World } from './world.ts'

/** Issuers call their access tokens one or the other (RFC 9068 §2.1, RFC 7519 §5.1). */
const types = ['at+jwt', 'JWT']

/** Verifiers of the external issuer, if there is one. @throws BootError for an address that is not safe */
export const createExternal = (external: Settings['external'], world: Pick<World, 'createVerifier'>): readonly Verifier[] =>
  external ? types.map((typ) => world.createVerifier({ ...external, typ })) : []

/** What a token of the external issuer says; `undefined` when it is none. @throws unavailable when the issuer's keys cannot be had */
export async function externalClaims(
  external: readonly Verifier[],
  authorization: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  for (const verifier of external) {
    const found = await verifier.authenticate({ headers: { authorization } })
    if (found.status === 'unavailable') throw found.error
    if (found.status === 'active') return found.claims
  }
  return undefined
}

/**
 * The claims of a token that holds now, as JSON.
 *
 * @returns null for one that does not
 * @throws unavailable when nobody can say
 */
export async function verifiedPayload(
  auth: Auth,
  external: readonly Verifier[],
  authorization: string | undefined,
): Promise<string | null> {
  if (authorization === undefined) return null
  const found = await auth.authenticate({ method: 'GET', headers: { authorization } })
  if (found.status === 'unavailable') throw found.error
  if (found.status === 'active') return Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString('utf8')
  const claims = await externalClaims(external, authorization)
  return claims ? JSON.stringify(claims) : null
}
