/**
 * Identifiers: the names a person logs in by.
 *
 * Invariant: a text is brought to its one spelling before anything is judged, then the shape is checked, then the result is stored; what was
 * compared is what is kept (OWASP ASVS 5.0 V1.1.1). One user per canonical value, held by a unique key.
 *
 * @module
 */
import { hasUnsafeCharacters } from '../../kernel/contract/schema.ts'
import { isMailAddress, oneSpelling } from '../../kernel/contract/spelling.ts'

/** The kinds of identifier, in the order a text is tried against them. */
export type IdentifierKindName = 'email' | 'phone' | 'username'

/** An identifier in its canonical form. */
export interface Identifier {
  readonly kind: IdentifierKindName
  readonly value: string
}

/** One kind: what looks like it, its canonical form, and which channel proves that a person holds it. Both functions take the one spelling. */
export interface IdentifierKind {
  readonly kind: IdentifierKindName
  /** Whether a text is meant as this kind. */
  parse(text: string): boolean
  /** The canonical form, or `undefined` when the text is no such identifier. */
  normalise(text: string): string | undefined
  /** Part of what a kind is; verification reads it once there are channels. */
  readonly provenBy: 'mail' | 'sms' | undefined
}

const email: IdentifierKind = {
  kind: 'email',
  parse: (text) => text.includes('@'),
  normalise: (text) => (isMailAddress(text) ? text : undefined),
  provenBy: 'mail',
}

/** E.164. */
const phone: IdentifierKind = {
  kind: 'phone',
  parse: (text) => text.startsWith('+'),
  normalise: (text) => (/^\+[1-9]\d{6,14}$/.test(text) ? text : undefined),
  provenBy: 'sms',
}

const username: IdentifierKind = {
  kind: 'username',
  parse: () => true,
  normalise: (text) => (/^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]{1,63}$/u.test(text) ? text : undefined),
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
  const text = oneSpelling(typed)
  if (text.length > 320 || hasUnsafeCharacters(text)) return undefined
  const kind = identifierKinds.find((candidate) => candidate.parse(text))
  const value = kind && allowed.includes(kind.kind) ? kind.normalise(text) : undefined
  return kind && value !== undefined ? { kind: kind.kind, value } : undefined
}
