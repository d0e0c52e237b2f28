/**
 * Delivery: how a grant travels. The one place where a credential leaves the house.
 *
 * Invariant: a new session comes with a new CSRF token bound to it, and a session that ends takes its token along (security rule: the token
 * rotates with the session).
 *
 * @module
 */
import type { Grant } from '../contract/endpoint.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import type { Cookies } from './cookies.ts'
import { csrfBindingOf, issueCsrf } from './origin.ts'

/** Tokens join the value as `accessToken`, `refreshToken`, `expiresIn` (OAuth 2.0, RFC 6749 §5.1). */
export function withTokens(value: unknown, grant: Grant | undefined): unknown {
  if (!grant?.tokens) return value
  const { accessToken, refreshToken, expiresIn } = grant.tokens
  return { ...(value as object | undefined), accessToken, refreshToken, expiresIn }
}

/** The `Set-Cookie` values of a grant. */
export function cookiesOf(grant: Grant, cookies: Cookies, keys: KeyRing, at: Date): string[] {
  const set = grant.set ?? []
  const clear = grant.clear ?? []
  const session = set.find(({ cookie }) => cookie === 'session')
  const binding = grant.csrfBinding ?? (session && csrfBindingOf(session.value))
  const says = (role: 'csrf') => set.some(({ cookie }) => cookie === role) || clear.includes(role)
  const lines = [
    ...clear.map((role) => cookies.clear(role)),
    ...set.map(({ cookie, value, expiresAt }) => cookies.set(cookie, value, at, expiresAt)),
  ]
  if (says('csrf')) return lines
  if (binding !== undefined) lines.push(cookies.set('csrf', issueCsrf(keys, binding), at, session?.expiresAt))
  else if (clear.includes('session')) lines.push(cookies.clear('csrf'))
  return lines
}
