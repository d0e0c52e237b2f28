/**
 * People in a store of node-auth: its interface, and the two ports of ours that it stands behind.
 *
 * Invariant: only who exists, their role and their hash are believed. Tokens, codes and secrets that the interface has columns for never
 * reach it: they are kept as digests in tables of ours.
 *
 * @module
 */
import { BootError } from '../../index.ts'
import type { IPasswordStore, UserRecord, IUserStore as UsersPort } from '../../stores.ts'

/** A user as the application keeps it; `password` is the hash. */
export interface BaseUser {
  readonly id: string
  readonly email: string
  password?: string | null | undefined
  /** `user` where there is none. Whoever has `admin` may clean up sessions. */
  role?: string | null | undefined
  firstName?: string | null | undefined
  lastName?: string | null | undefined
  /** How they first came: `local` where it is not said. */
  loginProvider?: string | null | undefined
  isEmailVerified?: boolean | null | undefined
  isTotpEnabled?: boolean | null | undefined
}

/**
 * Where the application keeps its users, as node-auth has it: ten methods.
 *
 * Four are called today: `findByEmail` (with an address in lower case), `findById`, `updatePassword`, `updateLastLogin`. The others keep your class
 * what it is.
 *
 * @example
 * ```ts
 * import { AuthConfigurator, type IUserStore } from 'keywright/node-auth'
 *
 * const authOver = (users: IUserStore, accessTokenSecret: string, refreshTokenSecret: string) =>
 *   new AuthConfigurator({ accessTokenSecret, refreshTokenSecret }, users)
 * ```
 */
export interface IUserStore<U extends BaseUser = BaseUser> {
  findByEmail(email: string): Promise<U | null>
  findById(id: string): Promise<U | null>
  /** Called by your `onRegister` alone. */
  create(data: Partial<U>): Promise<U>
  updateRefreshToken(userId: string, token: string | null, expiry: Date | null): Promise<void>
  /** Called after each login; its failure is logged and undoes nothing. */
  updateLastLogin(userId: string): Promise<void>
  updateResetToken(userId: string, token: string | null, expiry: Date | null): Promise<void>
  /** Sets the hash. The column must take 255 characters. */
  updatePassword(userId: string, hashedPassword: string): Promise<void>
  updateTotpSecret(userId: string, secret: string | null): Promise<void>
  updateMagicLinkToken(userId: string, token: string | null, expiry: Date | null): Promise<void>
  updateSmsCode(userId: string, code: string | null, expiry: Date | null): Promise<void>
}

const called = ['findByEmail', 'findById', 'updatePassword', 'updateLastLogin'] as const

/** @throws BootError for a store that lacks a method we call */
export function assertUserStore(store: unknown): asserts store is IUserStore {
  const missing = called.find((method) => typeof Reflect.get(Object(store), method) !== 'function')
  if (missing === undefined) return
  throw new BootError(`the user store has no ${missing}()`, 'Pass a store with the methods of IUserStore as the second argument.')
}

/** Where rows count their ids, texts count here. A row without one cannot be read. */
export function idOf({ id }: { readonly id?: unknown }): string {
  if (id === undefined || id === null || id === '') throw new Error('the user store answered a user without an id')
  return String(id)
}

/** Their store behind our port of people. */
export function usersPort(store: IUserStore): UsersPort {
  // People come to be, change and go in code of the application: nothing of ours that does so is mounted.
  const theirs = async (): Promise<never> => {
    throw new Error('users are created, changed and deleted by the application')
  }
  return {
    findById: async (id) => toRecord(await store.findById(id)),
    findByIdentifier: async ({ kind, value }) => (kind === 'email' ? toRecord(await store.findByEmail(value)) : null),
    create: theirs,
    update: theirs,
    delete: theirs,
  }
}

/** No column of theirs says since when; nobody is shown these instants. */
const atSomeTime = new Date(0)

function toRecord(user: BaseUser | null | undefined): UserRecord | null {
  if (!user) return null
  const verifiedAt = user.isEmailVerified ? atSomeTime : null
  return {
    id: idOf(user),
    poolId: 'default',
    identifiers: user.email ? [{ kind: 'email', value: user.email, verifiedAt }] : [],
    role: user.role || 'user',
    firstName: user.firstName ?? null,
    lastName: user.lastName ?? null,
    locale: null,
    metadata: {},
    createdAt: atSomeTime,
  }
}

/**
 * Their column of hashes behind our port. Its compare-and-set is two calls: whoever of ours sets a hash holds the user in our database
 * meanwhile, so nothing of ours comes in between.
 */
export function passwordsPort(store: IUserStore, warn: (message: string) => void): IPasswordStore {
  const find = async (userId: string) => (await store.findById(userId))?.password || null
  let warned = false
  /** Found out once; each further try would leave a hash that opens to nobody for a moment. */
  let cutsShort = false

  /** @returns whether the hash is there, or somebody else has set another one since */
  async function isKept(userId: string, hash: string, before: string | null): Promise<boolean> {
    const kept = await find(userId)
    const isPart = kept !== null && hash.startsWith(kept)
    if (isPart && kept.length === hash.length) return true
    cutsShort = isPart
    if (cutsShort && before !== null) await store.updatePassword(userId, before)
    if (cutsShort || kept === before) throw notKept()
    return false
  }

  async function write(userId: string, hash: string, before: string | null): Promise<boolean> {
    if (cutsShort) throw notKept()
    await store.updatePassword(userId, hash)
    return isKept(userId, hash, before)
  }

  return {
    find,
    async set(userId, hash, ifCurrent) {
      const before = await find(userId)
      if (hash === null || (ifCurrent !== undefined && before !== ifCurrent)) return false
      try {
        return await write(userId, hash, before)
      } catch (error) {
        if (!warned)
          warn(`A password hash could not be stored: ${error instanceof Error ? error.message : 'updatePassword failed'}`)
        warned = true
        throw error
      }
    },
  }
}

const notKept = () => new Error('updatePassword did not keep the hash: its column must take 255 characters')
