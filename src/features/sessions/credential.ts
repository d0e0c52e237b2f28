/**
 * The secret a client holds for a session: `selector.verifier`, the same for the browser's cookie and the refresh token.
 *
 * Invariant: only digests are stored. The successor of a verifier is derived from it (HMAC under a rotation key), so a retry gets the
 * same child without the child being kept anywhere, and a crash between commit and answer loses nobody (RFC 9700 §4.14.2).
 * The tag tells an old verifier of ours from noise: knowing a session's handle is not enough to end its family by sending garbage.
 *
 * @module
 */
import type { KeyRing } from '../../kernel/crypto/key-ring.ts'
import { digest, equal, mac, randomBytes } from '../../kernel/crypto/random.ts'

/** A presented credential, taken apart. */
export interface Credential {
  readonly handle: string
  readonly secret: Buffer
  readonly digest: string
  /** Whether one of our secrets made it. A current verifier is found by its digest even after its tag's secret has left the ring. */
  readonly genuine: boolean
}

const secretBytes = 32
const tagPurpose = 'session-credential-tag'
const rotationPurpose = 'session-rotation'

/** A handle travels in cookies, in front of a dot. */
export const isHandle = (text: string): boolean => /^[\w~:-]{1,255}$/.test(text)

/** Makes, reads and succeeds credentials. */
export function createCredentials(keys: KeyRing) {
  const format = (handle: string, secret: Buffer): string =>
    `${handle}.${secret.toString('base64url')}${keys.tag(tagPurpose, handle, secret).slice(0, 22)}`

  function parse(text: string): Credential | undefined {
    const match = /^([\w~:-]{1,255})\.([\w-]{43})([\w-]{22})$/.exec(text)
    const [, handle, secretText, tag] = match ?? []
    if (handle === undefined || secretText === undefined || tag === undefined) return undefined
    const secret = Buffer.from(secretText, 'base64url')
    return { handle, secret, digest: digest('session', secret), genuine: isGenuine(handle, secret, tag) }
  }

  const isGenuine = (handle: string, secret: Buffer, tag: string): boolean =>
    keys.verifiesPrefix(tag, 22, tagPurpose, handle, secret)

  return {
    parse,
    fresh(handle: string): { text: string; digest: string } {
      const secret = randomBytes(secretBytes)
      return { text: format(handle, secret), digest: digest('session', secret) }
    },
    /** @returns `undefined` when the secret that derived this child has left the ring */
    successor(parent: Credential, rotationKeyId: string): { text: string; digest: string } | undefined {
      const key = keys.key(rotationPurpose, rotationKeyId)
      if (!key) return undefined
      const secret = mac(key, parent.handle, parent.secret)
      return { text: format(parent.handle, secret), digest: digest('session', secret) }
    },
    /** The secret that derives successors now; kept with the row, so that a retry after a rotation of the ring gets the same child. */
    rotationKeyId: () => keys.newestId,
  }
}

/** Whether a stored digest is the one of what was shown; takes equally long wherever they differ (ASVS 5.0 V11.2.4). */
export const isDigestOf = (stored: string | null, shown: Pick<Credential, 'digest'>): boolean =>
  stored !== null && equal(stored, shown.digest)

export type Credentials = ReturnType<typeof createCredentials>
