/**
 * Signing keys, the JWK set, and the bytes of access tokens.
 *
 * Invariant: private keys leave this process only sealed under the key ring, bound to their id (OWASP ASVS 5.0 V11.3, V13.3).
 * Not here: whether the session behind a token still holds; tokens of foreign issuers.
 *
 * Specs: RFC 7515, 7517, 7519, 7638, 8037, 8725, 9068.
 *
 * @module
 */
import { z } from 'zod'
import { duration } from '../../kernel/contract/duration.ts'
import { declareFeature } from '../feature.ts'
import { SigningAlgorithm, signingAdminContract, signingContract } from './contract.ts'
import { isSigningPem } from './keys.ts'
import { createSigning } from './service.ts'
import { signingKeyStore, signingMigrations, signingTables } from './store.sql.ts'

export { newPemPair } from '../../kernel/crypto/pem.ts'
export { E as signingErrors, type SigningKeyView } from './contract.ts'
export type { SigningService } from './service.ts'
export { signShared } from './shared-tokens.ts'
export { createTokenPairs, type PairClaims, type TokenLives, type TokenPair, type TokenPairs } from './token-pairs.ts'
export type { Claims, VerifyResult } from './tokens.ts'

const leastOverlapMs = 180_000

const options = z
  .strictObject({
    /** Of keys made from now on. */
    algorithm: SigningAlgorithm.default('EdDSA'),
    /** How long a retired key still verifies: the life of an access token, a refresh of the keys on other nodes, and clock skew. */
    overlap: duration()
      .refine((ms) => ms >= leastOverlapMs, { error: 'at least 3m' })
      .prefault('17m'),
    /** Private keys in PEM, used instead of stored ones: the first signs, all verify. */
    keys: z
      .array(
        z.string().refine(isSigningPem, { error: 'a PKCS#8 private key in PEM: Ed25519, P-256, or RSA of at least 2048 bits' }),
      )
      .min(1)
      .optional(),
  })
  .prefault({})

export const signing = declareFeature({
  name: 'signing',
  needs: {},
  options,
  contract: signingContract,
  adminContract: signingAdminContract,
  tables: signingTables,
  migrations: signingMigrations,
  create: ({ database, ambient, keys, options, house }) =>
    createSigning({
      store: signingKeyStore(database),
      transaction: (ctx, work) => database.transaction(ctx, work),
      ring: keys,
      clock: ambient.clock,
      options,
      secret: house.tokens?.secret,
    }),
  gives: (service) => ({ health: { name: 'keys', look: service.look } }),
  handlers: (service) => ({ jwks: ({ ctx }) => service.jwks(ctx) }),
  adminHandlers: (service) => ({
    list: async ({ ctx }) => ({ keys: await service.list(ctx), nextCursor: null }),
    rotate: ({ ctx }) => service.rotate(ctx),
    retire: ({ ctx, input }) => service.retire(ctx, input.kid),
  }),
})
