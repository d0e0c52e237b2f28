/**
 * Signing keys between their rows and their use: sealed for the row, opened and imported for the service.
 *
 * Invariant: what a row holds of a private half was sealed by the key ring, bound to its `kid`; a ciphertext moved to another row does not open.
 *
 * @module
 */
import type { JWK } from 'jose'
import type { KeyRing } from '../../kernel/crypto/key-ring.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { importKey, type KeyMaterial, type KeyPair } from './keys.ts'
import type { SigningKeyRecord, SigningKeyStoreOf } from './store.ts'

const purpose = 'signing-key'

/** Reads and writes keys of one store under one ring. */
export function createStoredKeys(store: SigningKeyStoreOf, ring: KeyRing) {
  /**
   * Private halves by `kid`. While the secrets are rotated, a node that already has the new one seals every key under it; a node that runs
   * without it cannot open them any more and signs on with what it has.
   */
  let opened: ReadonlyMap<string, JWK> = new Map()

  function open({ kid, sealedPrivateJwk }: SigningKeyRecord): JWK | undefined {
    const bytes = ring.open(purpose, kid, sealedPrivateJwk)
    return bytes && JSON.parse(bytes.toString('utf8'))
  }

  const seal = (kid: string, privateJwk: JWK): string => ring.seal(purpose, kid, Buffer.from(JSON.stringify(privateJwk)))

  /** The keys as they are now, ready for use. Joins the transaction when `ctx` is one. */
  async function load(ctx: Ctx): Promise<readonly KeyPair[]> {
    const records = await store(ctx).list()
    const found = records.map((record) => ({ record, half: open(record) ?? opened.get(record.kid) }))
    opened = new Map(found.flatMap(({ record, half }) => (half ? [[record.kid, half] as const] : [])))
    return Promise.all(found.map(({ record, half }) => importKey({ ...record, privateJwk: half }, record)))
  }

  /** Seals under the newest secret what an older one had sealed, so that the older one can leave the ring. */
  async function resealAll(ctx: Ctx): Promise<void> {
    for (const record of await store(ctx).list()) {
      const privateJwk = record.sealedPrivateJwk.startsWith(`${ring.newestId}.`) ? undefined : open(record)
      if (privateJwk) await store(ctx).reseal(record.kid, record.sealedPrivateJwk, seal(record.kid, privateJwk))
    }
  }

  /** The row of a new key. */
  function toRecord({ kid, alg, publicJwk, privateJwk }: KeyMaterial, createdAt: Date, activeAt: Date): SigningKeyRecord {
    return { kid, alg, publicJwk, sealedPrivateJwk: seal(kid, privateJwk), createdAt, activeAt, retiredAt: null, expiresAt: null }
  }

  return { load, resealAll, toRecord }
}
