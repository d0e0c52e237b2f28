/**
 * What a request shows of credentials, before anybody looks at them.
 *
 * Invariant: one request, one credential. A bearer token hides every cookie, so that a refused token never falls back to a cookie and a
 * request exempt from CSRF checks never spends a cookie (OWASP ASVS 5.0 V3.5.1, RFC 6750 §2.1).
 *
 * @module
 */
import type { Presented } from '../contract/access.ts'
import type { Cookies } from './cookies.ts'
import { headerOf, type RequestLike } from './headers.ts'

/** Reads the credentials of a request. Never throws; what is malformed is handed on for the verifier to refuse. */
export function presentedBy(request: RequestLike, cookies: Cookies): Presented {
  const delivery = deliveryOf(headerOf(request, 'x-auth-strategy'))
  const bearer = bearerOf(request)
  if (bearer !== undefined) return { bearer, delivery }
  const jar = cookies.read(request)
  return {
    sessionCookie: jar.get('session'),
    loginCookie: jar.get('login'),
    deviceCookie: jar.get('device'),
    adminCookie: jar.get('admin'),
    delivery,
  }
}

const deliveryOf = (strategy: string | undefined) => (strategy?.trim().toLowerCase() === 'bearer' ? 'bearer' : 'cookie')

/** The token after `Authorization: Bearer`; `''` when the scheme stands alone, `undefined` for no header or another scheme. */
export function bearerOf(request: RequestLike): string | undefined {
  const header = headerOf(request, 'authorization')
  const match = header === undefined ? null : /^bearer(?:\s+(.*))?$/is.exec(header.trim())
  return match ? (match[1] ?? '') : undefined
}
