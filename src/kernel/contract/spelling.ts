/**
 * One spelling for all the ways in which a person may type what names them: an e-mail address, a phone number, a user name.
 *
 * Invariant: what identifiers are made of and what limits count by is spelled here and nowhere else, so that typing a name in another way
 * buys no further guesses. Unicode is normalised first (NFKC), before anything is judged (OWASP ASVS 5.0 V1.1.1).
 * Not here: which kinds of identifier there are, and which a house takes (features/users/identifiers.ts).
 *
 * @module
 */
import { hasUnsafeCharacters } from './schema.ts'

/**
 * Spells a name as it is stored, compared and counted.
 *
 * @example
 * ```ts
 * oneSpelling(' Ada@Bücher.example ') // 'ada@xn--bcher-kva.example'
 * oneSpelling('+39 (06) 698-1234') // '+39066981234'
 * ```
 */
export function oneSpelling(typed: string): string {
  const text = typed.normalize('NFKC').trim().toLowerCase()
  const at = text.lastIndexOf('@')
  if (at >= 0) return text.slice(0, at + 1) + asciiDomain(text.slice(at + 1))
  return text.startsWith('+') ? text.replace(/[ ().-]/g, '') : text
}

const localPart = /^[^\s@"(),:;<>[\]\\]{1,64}$/
const domainLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Whether a text in its one spelling is an address of mail. `admin@local` is one: a domain needs no dot inside a private network
 * (RFC 5321 §2.3.5).
 */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)]
  const isLocalPart = localPart.test(local) && !local.includes('..') && !local.startsWith('.') && !local.endsWith('.')
  return at > 0 && isLocalPart && domain.length <= 253 && domain.split('.').every((label) => domainLabel.test(label))
}

/** A domain in ASCII as URLs have it (UTS 46). What a URL would cut off, decode or read as a port or a number stays as it was typed. */
function asciiDomain(domain: string): string {
  const isAscii = /^[ -~]*$/.test(domain)
  if (isAscii || hasUnsafeCharacters(domain) || /[\s/?#%:\\@[\]]/.test(domain)) return domain
  const url = `ws://${domain}`
  return URL.canParse(url) ? new URL(url).hostname : domain
}
