/**
 * People behind a generated database client, written against the port's documentation in the style of an ORM: `customer.findUnique`,
 * `upsert`, an error code for a unique constraint.
 *
 * @module
 */
import { type IUserStore, identifierTaken, type UserRecord } from '../../src/stores.ts'

interface Customer extends Omit<UserRecord, 'identifiers'> {
  readonly email: string | null
  readonly emailVerifiedAt: Date | null
  readonly username: string | null
  readonly phone: string | null
}

/** What the ORM throws for a unique constraint. */
class UniqueConstraintFailed extends Error {
  readonly code = 'P2002'
}

type Where = Partial<Pick<Customer, 'id' | 'email' | 'username' | 'phone'>>

/** A generated client over one table in memory; every call answers in a later turn, as a database does. */
function customerTable() {
  const rows = new Map<string, Customer>()
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const matches = (row: Customer, where: Where) =>
    Object.entries(where).every(([column, value]) => row[column as keyof Where] === value)
  const assertUnique = (row: Customer) => {
    for (const other of rows.values())
      if (other.id !== row.id && other.poolId === row.poolId)
        for (const column of ['email', 'username', 'phone'] as const)
          if (row[column] !== null && row[column] === other[column]) throw new UniqueConstraintFailed()
  }
  return {
    async findUnique({ where }: { where: Where }): Promise<Customer | null> {
      await turn()
      return [...rows.values()].find((row) => matches(row, where)) ?? null
    },
    async upsert({ create }: { where: { id: string }; create: Customer; update: Record<string, never> }): Promise<Customer> {
      await turn()
      const known = rows.get(create.id)
      if (known) return known
      assertUnique(create)
      rows.set(create.id, create)
      return create
    },
    async update({ where, data }: { where: { id: string }; data: Partial<Customer> }): Promise<Customer> {
      await turn()
      const known = rows.get(where.id)
      if (!known) throw new Error('Record to update not found')
      const next = { ...known, ...data }
      assertUnique(next)
      rows.set(where.id, next)
      return next
    },
    async deleteMany({ where }: { where: { id: string } }): Promise<void> {
      await turn()
      rows.delete(where.id)
    },
  }
}

/** Opens an empty table. It has no `list`: the port leaves that out. */
export function clientUsers(): IUserStore {
  const customer = customerTable()
  return {
    findById: (id) => customer.findUnique({ where: { id } }).then(maybe),
    findByIdentifier: ({ kind, value }) => customer.findUnique({ where: { [kind]: value } }).then(maybe),
    create: (user) => customer.upsert({ where: { id: user.id }, create: toRow(user), update: {} }).then(toRecord, taken),
    update: (id, change) => customer.update({ where: { id }, data: toData(change) }).then(toRecord, taken),
    delete: async (id) => void (await customer.deleteMany({ where: { id } })),
  }
}

const maybe = (row: Customer | null) => row && toRecord(row)

function taken(error: unknown): never {
  throw error instanceof UniqueConstraintFailed ? identifierTaken(error) : error
}

type Identifiers = UserRecord['identifiers']

const columns = (identifiers: Identifiers) => {
  const of = (kind: Identifiers[number]['kind']) => identifiers.find((one) => one.kind === kind)
  return {
    email: of('email')?.value ?? null,
    emailVerifiedAt: of('email')?.verifiedAt ?? null,
    username: of('username')?.value ?? null,
    phone: of('phone')?.value ?? null,
  }
}

const toRow = ({ identifiers, ...user }: UserRecord): Customer => ({ ...user, ...columns(identifiers) })

const toData = ({ identifiers, ...change }: Partial<UserRecord>): Partial<Customer> => ({
  ...change,
  ...(identifiers && columns(identifiers)),
})

const toRecord = ({ email, emailVerifiedAt, username, phone, ...user }: Customer): UserRecord => ({
  ...user,
  identifiers: [
    ...(email === null ? [] : [{ kind: 'email' as const, value: email, verifiedAt: emailVerifiedAt }]),
    ...(username === null ? [] : [{ kind: 'username' as const, value: username, verifiedAt: null }]),
    ...(phone === null ? [] : [{ kind: 'phone' as const, value: phone, verifiedAt: null }]),
  ],
})
