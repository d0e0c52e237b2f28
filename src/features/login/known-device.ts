/**
 * The known-device cookie: which accounts somebody has logged in to with this browser (OWASP, "device cookies").
 *
 * A short list, newest first, one entry an account: `expiry.id.tag`. The tag is keyed over all three and the account, so an entry says
 * nothing about another account, cannot be made or prolonged by anybody but us, and does not name the account to who reads it.
 *
 * Invariant: it is no credential. Whoever copies it gains a budget of guesses of their own on that one account, and nothing else.
 * Not here: what a known browser is good for (throttle.ts).
 *
 * @module
 */
import type { KeyRing } from '../../kernel/crypto/key-ring.ts'
import { randomToken } from '../../kernel/crypto/random.ts'

const lifetimeMs = 90 * 86_400_000
/** People of one household share a browser; whoever was away the longest is forgotten first. */
const maxAccounts = 5
const purpose = 'known-device'
const entryForm = /^([0-9a-z]{1,9})\.([\w-]{22})\.([\w-]{43})$/

interface Entry {
  readonly text: string
  readonly expiresAt: number
  readonly id: string
  readonly tag: string
}

/** Reads and writes the cookie. */
export function createKnownDevices(keys: KeyRing) {
  const expiryText = (expiresAt: number): string => Math.floor(expiresAt / 1000).toString(36)
  const isOf = (userId: string, { expiresAt, id, tag }: Entry): boolean =>
    keys.verifies(tag, purpose, userId, id, expiryText(expiresAt))

  return {
    /** What this browser is called on this account, if it is known there. */
    find: (cookie: string | undefined, userId: string, at: Date): string | undefined =>
      read(cookie, at).find((entry) => isOf(userId, entry))?.id,

    /** The cookie after a login: this account first, the others of the browser as they were. */
    remember(cookie: string | undefined, userId: string, at: Date): { value: string; expiresAt: Date } {
      const known = read(cookie, at)
      const own = known.find((entry) => isOf(userId, entry))
      const expiresAt = at.getTime() + lifetimeMs
      const [id, expiry] = [own?.id ?? randomToken(16), expiryText(expiresAt)]
      const fresh = `${expiry}.${id}.${keys.tag(purpose, userId, id, expiry)}`
      const others = known.filter((entry) => entry !== own).map(({ text }) => text)
      return { value: [fresh, ...others].slice(0, maxAccounts).join('~'), expiresAt: new Date(expiresAt) }
    },
  }
}

/** What is not ours in form, or has run out, is dropped; whose it is shows only against an account. */
function read(cookie: string | undefined, at: Date): Entry[] {
  const texts = cookie?.split('~', maxAccounts) ?? []
  return texts.flatMap((text) => {
    const [, expiry = '', id = '', tag = ''] = entryForm.exec(text) ?? []
    const expiresAt = Number.parseInt(expiry, 36) * 1000
    return expiresAt > at.getTime() ? [{ text, expiresAt, id, tag }] : []
  })
}

/** Reads and writes the known-device cookie. */
export type KnownDevices = ReturnType<typeof createKnownDevices>
