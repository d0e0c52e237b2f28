/**
 * That somebody stays who decides who operates the house.
 *
 * Invariant: two owners who take each other's right at the same moment cannot both succeed: whoever takes one holds the
 * one lock of the pool's owners first (`holdOwners`).
 *
 * @module
 */
import { AuthError } from '../../kernel/contract/errors.ts'
import type { Tx } from '../../kernel/ctx.ts'
import { type UserRecord, type UsersService, usersErrors } from '../users/index.ts'
import type { Entry } from './entry.ts'

interface OwnersDeps {
  readonly users: Pick<UsersService, 'list'>
  holdOwners(tx: Tx): Promise<void>
  entryOf(tx: Tx, user: UserRecord): Promise<Entry>
}

/** Far more than a house has. */
const most = 100

/**
 * Somebody has to stay who decides who operates the house: an owner who can log in. Whoever has to do something by mail first cannot stand in for
 * another; while no other is left they stay as well, or a reset that somebody demands of them would take the house from them.
 */
export function createOwners({ users, holdOwners, entryOf }: OwnersDeps) {
  /** @throws last_owner when nobody would be left */
  return async function assertNotLast(tx: Tx, user: UserRecord): Promise<void> {
    if (user.role !== 'owner' || (await entryOf(tx, user)) === 'closed') return
    await holdOwners(tx)
    const { users: owners } = await users.list(tx, { role: 'owner', limit: most })
    for (const other of owners) if (other.id !== user.id && (await entryOf(tx, other)) === 'open') return
    throw new AuthError(usersErrors.last_owner)
  }
}
