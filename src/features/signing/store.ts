import type { Ctx } from '../../kernel/ctx.ts'
import type { SigningAlgorithm } from './contract.ts'
import type { KeyLife, PublicJwk } from './keys.ts'

/** A signing key as it is kept: the private half only sealed under the key ring, bound to its `kid`. */
export interface SigningKeyRecord extends KeyLife {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly publicJwk: PublicJwk
  readonly sealedPrivateJwk: string
}

/** Where signing keys are kept. They belong to the whole installation, not to a pool or a tenant. */
export interface SigningKeyStore {
  list(): Promise<readonly SigningKeyRecord[]>
  /** Inside a transaction: waits until nobody else decides which keys there are, and keeps it so until the commit. */
  lock(): Promise<void>
  insert(record: SigningKeyRecord): Promise<void>
  /** Replaces a sealed private key, unless another process already has. */
  reseal(kid: string, from: string, to: string): Promise<void>
  /** Sets the end of every key that has none. */
  retireAll(retiredAt: Date, expiresAt: Date): Promise<void>
  /** Ends one key earlier than it would end. @returns whether there was anything to end */
  retire(kid: string, retiredAt: Date, expiresAt: Date): Promise<boolean>
  /** Destroys keys that no longer verify. */
  deleteExpired(at: Date): Promise<void>
}

/** The store as a caller may use it; joins the transaction when `ctx` is one. */
export type SigningKeyStoreOf = (ctx: Ctx) => SigningKeyStore
