import ms, { type StringValue } from 'ms'
import { signShared } from '../../features/signing/index.ts'

/** What a token says of somebody. */
export interface IssuedTokenPayload {
  sub: string
  role: string
  email: string
  emailVerified?: boolean
}

/** By which secret, for how long, from whom and for whom. */
export interface JwtIssuerConfig {
  secret: string
  /** `'1h'`, or a number of seconds. */
  ttl: string | number
  issuer?: string
  audience?: string | string[]
  /** Nothing else is signed with a secret. */
  algorithms?: readonly 'HS256'[]
}

/** Signs a token that begins now. */
export function issue(payload: IssuedTokenPayload, { secret, ttl, issuer, audience }: JwtIssuerConfig, now: Date): string {
  const length = typeof ttl === 'number' ? ttl * 1000 : ms(ttl as StringValue)
  if (!Number.isFinite(length) || length < 1000) throw new TypeError("ttl is a time like '1h', or a number of seconds")
  const iat = Math.floor(now.getTime() / 1000)
  const names = { ...(issuer !== undefined && { iss: issuer }), ...(audience !== undefined && { aud: audience }) }
  return signShared({ ...payload, ...names, iat, exp: iat + Math.floor(length / 1000) }, secret)
}
