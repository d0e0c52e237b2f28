/**
 * What an operator demands of a user without learning a password: that they choose one, for the first time or anew.
 *
 * Invariant: nobody but the user ever sees what opens the account. The link is made when the mail is written, and answers hold no secret.
 * Without a mail that reaches the user nothing is demanded: it would lock them out.
 *
 * @module
 */
import { AuthError } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { type NewUser, toUser, type UserRecord, type UsersService } from '../users/index.ts'
import type { Closing } from './closing.ts'
import { E } from './contract.ts'
import type { Recovery } from './recovery.ts'

interface DemandsDeps {
  readonly users: UsersService
  /** Absent where mail is off. */
  readonly recovery: Pick<Recovery, 'oweDemand' | 'oweWelcome'> | undefined
  readonly closing: Pick<Closing, 'end'>
  hasPassword(ctx: Ctx, userId: string): Promise<boolean>
  demandReset(tx: Tx, userId: string): Promise<void>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** A user as an operator names them. */
type Wished = Omit<NewUser, 'identifier'> & { readonly identifier: string }

/** Builds what operators may demand. */
export function createDemands({ users, recovery, closing, hasPassword, demandReset, transaction }: DemandsDeps) {
  /** @throws reset_needs_mail */
  function mailTo(user: UserRecord) {
    if (!recovery || toUser(user, '').email === null) throw new AuthError(E.reset_needs_mail)
    return recovery
  }

  /**
   * Ends whatever the user is logged in by, and lets nobody in until they have chosen a new password with the link of a mail. Asked again it
   * sends another mail. Somebody who has no password yet has nothing to be ended: they get the mail of a new account.
   *
   * @throws not_found | reset_needs_mail
   */
  async function requireReset(ctx: Ctx, userId: string): Promise<void> {
    const mail = mailTo(await users.get(ctx, userId))
    if (!(await hasPassword(ctx, userId))) return void (await transaction(ctx, (tx) => mail.oweWelcome(tx, userId)))
    await transaction(ctx, async (tx) => {
      await users.hold(tx, userId)
      await demandReset(tx, userId)
      await closing.end(tx, { userId, by: 'operator' })
      tx.emit('identity.user.password.reset-required', { userId, data: {}, audit: { target: userId } })
      await mail.oweDemand(tx, userId)
    })
  }

  /**
   * Creates a user who chooses their password with the link of a mail. Until then there is none, so nobody can log in as them.
   *
   * @throws identifier_taken | reset_needs_mail | validation_failed
   */
  async function provision(ctx: Ctx, { identifier, ...rest }: Wished) {
    const user = users.draft(ctx, { identifier: users.read(identifier), ...rest })
    const mail = mailTo(user)
    await users.create(ctx, user, { within: (tx) => mail.oweWelcome(tx, user.id), isGreeted: true })
    return users.adminView(ctx, user)
  }

  return { requireReset, provision }
}
