/**
 * The first admin of an empty house: the owner of its panel.
 *
 * Invariant: a password nobody was told never becomes a credential. It is handed over inside the transaction that creates the user, so a
 * boot that dies half-way leaves either both or a note about a user who does not exist, which the next boot replaces.
 *
 * @module
 */
import { BootError } from '../kernel/config/boot-error.ts'
import { isAuthError } from '../kernel/contract/errors.ts'
import { randomToken } from '../kernel/crypto/random.ts'
import type { Ctx } from '../kernel/ctx.ts'
import { product } from '../kernel/product.ts'
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

/**
 * Creates the first admin unless somebody exists. Of several processes that boot at once, one creates and the others carry on.
 *
 * @throws BootError for an identifier or a password that a user could not choose either
 */
export async function seedFirstAdmin(house: Built, admin: FirstAdmin): Promise<void> {
  const users = house.service('users')
  const ctx = house.systemCtx('first admin')
  // Who exists in a store of the application is the application's to say.
  if (users.isForeign || !(await users.isEmpty(ctx))) return
  const identifier = users.parse(admin.identifier ?? 'admin@local')
  if (!identifier)
    throw new BootError('the first admin has no usable identifier', `Set ${product.envPrefix}ADMIN_EMAIL to an e-mail address.`)
  const password = admin.password ?? randomToken(15)
  const enrolment =
    admin.password === undefined
      ? await house.service('password').provision(password, true)
      : await enrolChosen(house, ctx, admin.password, identifier.value)
  try {
    await users.create(ctx, users.draft(ctx, { identifier, role: 'owner', verifiedAt: ctx.at }), {
      ahead: enrolment.ahead,
      async within(tx, userId) {
        // Processes follow one another: who waited here sees the admin of who was first.
        for (const lock of house.database.engine.migrationLock) await tx.query`${lock}`
        const { users: everybody } = await users.list(tx, { limit: 2, cursor: undefined })
        if (everybody.length > 1) throw new SomebodyIsThere()
        await enrolment.within(tx, userId)
        if (admin.password === undefined) await admin.handOver({ userId, identifier: identifier.value, password })
      },
    })
  } catch (error) {
    // Somebody came, perhaps under this name, while we looked: the house is not empty any more.
    if (!(error instanceof SomebodyIsThere) && !isAuthError(error, 'identifier_taken')) throw error
  }
}

class SomebodyIsThere extends Error {}

/** The operator's choice is judged like anybody's: this is the account an attacker tries first. */
async function enrolChosen(house: Built, ctx: Ctx, password: string, identifier: string) {
  const { enrol } = house.service('password').method
  if (!enrol) throw new Error('the password method enrols nobody')
  try {
    return await enrol(ctx, { password }, { identifier })
  } catch (error) {
    if (!isAuthError(error, 'password_rejected')) throw error
    const why = error.issues?.map(({ code }) => code.replaceAll('_', ' ')).join(', ')
    throw new BootError(
      `the password of the first admin is refused: ${why}`,
      `Set ${product.envPrefix}ADMIN_PASSWORD to one that is long and not a common one, or leave it out for a random one.`,
      error,
    )
  }
}
