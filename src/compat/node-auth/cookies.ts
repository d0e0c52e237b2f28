/**
 * The one cookie scripts of node-auth's clients read by name: `csrf-token`. It is ours under that name, in both directions.
 *
 * @module
 */
import { product } from '../../kernel/product.ts'

/** Renames the CSRF cookie. */
export interface CsrfCookie {
  /** Its value in a `Cookie` header as we read it. */
  valueIn(cookies: string | null): string | undefined
  /** Whether a `Cookie` header as we read it has a session. */
  hasSession(cookies: string | null): boolean
  /** A `Cookie` header as we read it. */
  toOurs(cookies: string): string
  /** A `Set-Cookie` value as their scripts read it. */
  toTheirs(line: string): string
}

/** @param baseUrl https makes cookies `__Host-` */
export function csrfCookie(baseUrl: string): CsrfCookie {
  const prefix = new URL(baseUrl).protocol === 'https:' ? '__Host-' : ''
  const [theirs, ours] = [`${prefix}csrf-token=`, `${prefix}${product.cookiePrefix}csrf=`]
  const session = `${prefix}${product.cookiePrefix}session=`
  const partsOf = (cookies: string) => cookies.split(';').map((part) => part.trim())
  const swap = (text: string, from: string, to: string) => (text.startsWith(from) ? to + text.slice(from.length) : text)
  return {
    valueIn: (cookies) =>
      partsOf(cookies ?? '')
        .find((part) => part.startsWith(ours))
        ?.slice(ours.length),
    hasSession: (cookies) => partsOf(cookies ?? '').some((part) => part.startsWith(session)),
    toOurs: (cookies) =>
      partsOf(cookies)
        .map((part) => swap(part, theirs, ours))
        .join('; '),
    toTheirs: (line) => swap(line, ours, theirs),
  }
}
