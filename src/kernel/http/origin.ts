/**
 * Cross-site request forgery: Fetch Metadata first, then Origin, then a signed double-submit token (OWASP CSRF cheat sheet, ASVS 5.0 V3.5).
 *
 * Invariant: no request that spends a cookie passes unless the browser, the Origin or the token says that our own pages sent it. The token
 * is bound to the session it was made for, so a cookie planted by a sibling host proves nothing.
 * Bearer requests are exempt: no browser adds that header by itself, and `presentedBy` hides the cookies beside it.
 *
 * @module
 */
import type { EndpointDef } from '../contract/endpoint.ts'
import { AuthError, kernelErrors } from '../contract/errors.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import { equal, randomToken } from '../crypto/random.ts'
import type { Cookies } from './cookies.ts'
import { headerOf, isSafe, type RequestLike } from './headers.ts'
import { bearerOf } from './presented.ts'

const purpose = 'csrf'

/** What a CSRF token is bound to: the session's selector, or `''` before login. */
export const csrfBindingOf = (sessionCookie: string | undefined): string => sessionCookie?.split('.', 1)[0] ?? ''

/** That of an operator's session: no token of a user is one, whatever selector it was asked for. */
export const operatorsBindingOf = (sessionHandle: string): string => `admin ${sessionHandle}`

/** Makes a CSRF token for `X-CSRF-Token` and the csrf cookie. */
export function issueCsrf(keys: KeyRing, binding: string): string {
  const random = randomToken(16)
  return `${random}.${keys.tag(purpose, binding, random)}`
}

/** Whether a token was made by us for this binding. */
export function verifiesCsrf(keys: KeyRing, token: string, binding: string): boolean {
  const [random, tag, ...rest] = token.split('.')
  return random !== undefined && tag !== undefined && rest.length === 0 && keys.verifies(tag, purpose, binding, random)
}

/** Decides whether a request may have come from our own pages. */
export interface OriginGuard {
  /** Origins other than the deployment's own that may send credentials. */
  isListed(origin: string): boolean
  /**
   * Refuses what another site made a browser send. A request that does not say its method may be any, so it counts as unsafe.
   *
   * @param token what was sent as the CSRF token; a form sends it as a field, everybody else as a header
   * @throws csrf_rejected
   */
  assertOwn(request: RequestLike, endpoint: Partial<Pick<EndpointDef, 'csrf' | 'access'>>, token?: string): void
  /** The token for the form of a page that answers `request`, and the cookie it has to come back with unless that is there. */
  tokenFor(request: RequestLike, at: Date): { readonly token: string; readonly setCookie?: string }
}

/** Whether a page of another origin loads this as a script, an image or a style: a way to read or time what only its user may see (V3.5.8). */
function isEmbedded(request: RequestLike): boolean {
  const site = headerOf(request, 'sec-fetch-site')
  return headerOf(request, 'sec-fetch-mode') === 'no-cors' && (site === 'cross-site' || site === 'same-site')
}

const isOperators = ({ access }: Partial<Pick<EndpointDef, 'access'>>): boolean =>
  typeof access === 'object' && 'operator' in access

/** What a deployment asks as proof that a page of its own sent a request: what the browser says, or the signed token besides, everywhere. */
export type CsrfProof = 'origin' | 'token'

/** @param origins the deployment's own origin first, then the further ones that may send credentials */
export function createOriginGuard(
  own: string,
  origins: readonly string[],
  keys: KeyRing,
  cookies: Cookies,
  proof: CsrfProof,
): OriginGuard {
  const listed = new Set(origins)

  function hasToken(request: RequestLike, sent: string | undefined): boolean {
    const jar = cookies.read(request)
    const cookie = jar.get('csrf')
    if (!sent || !cookie || !equal(sent, cookie)) return false
    return verifiesCsrf(keys, sent, csrfBindingOf(jar.get('session')))
  }

  /** Whether a script of another origin sends the panel's cookie. Without Fetch Metadata and Origin nobody can say: acts need the token besides. */
  function isFromElsewhere(request: RequestLike): boolean {
    if (bearerOf(request) !== undefined || cookies.read(request).get('admin') === undefined) return false
    if (headerOf(request, 'sec-fetch-mode') === 'navigate') return false
    const site = headerOf(request, 'sec-fetch-site')
    const origin = headerOf(request, 'origin')
    return site === undefined ? origin !== undefined && origin !== own : site !== 'same-origin' && site !== 'none'
  }

  function hasOperatorsToken(request: RequestLike, sent: string | undefined): boolean {
    const cookie = cookies.read(request).get('admin')
    return cookie === undefined || (sent !== undefined && verifiesCsrf(keys, sent, operatorsBindingOf(csrfBindingOf(cookie))))
  }

  function isOwn(request: RequestLike, token: string | undefined): boolean {
    const site = headerOf(request, 'sec-fetch-site')
    const origin = headerOf(request, 'origin')
    if (site === 'same-origin' || site === 'none') return true
    if (site !== undefined) return (site === 'same-site' || site === 'cross-site') && origin !== undefined && listed.has(origin)
    // Under our referrer policy a form's Origin is `null` (Fetch, "append a request Origin header"), and so is that of a sandboxed frame.
    if (origin === 'null') return hasToken(request, token)
    if (origin !== undefined) return origin === own || listed.has(origin)
    return !cookies.read(request).any || hasToken(request, token)
  }

  return {
    isListed: (origin) => listed.has(origin),
    assertOwn(request, endpoint, token = headerOf(request, 'x-csrf-token')) {
      if (isEmbedded(request) && cookies.read(request).any) throw new AuthError(kernelErrors.csrf_rejected)
      // Origins on the list are applications: what runs there must not reach the panel, not even to read, nor a link from elsewhere start a file.
      if (isOperators(endpoint) && isFromElsewhere(request)) throw new AuthError(kernelErrors.csrf_rejected)
      if (bearerOf(request) !== undefined || isSafe(request)) return
      // Operators' endpoints always ask for the token besides. It came with an answer of ours, so no other page can know it: no cookie repeats it.
      if (isOperators(endpoint) && !hasOperatorsToken(request, token)) throw new AuthError(kernelErrors.csrf_rejected)
      const owesToken = (endpoint.csrf ?? proof) === 'token' && cookies.read(request).get('session') !== undefined
      if (!isOwn(request, token) || (owesToken && !hasToken(request, token))) throw new AuthError(kernelErrors.csrf_rejected)
    },
    tokenFor(request, at) {
      const jar = cookies.read(request)
      const binding = csrfBindingOf(jar.get('session'))
      const held = jar.get('csrf')
      if (held !== undefined && verifiesCsrf(keys, held, binding)) return { token: held } // another tab may hold it too
      const token = issueCsrf(keys, binding)
      return { token, setCookie: cookies.set('csrf', token, at) }
    },
  }
}
