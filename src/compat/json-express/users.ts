/**
 * People in the collection `users` of the application's database, behind two ports of ours.
 *
 * Invariant: the collection says who exists, their role, their hash and what an operator asks of them. What ends a login is in our tables.
 *
 * @module
 */
import { type IPasswordStore, identifierTaken, type UserRecord, type IUserStore as UsersPort } from '../../stores.ts'
import type { IDatabaseAdapter, Row } from './kernel.ts'

const collection = 'users'

/** The collection, with who of us is writing to it: hooks of the database do not say whose write they are called for. */
export type People = ReturnType<typeof createPeople>

/** Opens the collection. */
export function createPeople(db: IDatabaseAdapter, spell: (email: string) => string) {
  const writes = new Map<string, number>()

  async function writing<T>(id: string, work: () => Promise<T>): Promise<T> {
    writes.set(id, (writes.get(id) ?? 0) + 1)
    try {
      return await work()
    } finally {
      const left = (writes.get(id) ?? 1) - 1
      if (left > 0) writes.set(id, left)
      else writes.delete(id)
    }
  }

  /** By a search: asked for one by its id, a database throws when there is none, and when it is away. */
  const find = async (id: string) => (await db.search(collection, { id })).find((row) => idOf(row) === id)
  const findByEmail = async (email: string) => (await db.search(collection, { email }))[0]

  /** @throws identifier_taken when somebody has the address, whatever the database calls that */
  async function create(row: Row & { readonly id: string; readonly email: string }): Promise<void> {
    const isTaken = async () => (await findByEmail(row.email)) !== undefined
    if (await isTaken()) throw identifierTaken()
    try {
      await writing(row.id, () => db.create(collection, row))
    } catch (error) {
      throw (await isTaken()) ? identifierTaken(error) : error
    }
  }

  return {
    find,
    create,
    isOurs: (row: Row) => writes.has(idOf(row)),
    update: (row: Row, patch: Row) => writing(idOf(row), () => db.update(collection, idOf(row), patch)),
    delete: (id: string) => db.delete(collection, id),
    /** The whole collection is asked for only when nobody has the two marks of a first admin. */
    async isEmpty(): Promise<boolean> {
      if ((await db.search(collection, { role: 'admin' })).length > 0) return false
      return (await db.getAll(collection)).length === 0
    },
    findByEmail,
    spell,
  }
}

export const idOf = ({ id }: Row): string => String(id)

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** Their collection behind our port of people. */
export function usersPort(people: People): UsersPort {
  const record = (row: Row | undefined) => (row ? toRecord(row, people.spell) : null)
  return {
    findById: async (id) => record(await people.find(id)),
    findByIdentifier: async ({ kind, value }) => (kind === 'email' ? record(await people.findByEmail(value)) : null),
    async create(user) {
      const there = await people.find(user.id)
      if (!there) await people.create({ ...toRow(user), ...emailOf(user), id: user.id })
      return user
    },
    async update(id, { identifiers, role }) {
      const row = await people.find(id)
      if (!row) throw new Error('nobody in the collection has this id')
      const patch = { ...(identifiers && emailOf({ identifiers })), ...(role !== undefined && { role }) }
      if (Object.keys(patch).length > 0) await people.update(row, patch)
      return toRecord({ ...row, ...patch }, people.spell)
    },
    async delete(id) {
      if (await people.find(id)) await people.delete(id)
    },
  }
}

function emailOf({ identifiers }: Pick<UserRecord, 'identifiers'>) {
  const email = identifiers.find(({ kind }) => kind === 'email')
  return { email: email?.value ?? '', emailVerified: email?.verifiedAt != null }
}

const toRow = ({ role, createdAt }: UserRecord) => ({
  role,
  requirePasswordReset: false,
  tokenVersion: 0,
  createdAt: createdAt.toISOString(),
})

function toRecord(row: Row, spell: (email: string) => string): UserRecord {
  const email = textOf(row.email)
  const createdAt = new Date(String(row.createdAt ?? 0))
  const known = Number.isNaN(createdAt.getTime()) ? new Date(0) : createdAt
  return {
    id: idOf(row),
    poolId: 'default',
    identifiers: email === null ? [] : [{ kind: 'email', value: spell(email), verifiedAt: row.emailVerified ? known : null }],
    role: textOf(row.role) ?? 'user',
    firstName: null,
    lastName: null,
    locale: null,
    metadata: { requirePasswordReset: row.requirePasswordReset === true },
    createdAt: known,
  }
}

/**
 * Their column of hashes behind our port. Its compare-and-set is two calls: whoever of ours sets a hash holds the user in our database meanwhile.
 */
export function passwordsPort(people: People): IPasswordStore {
  return {
    find: async (userId) => textOf((await people.find(userId))?.passwordHash),
    async set(userId, hash, ifCurrent) {
      const row = await people.find(userId)
      const before = textOf(row?.passwordHash)
      if (!row || (ifCurrent !== undefined && before !== ifCurrent)) return false
      const version = Number(row.tokenVersion ?? 0)
      await people.update(row, {
        passwordHash: hash,
        ...(before !== null && { tokenVersion: version + 1 }),
        // Whoever names no hash of before has shown something else: the token of a mail. That is what the flag asks for.
        ...(ifCurrent === undefined && row.requirePasswordReset === true && { requirePasswordReset: false }),
      })
      return true
    },
  }
}
