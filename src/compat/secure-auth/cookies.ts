import { tokenInvalid } from './refusals.ts'

/** What a response has to offer: Node's own does, and so does that of every framework built on it. */
export interface CookieTarget {
  setHeader(name: string, value: string | readonly string[]): unknown
  getHeader?(name: string): number | string | readonly string[] | undefined
}

const name = 'authToken'
const attributes = 'HttpOnly; Secure; Path=/; SameSite=Lax'

/** Sets the cookie beside those that are there already; an earlier one of the same name makes way. */
export function writeToken(res: CookieTarget, token: string, maxAgeSeconds: number): void {
  // A cookie value ends at the first semicolon: what follows would be attributes of the caller's choice.
  if (!/^[\w.-]+$/.test(token)) throw tokenInvalid()
  append(res, `${name}=${token}; ${attributes}; Max-Age=${maxAgeSeconds}`)
}

/** Makes the browser forget the cookie. */
export const clearToken = (res: CookieTarget): void => append(res, `${name}=; ${attributes}; Max-Age=0`)

function append(res: CookieTarget, cookie: string): void {
  const present = [res.getHeader?.('Set-Cookie') ?? []].flat().map(String)
  res.setHeader('Set-Cookie', [...present.filter((one) => !one.startsWith(`${name}=`)), cookie])
}
