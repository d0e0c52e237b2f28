/**
 * Cookies by role: their wire names, reading them, writing them (RFC 6265bis, OWASP ASVS 5.0 V3.3).
 *
 * Invariant: a cookie that arrives twice with different values counts as not sent, so that nobody logs in with a cookie another host planted.
 * Over https every name has the `__Host-` prefix; plain names exist on http loopback only and are never accepted elsewhere.
 *
 * @module
 */
import type { CookieRole } from '../contract/endpoint.ts'
import { product } from '../product.ts'
import { headerOf, type RequestLike } from './headers.ts'

const roles: readonly CookieRole[] = ['session', 'csrf', 'login', 'device', 'oauth', 'admin']
const maxValueBytes = 4096
const maxAgeSeconds = 400 * 24 * 60 * 60
const cookieValue = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/

/** The cookies of ours that came with one request. */
export interface CookieJar {
  /** Whether any cookie of ours was sent that somebody could be made to spend, also an unreadable one. A known device spends nothing. */
  readonly any: boolean
  get(role: CookieRole): string | undefined
}

/** Reads and writes the cookies of one deployment. */
export interface Cookies {
  nameOf(role: CookieRole): string
  read(request: RequestLike): CookieJar
  /** One `Set-Cookie` value. Without `expiresAt` the cookie lasts as long as the browser. */
  set(role: CookieRole, value: string, at: Date, expiresAt?: Date): string
  /** The `Set-Cookie` value that removes the cookie. */
  clear(role: CookieRole): string
}

/** @param secure whether the deployment's base URL is https */
export function createCookies(secure: boolean): Cookies {
  const prefix = `${secure ? '__Host-' : ''}${product.cookiePrefix}`
  const roleByName = new Map(roles.map((role) => [prefix + role, role]))
  // The double-submit token is the one cookie a script has to read.
  const attributes = (role: CookieRole) =>
    `; Path=/${secure ? '; Secure' : ''}${role === 'csrf' ? '' : '; HttpOnly'}; SameSite=${role === 'admin' ? 'Strict' : 'Lax'}`

  return {
    nameOf: (role) => prefix + role,
    read: (request) => readJar(headerOf(request, 'cookie') ?? '', prefix, roleByName),
    set(role, value, at, expiresAt) {
      if (!isUsable(value)) throw new Error(`the value of the ${role} cookie cannot travel in a cookie`)
      const seconds = expiresAt && Math.min(maxAgeSeconds, Math.max(0, Math.floor((expiresAt.getTime() - at.getTime()) / 1000)))
      return `${prefix}${role}=${value}${seconds === undefined ? '' : `; Max-Age=${seconds}`}${attributes(role)}`
    },
    clear: (role) => `${prefix}${role}=; Max-Age=0${attributes(role)}`,
  }
}

const isUsable = (value: string): boolean => value.length <= maxValueBytes && cookieValue.test(value)

/** One walk over the header: it is read on every request, and most cookies in it are not ours. */
function readJar(header: string, prefix: string, roleByName: ReadonlyMap<string, CookieRole>): CookieJar {
  const sent: { [R in CookieRole]?: string | undefined } = {}
  let any = false
  for (let start = 0, end = 0; start < header.length; start = end + 1) {
    end = header.indexOf(';', start)
    if (end < 0) end = header.length
    while (isBlank(header.charCodeAt(start))) start++
    if (!header.startsWith(prefix, start)) continue
    const split = header.indexOf('=', start)
    const role = split < 0 || split > end ? undefined : roleByName.get(header.slice(start, split).trim())
    if (!role) continue
    const value = unquote(header.slice(split + 1, end).trim())
    sent[role] = !(role in sent) || sent[role] === value ? value : undefined
    if (role !== 'device') any = true
  }
  const get = (role: CookieRole) => {
    const value = sent[role]
    return value && isUsable(value) ? value : undefined
  }
  return { any, get }
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

const unquote = (value: string): string =>
  value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
