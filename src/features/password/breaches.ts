/**
 * Whether a password is known from a breach (NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 5.0 V6.2.12).
 *
 * Invariant: five characters of a SHA-1 leave the house, which some thousand breached passwords share, and nothing else. Whoever is asked can
 * refuse nobody by being away: then the password is judged by our own list alone, and the log says so.
 *
 * @module
 */
import type { Logger } from '../../kernel/ambient/ambient.ts'
import { sha1Hex } from '../../kernel/crypto/sha1.ts'

/**
 * Knows breached passwords by the SHA-1 of their UTF-8, in capital hex.
 *
 * @param prefix the first five characters
 * @param signal aborted when nobody waits any more
 * @returns the other 35 characters of each that begins so, with how often it was seen; 0 is padding
 */
export type BreachedPasswords = (prefix: string, signal: AbortSignal) => Promise<Readonly<Record<string, number>>>

interface BreachDeps {
  readonly ask: BreachedPasswords
  readonly logger: Pick<Logger, 'warn'>
  /** So long somebody who chooses a password waits for it. */
  readonly patienceMs?: number
}

const prefixLength = 5

/** Builds the question. */
export function createBreachCheck({ ask, logger, patienceMs = 2_000 }: BreachDeps): (password: string) => Promise<boolean> {
  return async (password) => {
    const sum = sha1Hex(password.normalize('NFC'))
    const signal = AbortSignal.timeout(patienceMs)
    try {
      const known = await Promise.race([ask(sum.slice(0, prefixLength), signal), ended(signal)])
      const suffix = sum.slice(prefixLength)
      return Object.hasOwn(known, suffix) && (known[suffix] ?? 0) > 0
    } catch (error) {
      logger.warn({ err: error }, 'whether a password is known from a breach could not be asked; our own list alone judged it')
      return false
    }
  }
}

/** Also of whoever takes no notice of the signal. */
const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
