/**
 * The key ring: every key of ours is derived (HKDF, RFC 5869) from the application's secrets, one per purpose and secret.
 *
 * Invariant: the newest secret makes, every secret of the ring still opens, so rotating `KEYWRIGHT_SECRETS` logs nobody out.
 * Ciphertexts are AES-256-GCM bound to their row by additional data: a ciphertext moved to another row does not open.
 *
 * @module
 */
import * as node from 'node:crypto'
import { equal, mac, randomBytes } from './random.ts'

/** Derived keys, newest secret first. */
export interface KeyRing {
  /** Public name of the newest secret: enough to tell secrets apart, nothing to guess them by. */
  readonly newestId: string
  /** All names, newest first. */
  readonly ids: readonly string[]
  /** The key of a purpose under the newest secret, or under the named one. `undefined` when the ring no longer has it. */
  key(purpose: string, id?: string): Buffer | undefined
  /** Makes a tag of `parts` under the newest secret. */
  tag(purpose: string, ...parts: readonly (string | Uint8Array)[]): string
  /** Whether any secret of the ring made this tag. */
  verifies(tag: string, purpose: string, ...parts: readonly (string | Uint8Array)[]): boolean
  /** As {@link KeyRing.verifies}, for a tag cut to `length` characters (at least 22, which keeps 132 bits). */
  verifiesPrefix(tag: string, length: number, purpose: string, ...parts: readonly (string | Uint8Array)[]): boolean
  /** Encrypts under the newest secret, bound to `row`. */
  seal(purpose: string, row: string, plaintext: Uint8Array): string
  /** Decrypts what any secret of the ring sealed for this `row`; `undefined` when none did. */
  open(purpose: string, row: string, sealed: string): Buffer | undefined
}

/** Builds the ring. Each secret must have at least 32 bytes; the options check says so before this is called. */
export function createKeyRing(secrets: readonly string[]): KeyRing {
  const roots = new Map(secrets.map((secret) => [nameOf(secret), secret]))
  const derived = new Map<string, Buffer>()
  const ids = [...roots.keys()]
  const newestId = ids[0]
  if (newestId === undefined) throw new Error('a key ring needs at least one secret')

  function key(purpose: string, id: string = newestId as string): Buffer | undefined {
    const root = roots.get(id)
    if (root === undefined) return undefined
    const slot = `${id} ${purpose}`
    const known = derived.get(slot)
    if (known) return known
    const fresh = Buffer.from(node.hkdfSync('sha256', root, 'keywright key ring', purpose, 32))
    derived.set(slot, fresh)
    return fresh
  }
  const newest = (purpose: string) => key(purpose) as Buffer

  const tagged = (tag: string, length: number, purpose: string, parts: readonly (string | Uint8Array)[]): boolean =>
    length >= 22 &&
    ids.some((id) =>
      equal(
        tag,
        mac(key(purpose, id) as Buffer, ...parts)
          .toString('base64url')
          .slice(0, length),
      ),
    )

  return {
    newestId,
    ids,
    key,
    tag: (purpose, ...parts) => mac(newest(purpose), ...parts).toString('base64url'),
    verifies: (tag, purpose, ...parts) => tagged(tag, 43, purpose, parts),
    verifiesPrefix: (tag, length, purpose, ...parts) => tag.length === length && tagged(tag, length, purpose, parts),
    seal(purpose, row, plaintext) {
      const nonce = randomBytes(12)
      const cipher = node.createCipheriv('aes-256-gcm', newest(purpose), nonce)
      cipher.setAAD(Buffer.from(`${purpose}\n${row}`))
      const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
      return `${newestId}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
    },
    open(purpose, row, sealed) {
      const [id, packed] = sealed.split('.')
      const root = id === undefined ? undefined : key(purpose, id)
      if (!root || packed === undefined) return undefined
      const bytes = Buffer.from(packed, 'base64url')
      if (bytes.length < 28) return undefined
      // Without a fixed length Node takes a tag of 4 bytes, which can be guessed.
      const decipher = node.createDecipheriv('aes-256-gcm', root, bytes.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(Buffer.from(`${purpose}\n${row}`))
      decipher.setAuthTag(bytes.subarray(12, 28))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
      } catch {
        return undefined // a foreign row, a foreign key or a changed byte: all the same to the caller
      }
    },
  }
}

const nameOf = (secret: string): string =>
  node.createHash('sha256').update(`keywright secret id\n${secret}`).digest('base64url').slice(0, 8)
