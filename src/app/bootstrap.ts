/**
 * The first admin of an empty house.
 *
 * Invariant: a password nobody was told never becomes a credential. It is handed over inside the transaction that creates the user, so a
 * boot that dies half-way leaves either both or a note about a user who does not exist, which the next boot replaces.
 *
 * @module
 */
import { isAuthError } from '../kernel/contract/errors.ts'
import { randomToken } from '../kernel/crypto/random.ts'
import type { Built } from './build.ts'

/** How to reach the admin who was just created. */
export interface AdminCredentials {
  readonly userId: string
  readonly identifier: string
  readonly password: string
}

/** Who is created when there is nobody. */
export interface FirstAdmin {
  /** `admin@local` unless said otherwise. */
  readonly identifier?: string
  /** Chosen by the operator and kept; without it a random one is made that must be changed at the first login. */
  readonly password?: string
  /** Told a random password before the user is committed. When it throws, there is no user. */
  handOver(credentials: AdminCredentials): Promise<void>
}

/** Creates the first admin unless somebody exists. Of several processes that boot at once, one creates and the others carry on. */
export async function seedFirstAdmin(house: Built, admin: FirstAdmin): Promise<void> {
  const users = house.service('users')
  const ctx = house.systemCtx('first admin')
  if (!(await users.isEmpty(ctx))) return
  const identifier = users.read(admin.identifier ?? 'admin@local')
  const password = admin.password ?? randomToken(15)
  const enrol = await house.service('password').provision(password, admin.password === undefined)
  try {
    await house.database.transaction(ctx, async (tx) => {
      if (!(await users.isEmpty(tx))) return
      const user = await users.create(tx, users.draft(tx, { identifier, role: 'admin', verifiedAt: tx.at }))
      await enrol(tx, user.id)
      if (admin.password === undefined) await admin.handOver({ userId: user.id, identifier: identifier.value, password })
    })
  } catch (error) {
    // Another process committed the same identifier first: its admin is the one.
    if (!isAuthError(error, 'identifier_taken')) throw error
  }
}
