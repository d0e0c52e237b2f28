/**
 * Signs and verifies access tokens, and gives the keys their lives: published, signing, retired, gone.
 *
 * Invariant: rotating refuses no valid token. A new key is published on every node before it signs, and a retired one verifies until the
 * last token it signed has expired; two processes that boot at once may both make a key, and both keys are good.
 *
 * @module
 */
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { KeyRing } from '../../kernel/crypto/key-ring.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Finding } from '../feature.ts'
import { E, type SigningAlgorithm, type SigningKeyView } from './contract.ts'
import { createKeySet, refreshMs } from './key-set.ts'
import {
  generateKey,
  importKey,
  isKeyPair,
  newestFirst,
  readPem,
  type SigningKey,
  sharedKey,
  signerAt,
  toView,
  verifiesAt,
} from './keys.ts'
import type { SigningKeyRecord, SigningKeyStoreOf } from './store.ts'
import { createStoredKeys } from './stored-keys.ts'
import {
  type Claims,
  type Expected,
  readHeader,
  signToken,
  skewSeconds,
  type TokenType,
  type VerifyResult,
  verifyToken,
} from './tokens.ts'

/** What the service is built from. */
export interface SigningDeps {
  readonly store: SigningKeyStoreOf
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  readonly ring: KeyRing
  readonly clock: { monotonicMs(): number }
  readonly options: {
    readonly algorithm: SigningAlgorithm
    readonly overlap: number
    readonly keys?: readonly string[] | undefined
  }
  /** Signs in the place of all keys: a secret that others verify with. Only the face of a system that has one names it. */
  readonly secret?: string | undefined
}

export type SigningService = ReturnType<typeof createSigning>

/** Two refreshes: every node has read a new key before it signs. */
const publishedBeforeMs = 2 * refreshMs

/** Builds the service. `ensureKey` is called once at boot, before the first token. */
export function createSigning({ store, transaction, ring, clock, options, secret }: SigningDeps) {
  const given = givenKeys(options.keys, secret)
  const stored = createStoredKeys(store, ring)
  const keySet = createKeySet(given ? (ctx) => given(ctx.at) : stored.load, clock)

  const makeRecord = async (createdAt: Date, activeAt: Date): Promise<SigningKeyRecord> =>
    stored.toRecord(await generateKey(options.algorithm), createdAt, activeAt)

  /** Makes sure at boot that there is a key to sign with. */
  async function ensureKey(ctx: Ctx): Promise<void> {
    if (!given) await stored.resealAll(ctx)
    const keys = await keySet.reload(ctx)
    if (given || signerAt(keys.values(), ctx.at)) return
    await store(ctx).insert(await makeRecord(ctx.at, ctx.at))
    await keySet.reload(ctx)
  }

  /**
   * Signs claims; `iat` and `exp` are set here.
   *
   * @throws unavailable when no key can sign
   */
  async function sign(
    ctx: Ctx,
    claims: Claims,
    { type, ttlSeconds }: { readonly type: TokenType; readonly ttlSeconds: number },
  ): Promise<string> {
    const signer = signerAt((await keySet.current(ctx)).values(), ctx.at)
    if (!signer) throw new AuthError(kernelErrors.unavailable)
    return signToken(signer, claims, { type, ttlSeconds, at: ctx.at })
  }

  /** Verifies an access token of ours. Never throws for what a token contains. */
  async function verify(ctx: Ctx, token: string, expected: Expected): Promise<VerifyResult> {
    const header = readHeader(token)
    if (!header) return { ok: false, reason: 'malformed' }
    const key = await keySet.find(ctx, header.kid)
    if (!key) return { ok: false, reason: 'unknown_key' }
    return verifyToken(token, header, key, { ...expected, at: ctx.at })
  }

  /** The public keys that verify now. */
  async function jwks(ctx: Ctx) {
    const keys = [...(await keySet.current(ctx)).values()].filter(isKeyPair).filter((key) => verifiesAt(key, ctx.at))
    return { keys: keys.map(({ kid, alg, publicJwk }) => ({ ...publicJwk, kid, alg, use: 'sig' as const })) }
  }

  /** All keys, newest first. */
  async function list(ctx: Ctx): Promise<SigningKeyView[]> {
    const keys = await keySet.reload(ctx)
    const signer = signerAt(keys.values(), ctx.at)
    return [...keys.values()]
      .filter(isKeyPair)
      .sort(newestFirst)
      .map((key) => ({ ...toView(key, signer, ctx.at), isGiven: given !== undefined }))
  }

  async function view(ctx: Ctx, kid: string): Promise<SigningKeyView> {
    const found = (await list(ctx)).find((key) => key.kid === kid)
    if (!found) throw new AuthError(kernelErrors.not_found)
    return found
  }

  /**
   * Makes a key that takes over as soon as every node knows it; the others stop signing at that instant.
   *
   * @throws signing_keys_given when the application brings its own keys
   */
  async function rotate(ctx: Ctx): Promise<SigningKeyView> {
    if (given) throw new AuthError(E.signing_keys_given)
    const activeAt = later(ctx.at, publishedBeforeMs)
    const record = await makeRecord(ctx.at, activeAt)
    await transaction(ctx, async (tx) => {
      await store(tx).lock()
      await store(tx).deleteExpired(tx.at)
      await store(tx).retireAll(activeAt, later(activeAt, options.overlap))
      await store(tx).insert(record)
      const { kid, alg } = record
      tx.emit('identity.key.rotated', { data: { kid, alg }, audit: { target: kid, after: { activeAt } } })
    })
    return view(ctx, record.kid)
  }

  /**
   * Stops signing with a key at once. What it signed is accepted until its overlap ends. Retiring it again changes nothing.
   *
   * @throws not_found · last_signing_key when no other key could sign · signing_keys_given
   */
  async function retire(ctx: Ctx, kid: string): Promise<SigningKeyView> {
    if (given) throw new AuthError(E.signing_keys_given)
    await transaction(ctx, async (tx) => {
      // Of two callers who each retire the key the other one counts on, the second sees that its key is the last.
      await store(tx).lock()
      const keys = await stored.load(tx)
      const key = keys.find((one) => one.kid === kid)
      if (!key) throw new AuthError(kernelErrors.not_found)
      const others = keys.filter((other) => other !== key && other.retiredAt === null)
      if (!signerAt(others, tx.at)) throw new AuthError(E.last_signing_key)
      const expiresAt = later(tx.at, options.overlap)
      if (!(await store(tx).retire(kid, tx.at, expiresAt))) return
      const before = { retiredAt: key.retiredAt, expiresAt: key.expiresAt }
      const audit = { target: kid, before, after: { retiredAt: tx.at, expiresAt } }
      tx.emit('identity.key.retired', { data: { kid, alg: key.alg }, audit })
    })
    return view(ctx, kid)
  }

  async function look(ctx: Ctx): Promise<Finding> {
    const keys = await list(ctx)
    const signing = keys.find(({ state }) => state === 'signing')
    const figures = { keys: keys.length, signingSince: signing?.activeAt.toISOString() ?? null }
    if (signing || secret !== undefined) return { level: 'ok', code: 'keys_sign', detail: 'access tokens are signed', figures }
    return { level: 'fault', code: 'keys_missing', detail: 'no key can sign access tokens', figures }
  }

  /** How long a token may live so that it never outlives its key: a node may sign with a retired key for one refresh. */
  const maxTtlSeconds = (options.overlap - refreshMs) / 1000 - skewSeconds

  return { ensureKey, sign, verify, jwks, list, rotate, retire, look, maxTtlSeconds }
}

/** What signs instead of stored keys. */
function givenKeys(pems: readonly string[] | undefined, secret: string | undefined) {
  if (secret !== undefined) return async (at: Date): Promise<readonly SigningKey[]> => [sharedKey(secret, at)]
  return pems && ((at: Date) => importGiven(pems, at))
}

/** The first key signs, all verify. */
async function importGiven(pems: readonly string[], at: Date): Promise<readonly SigningKey[]> {
  const life = { createdAt: at, activeAt: at, retiredAt: null, expiresAt: null }
  const materials = await Promise.all(pems.map(readPem))
  return Promise.all(materials.map((material) => importKey(material, life)))
}

const later = (at: Date, ms: number): Date => new Date(at.getTime() + ms)
