/**
 * A password that has to be chosen, for the first time or anew: because an operator demands it without learning one, or because the user says
 * that somebody else was in their account.
 *
 * Invariant: nobody but the user ever sees what opens the account. The link is made when the mail is written, and answers hold no secret.
 * Without a mail that reaches the user no link is demanded: it would lock them out.
 *
 * @module
 */
import type { Active } from '../../kernel/contract/access.ts'
import type { Granted } from '../../kernel/contract/endpoint.ts'
import { AuthError } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { SessionsService } from '../sessions/index.ts'
import { type NewUser, toUser, type UserRecord, type UsersService } from '../users/index.ts'
import type { Closing } from './closing.ts'
import { E } from './contract.ts'
import { formatOf } from './foreign-hashes.ts'
import type { Passwords } from './keeping.ts'
import type { Recovery } from './recovery.ts'
import type { PasswordStore } from './store.sql.ts'

interface DemandsDeps {
  readonly users: UsersService
  /** Absent where mail is off. */
  readonly recovery: Pick<Recovery, 'oweDemand' | 'oweNotMe' | 'oweWelcome'> | undefined
  readonly closing: Pick<Closing, 'end'>
  readonly sessions: Pick<SessionsService, 'assertAlive'>
  readonly passwords: Pick<Passwords, 'find' | 'oweChange'>
  demandReset(tx: Tx, userId: string): Promise<void>
  findDates: (ctx: Ctx, userId: string) => ReturnType<PasswordStore['findDates']>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** A user as an operator names them. */
type Wished = Omit<NewUser, 'identifier'> & { readonly identifier: string }

/** Builds what may be demanded. */
export function createDemands(deps: DemandsDeps) {
  const { users, sessions, recovery, closing, passwords, findDates, demandReset, transaction } = deps

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
    if (!(await passwords.find(ctx, userId))) return invite(ctx, userId, mail)
    await transaction(ctx, async (tx) => {
      await users.hold(tx, userId)
      await demandReset(tx, userId)
      await closing.end(tx, { userId, by: 'operator' })
      tx.emit('identity.user.password.reset-required', { userId, data: {}, audit: { target: userId } })
      await mail.oweDemand(tx, userId)
    })
  }

  const invite = (ctx: Ctx, userId: string, mail: ReturnType<typeof mailTo>): Promise<void> =>
    transaction(ctx, async (tx) => {
      await mail.oweWelcome(tx, userId)
      tx.emit('identity.user.invited', { userId, data: {}, audit: { target: userId } })
    })

  /** What an operator may know of somebody's password. @throws not_found */
  async function state(ctx: Ctx, userId: string) {
    await users.get(ctx, userId)
    const [stored, dates] = [await passwords.find(ctx, userId), await findDates(ctx, userId)]
    const isSet = stored !== undefined
    return {
      isSet,
      format: (stored && formatOf(stored.hash)) ?? null,
      changedAt: isSet ? (dates?.changed_at ?? null) : null,
      changeRequiredAt: dates?.change_required_at ?? null,
      resetRequiredAt: dates?.reset_required_at ?? null,
    }
  }

  /**
   * Creates a user who chooses their password with the link of a mail. Until then there is none, so nobody can log in as them.
   *
   * @throws identifier_taken | operator_role | reset_needs_mail | validation_failed
   */
  async function provision(ctx: Ctx, { identifier, ...rest }: Wished) {
    users.assertGivable(ctx, rest.role)
    const user = users.draft(ctx, { identifier: users.read(identifier), ...rest })
    const mail = mailTo(user)
    await users.create(ctx, user, { within: (tx) => mail.oweWelcome(tx, user.id), isGreeted: true })
    return users.adminView(ctx, user)
  }

  /**
   * For a user who finds somebody else in their account: all that anybody is logged in by ends, the caller's too, and the password opens
   * nothing by itself any more.
   *
   * @throws unauthorized when they were thrown out meanwhile
   */
  async function notMe(ctx: Ctx, auth: Active, entry: string | undefined): Promise<Granted<{ next: 'mail' | 'login' }>> {
    const { userId } = auth
    const user = await users.get(ctx, userId)
    const mail = toUser(user, '').email === null ? undefined : recovery
    const current = await passwords.find(ctx, userId)
    await transaction(ctx, async (tx) => {
      await users.hold(tx, userId)
      await sessions.assertAlive(tx, auth)
      if (mail) await demandReset(tx, userId)
      else if (current) await passwords.oweChange(tx, userId, current)
      await closing.end(tx, { userId, by: 'reset' })
      const data = { ...(entry !== undefined && { entry }) }
      tx.emit('identity.user.intrusion-reported', { userId, data, audit: { target: userId } })
      if (mail) await mail.oweNotMe(tx, userId)
    })
    return { value: { next: mail ? 'mail' : 'login' }, grant: { clear: ['session', 'login'] } }
  }

  return { state, requireReset, provision, notMe }
}
