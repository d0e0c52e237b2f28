/**
 * The range service of Have I Been Pwned.
 *
 * Answers are padded, so that their length does not tell which five characters were asked for.
 *
 * @module
 */
import { product } from '../../kernel/product.ts'
import type { BreachedPasswords } from './breaches.ts'

/** Asks the service. @param baseUrl where it is, for tests */
export const pwnedPasswords =
  (baseUrl?: string): BreachedPasswords =>
  async (prefix, signal) => {
    const { pwnedPasswordRange } = await import('hibp') // only where somebody asks for it
    return pwnedPasswordRange(prefix, { addPadding: true, signal, userAgent: product.name, ...(baseUrl && { baseUrl }) })
  }
