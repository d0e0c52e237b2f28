/**
 * `AuthService` as Secure Auth documents it: passwords and tokens for an application that keeps its users and sessions itself.
 *
 * Invariant: a token counts only while its session is in the application's store, and each kind of token only where it belongs.
 * Not here: limits on guessing, password rules, passkeys. The first two are the application's with this face.
 *
 * @module
 */
import { isHashable, type PasswordHasher } from '../../features/password/index.ts'
import { createTokenPairs, type PairClaims, type TokenPair, type TokenPairs } from '../../features/signing/index.ts'
import { type AuthArguments, type AuthServiceOptions, readArguments } from './arguments.ts'
import { type CookieTarget, clearToken, writeToken } from './cookies.ts'
import { readKeyFiles } from './key-files.ts'
import type { GetCredential, GetStoredChallenge, StoreChallenge, UserVerification } from './passkeys.ts'
import { createRefresh } from './refresh.ts'
import { credentialsInvalid, sessionInvalid, tokenExpired, tokenInvalid } from './refusals.ts'
import { endSession, insertSession, type SessionStore, sessionHolds, stateless } from './session-store.ts'

/** A user as the application keeps it; `password` is the hash. */
export interface User {
  readonly id: string
  readonly login: string
  readonly password: string
}

/** What a login and a refresh answer. */
export interface AuthTokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly sessionId: string
}

/** What a valid access token says. `sub` and `sid` are the same two ids under their registered names. */
export interface ValidatedSession {
  readonly userId: string
  readonly sessionId: string
  readonly sub: string
  readonly sid: string
  /** In seconds since 1970. */
  readonly iat: number
  readonly exp: number
}

/** Everything the face takes from outside. */
export interface World {
  now(): Date
  newId(): string
  warn(message: string): void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly hasher: PasswordHasher
}

/** The most that is checked at a login: a longer text is no password, and is not hashed. */
const longestInput = 4096

/** The service on a given world; the public class is this one on the real one. */
export class SecureAuth {
  readonly #world: World
  readonly #store: SessionStore
  readonly #pairs: TokenPairs
  readonly #rotate: (parent: PairClaims) => Promise<TokenPair>

  constructor(given: AuthArguments, world: World) {
    const { keys, store, options } = readArguments(given)
    this.#world = world
    this.#store = store ?? stateless
    this.#pairs = createTokenPairs(keys ?? readKeyFiles(world), livesOf(options))
    this.#rotate = createRefresh({
      pairs: this.#pairs,
      store: this.#store,
      now: () => world.now(),
      newId: () => world.newId(),
    })
    if (store === null) world.warn('AuthService has no session store: a token holds until it expires, and no logout ends it.')
    if (!this.#pairs.isPair) world.warn('The public key is not that of the private key: every token will be refused.')
  }

  /**
   * Hashes the password of a new user; the rest of what is given comes back as it is, for the application to save.
   *
   * @throws TypeError for a password that is empty, longer than 256 characters or 1,024 bytes, or no text
   */
  async registerUser<T extends { readonly login: string; readonly password: string }>(user: T): Promise<T> {
    return { ...user, password: await this.#hash(user.password) }
  }

  /**
   * Checks a password and starts a session.
   *
   * @param user as the application found it; without one the call costs what a wrong password costs, and says the same
   * @throws Error `Invalid credentials` | `Failed to store session in database.`
   */
  async login(user: User | null | undefined, inputPassword: string): Promise<AuthTokens> {
    if (!(await this.#isPassword(user, inputPassword))) throw credentialsInvalid()
    const session = { userId: idOf(user), sessionId: this.#world.newId() }
    const pair = await this.#pairs.first(session, this.#world.now())
    await insertSession(this.#store, session.sessionId, session.userId)
    return toTokens(pair, session.sessionId)
  }

  /**
   * Whose request it is.
   *
   * @throws Error `Session expired or invalid.` | `Invalid token.`
   */
  async validateSession(accessToken: string): Promise<ValidatedSession> {
    const { userId, sessionId, payload } = await this.#verified('access', accessToken)
    return { userId, sessionId, sub: userId, sid: sessionId, iat: Number(payload.iat), exp: Number(payload.exp) }
  }

  /**
   * Spends a refresh token for a new pair. Asked again within 30 seconds it answers the same; spent twice otherwise, the session ends.
   *
   * @throws Error `Session expired or invalid.` | `Invalid token.` | `Failed to store session in database.`
   */
  async refresh(refreshToken: string): Promise<AuthTokens> {
    const parent = await this.#verified('refresh', refreshToken)
    return toTokens(await this.#rotate(parent), parent.sessionId)
  }

  /** Ends a session; one that is gone already stays so. @throws Error `Failed to log out.` */
  async logout(sessionId: string): Promise<void> {
    await endSession(this.#store, sessionId)
  }

  /**
   * Changes a password, and ends every session of the user where the store can.
   *
   * @throws Error `Current password is incorrect.` · TypeError as {@link SecureAuth.registerUser}
   */
  async changePassword(
    user: User | null | undefined,
    oldPassword: string,
    newPassword: string,
    updatePassword: (userId: string, passwordHash: string) => unknown,
  ): Promise<{ message: string }> {
    if (!(await this.#isPassword(user, oldPassword))) throw new Error('Current password is incorrect.')
    const userId = idOf(user)
    await updatePassword(userId, await this.#hash(newPassword))
    await this.#store.deleteUserSessions?.(userId)
    return { message: 'Password successfully changed.' }
  }

  /** Sets the cookie `authToken`, beside the cookies that the response sets already. */
  setSessionCookie(res: CookieTarget, token: string): void {
    writeToken(res, token, this.#pairs.accessSeconds)
  }

  /** Makes the browser forget the cookie `authToken`. */
  clearSession(res: CookieTarget): void {
    clearToken(res)
  }

  /** @throws Error always: passkeys are not available yet */
  async registerPasskey(
    _userId: string,
    _rpID: string,
    _userVerification: UserVerification,
    _storeChallenge: StoreChallenge,
  ): Promise<never> {
    throw notAvailable('registerPasskey')
  }

  /** @throws Error always: passkeys are not available yet */
  async verifyPasskey(
    _response: unknown,
    _userId: string,
    _expectedRPID: string,
    _expectedOrigin: string,
    _getStoredChallenge: GetStoredChallenge,
    _getCredential: GetCredential,
  ): Promise<never> {
    throw notAvailable('verifyPasskey')
  }

  async #verified(kind: 'access' | 'refresh', token: string): Promise<PairClaims> {
    if (typeof token !== 'string') throw tokenInvalid()
    const found = await this.#pairs.verify(kind, token, this.#world.now())
    if (!found.ok) throw found.reason === 'expired' ? tokenExpired() : tokenInvalid()
    if (!(await sessionHolds(this.#store, found.claims, this.#world.now()))) throw sessionInvalid()
    return found.claims
  }

  /** Who has no usable hash, or does not exist, takes as long as who has typed a wrong password. */
  async #isPassword(user: User | null | undefined, input: string): Promise<boolean> {
    const { hasher } = this.#world
    const text = typeof input === 'string' && input.length <= longestInput ? input : ''
    if (typeof user?.password === 'string') return (await hasher.verify(text, user.password)).ok && text !== ''
    await hasher.dummy(text)
    return false
  }

  async #hash(password: string): Promise<string> {
    if (typeof password !== 'string' || !isHashable(password)) {
      throw new TypeError('A password is a text of 1 to 256 characters and at most 1,024 bytes.')
    }
    return this.#world.hasher.hash(password)
  }
}

/** Ids of rows may be numbers where nothing checks types; tokens and stores speak of texts. */
function idOf(user: User | null | undefined): string {
  const id: unknown = user?.id
  if ((typeof id === 'string' && id !== '') || typeof id === 'number' || typeof id === 'bigint') return String(id)
  throw new TypeError('A user needs an id.')
}

const livesOf = ({ accessToken, refreshToken, session }: AuthServiceOptions) => ({
  access: accessToken,
  refresh: refreshToken,
  session,
})

const toTokens = ({ accessToken, refreshToken }: TokenPair, sessionId: string): AuthTokens => ({
  accessToken,
  refreshToken,
  sessionId,
})

const notAvailable = (call: string): Error => new Error(`${call} is not available yet`)
