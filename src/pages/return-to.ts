/**
 * Where a login leads when somebody asked for more than to log in: `?returnTo=` of a page.
 *
 * Invariant: a browser is sent to a path of ours or to an origin on the list, and nowhere else (ASVS 5.0 V3.7.2, CVE-2024-56734,
 * CVE-2025-27143). What is not plainly one of the two counts as not said. Browsers, proxies and routers disagree about backslashes, escapes
 * and control characters, so no wish may have them.
 *
 * @module
 */

/** What may be asked for. */
export interface Goals {
  /** The wish as it may stand in a `Location`; `undefined` for one that is not followed. */
  accept(wish: string | undefined): string | undefined
}

const longest = 2048
/** Printable ASCII without the backslash, which browsers read as a slash. */
const plain = /^[\x21-\x5b\x5d-\x7e]+$/
const path = /^\/(?!\/)/
const address = /^https?:\/\/(?!\/)/i
/** A slash, a backslash or a control character behind an escape, however often the escape was escaped. */
const hidden = /%(?:25)*(?:2f|5c|[01][\da-f]|7f)/i

/** @param listed origins besides our own */
export function createGoals(baseUrl: string, listed: readonly string[]): Goals {
  const own = new URL(baseUrl).origin
  return {
    accept(wish) {
      if (wish === undefined || wish.length > longest || !plain.test(wish)) return undefined
      if (!(path.test(wish) || address.test(wish)) || !URL.canParse(wish, own)) return undefined
      const url = new URL(wish, own)
      const isOdd = url.username !== '' || url.password !== '' || url.pathname.startsWith('//') || hidden.test(url.pathname)
      if (isOdd) return undefined
      if (url.origin === own) return url.pathname + url.search + url.hash
      return listed.includes(url.origin) ? url.href : undefined
    },
  }
}
