/**
 * People in a store of node-auth: its interface, and the two ports of ours that it stands behind.
 *
 * Invariant: only who exists, their address and whether it was proved, their role and their hash are believed. Tokens, codes and secrets that the interface has columns for never
 * reach it: they are kept as digests in tables of ours.
 *
 * @module
 */
import { BootError } from '../../index.ts'
import { type IPasswordStore, identifierTaken, type UserRecord, type IUserStore as UsersPort } from '../../stores.ts'

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
  /** For the panel's policy `is-admin-flag`. */
  isAdmin?: boolean | null | undefined
  isTotpEnabled?: boolean | null | undefined
  /** With the mode `lazy`: from then on they have to have proved their address. Without one they never have to. */
  emailVerificationDeadline?: Date | string | number | null | undefined
}

/**
 * Where the application keeps its users, as node-auth has it: ten methods, and three that routes stand on.
 *
 * Of the ten four are called: `findByEmail` (with an address in lower case), `findById`, `updatePassword`, `updateLastLogin`. The others keep your
 * class what it is.
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
  /** For the panel's list of people, in the same order at every call. */
  listUsers?(limit: number, offset: number): Promise<U[]>
  /** For the routes that prove an address. */
  updateEmailVerified?(userId: string, isVerified: boolean): Promise<void>
  /** For the routes that change an address. Throws for one that another user has. */
  updateEmail?(userId: string, newEmail: string): Promise<void>
  /** For DELETE `/account`. Does nothing when there is no such user. */
  deleteUser?(userId: string): Promise<void>
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

/** The address of a user that has still to be proved. */
export async function unprovedAddressOf(store: Pick<IUserStore, 'findById'>, userId: string): Promise<string | undefined> {
  const user = await store.findById(userId)
  return user && !user.isEmailVerified ? user.email : undefined
}

/** What is known of people besides their rows. */
interface UsersTerms {
  /** The one spelling of an address. */
  spell(identifier: string): string
  /** How long before its deadline a row counts as new, where that matters. */
  readonly graceMs: number | undefined
}

/** Their store behind our port of people. */
export function usersPort(store: IUserStore, { spell, graceMs }: UsersTerms): UsersPort {
  // People come to be in code of the application: nothing of ours that does so is mounted.
  const theirs = async (): Promise<never> => {
    throw new Error('users are created by the application')
  }
  const recordOf = (user: BaseUser | null | undefined) => toRecord(user, { spell, graceMs })

  async function setEmail(id: string, email: string): Promise<void> {
    const isTaken = async () => {
      const holder = await store.findByEmail(email)
      return holder ? idOf(holder) !== id : false
    }
    if (await isTaken()) throw identifierTaken()
    try {
      await store.updateEmail?.(id, email)
    } catch (error) {
      throw (await isTaken()) ? identifierTaken(error) : error // somebody was faster
    }
  }

  return {
    findById: async (id) => recordOf(await store.findById(id)),
    findByIdentifier: async ({ kind, value }) => (kind === 'email' ? recordOf(await store.findByEmail(value)) : null),
    create: theirs,
    async update(id, { identifiers = [] }) {
      const email = identifiers.find(({ kind }) => kind === 'email')
      if (!email) throw new Error('only the address of a user can be changed')
      const [old] = recordOf(await store.findById(id))?.identifiers ?? []
      if (email.value !== old?.value) await setEmail(id, email.value)
      const isProved = email.verifiedAt !== null
      if (isProved !== (old !== undefined && old.verifiedAt !== null)) await store.updateEmailVerified?.(id, isProved)
      const after = recordOf(await store.findById(id))
      if (!after) throw new Error('the row is gone')
      return after
    },
    async delete(id) {
      if (!store.deleteUser) throw new Error('the user store has no deleteUser()')
      await store.deleteUser(id)
    },
    ...(store.listUsers && { list: (page) => listOf(store, recordOf, page) }),
  }
}

type Wanted = Parameters<NonNullable<UsersPort['list']>>[0]

/** Theirs are paged by number. What is searched for is an id or an address: no column of theirs can be asked for more. */
async function listOf(
  store: IUserStore,
  recordOf: (user: BaseUser | null) => UserRecord | null,
  { after, limit, search }: Wanted,
) {
  const records = (rows: readonly (BaseUser | null)[]) => rows.flatMap((row) => recordOf(row) ?? [])
  if (search !== undefined) return { users: records([(await store.findByEmail(search)) ?? (await store.findById(search))]) }
  const offset = Number(after ?? 0)
  const rows = Number.isSafeInteger(offset) ? ((await store.listUsers?.(limit, offset)) ?? []) : []
  return { users: records(rows), ...(rows.length === limit && { next: String(offset + rows.length) }) }
}

/** No column of theirs says since when; nobody is shown these instants. */
const atSomeTime = new Date(0)
/** Since when somebody is new who has no deadline: they stay so. */
const endOfTime = new Date('9999-12-31T00:00:00Z')

const newSince = (deadline: BaseUser['emailVerificationDeadline'], graceMs: number): Date =>
  deadline == null ? endOfTime : new Date(new Date(deadline).getTime() - graceMs)

function toRecord(user: BaseUser | null | undefined, { spell, graceMs }: UsersTerms): UserRecord | null {
  if (!user) return null
  const verifiedAt = user.isEmailVerified ? atSomeTime : null
  return {
    id: idOf(user),
    poolId: 'default',
    identifiers: user.email ? [{ kind: 'email', value: spell(user.email), verifiedAt }] : [],
    role: user.role || 'user',
    firstName: user.firstName ?? null,
    lastName: user.lastName ?? null,
    locale: null,
    metadata: {},
    createdAt: graceMs === undefined ? atSomeTime : newSince(user.emailVerificationDeadline, graceMs),
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
