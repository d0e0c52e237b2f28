/**
 * What a token and `req.user` say of somebody: node-auth's claims, and those of the application.
 *
 * Invariant: no claim of the application takes the place of a registered one. Who somebody is and which session they have is never its to say.
 *
 * @module
 */
import type { Active } from '../../index.ts'
import { asking, notFound } from './refusals.ts'
import type { BaseUser, IUserStore } from './user-store.ts'

/** What `req.user` is, and GET `/me` answers. */
export interface AccessTokenPayload {
  /** The user's id. */
  sub: string
  email: string
  role?: string
  loginProvider: string
  isEmailVerified: boolean
  isTotpEnabled: boolean
  /** The handle of the session. */
  sid: string
  /** In seconds since 1970; of a cookie, when it was looked at. */
  iat: number
  exp: number
  [claim: string]: unknown
}

/** Claims of the application. */
export type BuildTokenPayload = (user: BaseUser) => object | Promise<object>

const registered = ['sub', 'sid', 'iat', 'exp', 'nbf', 'iss', 'aud', 'jti', 'tid', 'ver']

/** Builds what reads claims from their store: at a login, at each refresh, and for GET `/me`. */
export const createClaims =
  (store: Pick<IUserStore, 'findById'>, build: BuildTokenPayload | undefined) =>
  async (userId: string): Promise<Record<string, unknown>> => {
    const user = await asking(() => store.findById(userId))
    if (!user) throw notFound()
    const claims = {
      email: user.email,
      ...(user.role && { role: user.role }),
      loginProvider: user.loginProvider ?? 'local',
      isEmailVerified: user.isEmailVerified ?? false,
      isTotpEnabled: user.isTotpEnabled ?? false,
      ...(await build?.(user)),
    }
    return Object.fromEntries(Object.entries(claims).filter(([name, value]) => !registered.includes(name) && value !== undefined))
  }

/** The claims of a caller who was let in. @param bearer the token they showed, which has been verified */
export function claimsOf({ userId, sessionHandle, claims }: Active, bearer: string | undefined, at: Span): AccessTokenPayload {
  const { iat, exp } = bearer === undefined ? at : readSpan(bearer)
  return { ...(claims as Pick<AccessTokenPayload, 'email'>), sub: userId, sid: sessionHandle, iat, exp } as AccessTokenPayload
}

/** From when to when, in seconds since 1970. */
export interface Span {
  readonly iat: number
  readonly exp: number
}

function readSpan(token: string): Span {
  const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return { iat: Number(iat), exp: Number(exp) }
}
