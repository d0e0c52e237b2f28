/**
 * Identifiers: the names a person logs in by, canonicalised once and here.
 *
 * Invariant: Unicode is normalised before anything is judged (NFKC), then the shape is checked, then the result is stored; what was
 * compared is what is kept (OWASP ASVS 5.0 V1.1.1). One user per canonical value, held by a unique key.
 *
 * @module
 */
import { domainToASCII } from 'node:url'
import { hasUnsafeCharacters } from '../../kernel/contract/schema.ts'

/** The kinds of identifier, in the order a text is tried against them. */
export type IdentifierKindName = 'email' | 'phone' | 'username'

/** An identifier in its canonical form. */
export interface Identifier {
  readonly kind: IdentifierKindName
  readonly value: string
}

/** One kind: what looks like it, its canonical form, and which channel proves that a person holds it. */
export interface IdentifierKind {
  readonly kind: IdentifierKindName
  /** Whether a text is meant as this kind. */
  parse(text: string): boolean
  /** The canonical form, or `undefined` when the text is no such identifier. */
  normalise(text: string): string | undefined
  readonly provenBy: 'mail' | 'sms' | undefined
}

const localPart = /^[^\s@"(),:;<>[\]\\]{1,64}$/
const domainLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** `admin@local` is an address: a domain needs no dot inside a private network (RFC 5321 §2.3.5). */
const email: IdentifierKind = {
  kind: 'email',
  parse: (text) => text.includes('@'),
  normalise(text) {
    const at = text.lastIndexOf('@')
    const local = text.slice(0, at).toLowerCase()
    const domain = domainToASCII(text.slice(at + 1).toLowerCase())
    const wellFormed = localPart.test(local) && !local.includes('..') && !local.startsWith('.') && !local.endsWith('.')
    return wellFormed && domain.length <= 253 && domain.split('.').every((label) => domainLabel.test(label))
      ? `${local}@${domain}`
      : undefined
  },
  provenBy: 'mail',
}

/** E.164; spaces, dots, dashes and brackets are how people write it, not part of it. */
const phone: IdentifierKind = {
  kind: 'phone',
  parse: (text) => text.startsWith('+'),
  normalise(text) {
    const digits = text.replace(/[\s().-]/g, '')
    return /^\+[1-9]\d{6,14}$/.test(digits) ? digits : undefined
  },
  provenBy: 'sms',
}

const username: IdentifierKind = {
  kind: 'username',
  parse: () => true,
  normalise(text) {
    const value = text.toLowerCase()
    return /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]{1,63}$/u.test(value) ? value : undefined
  },
  provenBy: undefined,
}

/** Every kind, in the order a text is tried against them. */
export const identifierKinds: readonly IdentifierKind[] = [email, phone, username]

/**
 * Reads what a person typed as an identifier of one of the allowed kinds.
 *
 * @returns `undefined` when it is none; the caller decides whether that is a refusal or an unknown user
 */
export function parseIdentifier(typed: string, allowed: readonly IdentifierKindName[]): Identifier | undefined {
  const text = typed.normalize('NFKC').trim()
  if (text.length > 320 || hasUnsafeCharacters(text)) return undefined
  const kind = identifierKinds.find((candidate) => candidate.parse(text))
  const value = kind && allowed.includes(kind.kind) ? kind.normalise(text) : undefined
  return kind && value !== undefined ? { kind: kind.kind, value } : undefined
}
