/**
 * What `new AuthService(...)` was called with: the keys first, as its documents say, or the store first, as its code had it.
 *
 * @module
 */
import type { Duration } from '../../index.ts'
import type { PemPair } from './key-files.ts'
import type { SessionStore } from './session-store.ts'

/** Lives of what the service makes. */
export interface AuthServiceOptions {
  /** 15 minutes unless it says otherwise. */
  readonly accessToken?: Duration
  /** 7 days. */
  readonly refreshToken?: Duration
  /** 90 days: after that a session is over, however often it was refreshed. */
  readonly session?: Duration
}

/** Either order; what each is, is told by its type. */
export type AuthArguments = readonly [first?: unknown, second?: unknown, third?: unknown, options?: AuthServiceOptions]

/** @returns `keys` absent when they are to be read from files, `store` null when there is none */
export function readArguments([first, second, third, options = {}]: AuthArguments) {
  const keysFirst = typeof first === 'string' || (typeof second !== 'string' && isStore(third))
  const [privateKey, publicKey, store = null] = keysFirst ? [first, second, third] : [second, third, first]
  if (store !== null && !isStore(store)) throw new TypeError('A session store has saveSession, isSessionValid and deleteSession.')
  return { keys: readKeys(privateKey, publicKey), store, options }
}

function readKeys(privateKey: unknown, publicKey: unknown): PemPair | undefined {
  if (privateKey === undefined && publicKey === undefined) return undefined
  if (typeof privateKey !== 'string' || typeof publicKey !== 'string' || !privateKey.trim() || !publicKey.trim()) {
    throw new Error('JWT requires both private and public keys')
  }
  return { privateKey, publicKey }
}

const methods = ['saveSession', 'isSessionValid', 'deleteSession'] as const

const isStore = (value: unknown): value is SessionStore =>
  typeof value === 'object' && value !== null && methods.every((method) => typeof Reflect.get(value, method) === 'function')
