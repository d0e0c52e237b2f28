/**
 * Secure Auth's `AuthService`, over Keywright's hashing and signing: change the import and keep your code.
 *
 * @module
 */
import type { AuthArguments, AuthServiceOptions } from './compat/secure-auth/arguments.ts'
import { SecureAuth, type World } from './compat/secure-auth/auth-service.ts'
import { type KeyFileOptions, type KeyFiles, makeKeyFiles } from './compat/secure-auth/key-files.ts'
import type { SessionStore } from './compat/secure-auth/session-store.ts'
import { createStandaloneHasher } from './features/password/index.ts'
import { realAmbient } from './kernel/ambient/ambient.ts'
import { environment } from './kernel/ambient/environment.ts'

export type { AuthServiceOptions } from './compat/secure-auth/arguments.ts'
export type { AuthTokens, User, ValidatedSession } from './compat/secure-auth/auth-service.ts'
export type { CookieTarget } from './compat/secure-auth/cookies.ts'
export type { KeyFileOptions, KeyFiles } from './compat/secure-auth/key-files.ts'
export type { GetCredential, GetStoredChallenge, StoreChallenge, UserVerification } from './compat/secure-auth/passkeys.ts'
export type { SessionRecord, SessionStore } from './compat/secure-auth/session-store.ts'

/**
 * Passwords and tokens for an application that keeps its users and sessions itself.
 *
 * Keys are given in PEM (Ed25519), else read from the files that `JWT_PRIVATE_KEY` and `JWT_PUBLIC_KEY` name, else from `.secure-auth/`.
 *
 * @example
 * ```ts
 * import { AuthService, type SessionStore, type User } from 'keywright/secure-auth'
 *
 * export async function login(store: SessionStore, user: User | undefined, password: string) {
 *   const authService = new AuthService(store)
 *   const { accessToken } = await authService.login(user, password)
 *   return authService.validateSession(accessToken) // { userId, sessionId, ... }
 * }
 * ```
 */
export class AuthService extends SecureAuth {
  constructor(privateKey: string, publicKey: string, sessionStore?: SessionStore | null, options?: AuthServiceOptions)
  constructor(sessionStore?: SessionStore | null, privateKey?: string, publicKey?: string, options?: AuthServiceOptions)
  constructor(...given: AuthArguments) {
    super(given, realWorld())
  }
}

/**
 * Makes an Ed25519 key pair in files, private to their owner, and names them in `.env`. Keys that are there stay, unless forced out.
 *
 * @example
 * ```ts
 * import { initKeys } from 'keywright/secure-auth'
 *
 * const { made, privateKeyFile } = initKeys()
 * ```
 */
export const initKeys = (options: KeyFileOptions = {}): KeyFiles => makeKeyFiles({ folder: process.cwd() }, options)

let shared: Omit<World, 'env' | 'folder'> | undefined

/** One pool of hashes for all services of this process; where they look for keys is read each time. */
function realWorld(): World {
  shared ??= worldOnce()
  return { ...shared, env: environment(), folder: process.cwd() }
}

function worldOnce() {
  const ambient = realAmbient()
  return {
    now: () => ambient.clock.now(),
    newId: () => ambient.newId(),
    warn: (message: string) => process.emitWarning(message),
    hasher: createStandaloneHasher(ambient),
  }
}
