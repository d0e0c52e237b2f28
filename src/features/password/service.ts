import { z } from 'zod'
import type { Active, PendingLogin } from '../../kernel/contract/access.ts'
import { AuthError, isAuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { type IssueReason, kernelIssues } from '../../kernel/contract/issues.ts'
import { passwordText } from '../../kernel/contract/schema.ts'
import type { HashCaller } from '../../kernel/crypto/hash-pool.ts'
import { randomToken } from '../../kernel/crypto/random.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Obstacle, Shown } from '../feature.ts'
import { type From, type Login, type LoginAnswer, type LoginMethod, loginErrors, type Proof } from '../login/index.ts'
import type { Furnishing, UserRecord, UsersService } from '../users/index.ts'
import type { Closing } from './closing.ts'
import type { PasswordHasher } from './hashing.ts'
import type { Begun, Change, Passwords } from './keeping.ts'
import { markOf } from './mark.ts'
import type { StoredPassword } from './store.sql.ts'

interface PasswordDeps {
  readonly users: UsersService
  readonly hasher: PasswordHasher
  readonly passwords: Passwords
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  /** What is wrong with a password for this person; empty when nothing is. */
  problems(ctx: Ctx, password: string, forbidden: readonly string[]): Promise<readonly IssueReason[]>
  readonly closing: Closing
  /** Who a hash is made for, in the line of that name. */
  callerOf(ctx: Ctx, line?: string): HashCaller
  readonly login: Pick<Login, 'reprove' | 'finish'>
}

const changeRequirement = 'password_change'
/** In whose place hashes are asked for where there is no user: neither the time nor an outage of their store tells who is known. */
const nobody = '00000000-0000-7000-8000-000000000000'
/** So long a proved factor speaks for what cannot be taken back (ASVS 5.0 V7.5.1). */
const recentMs = 10 * 60_000

/** Passwords: set, checked, upgraded, changed. */
export function createPassword({ users, hasher, passwords, transaction, problems, closing, callerOf, login }: PasswordDeps) {
  /** @throws password_rejected with a reason a person can act on, at the field the password was sent in */
  async function hashAccepted(ctx: Ctx, wish: Wish, about: readonly string[], caller: HashCaller): Promise<string> {
    const found = await problems(ctx, wish.text, about)
    if (found.length > 0) throw rejected(wish.field, found)
    return hasher.hash(wish.text, caller)
  }

  const namesOf = (user: UserRecord) => user.identifiers.map(({ value }) => value)

  const method: LoginMethod<{ password: string }> = {
    name: 'password',
    amr: 'pwd',
    input: z.strictObject({ password: passwordText() }),
    async prove(ctx, user, { password }, line) {
      const caller = callerOf(ctx, line)
      const stored = await passwords.find(ctx, user?.id ?? nobody)
      if (!user || !stored) {
        await hasher.dummy(password, caller)
        return undefined
      }
      const { ok, outdated } = await hasher.verify(password, stored.hash, caller)
      if (!ok) return undefined
      const evidence = { factor: 'password', amr: 'pwd', at: ctx.at }
      if (outdated) await improve(ctx, user.id, stored, () => hasher.hash(password, caller))
      return {
        evidence,
        restsOn: { password: markOf(stored.hash) },
        // One that was replaced since it was checked proves nothing; one whose hash was upgraded meanwhile does.
        spend: (tx) => passwords.hold(tx, user.id, stored),
      }
    },
    enrolled: passwords.isSet,
    async enrol(ctx, { password }, { identifier }) {
      const hash = await hashAccepted(ctx, { field: '/password', text: password }, [identifier], callerOf(ctx, identifier))
      return passwords.enrolment(hash, false)
    },
  }

  /** Neither a full queue nor a store that is away undoes a right password: the next login upgrades the hash. */
  async function improve(ctx: Ctx, userId: string, stored: StoredPassword, hash: () => Promise<string>): Promise<void> {
    try {
      await passwords.upgrade(ctx, userId, stored, await hash())
    } catch (error) {
      if (!isAuthError(error, 'unavailable')) throw error
    }
  }

  /**
   * Puts a password in the place of another and ends what that one opened.
   *
   * @param spend spends what the change rests on, with the user held; answers `false` when there is nothing left to spend
   * @returns whether it could
   */
  async function replace(ctx: Ctx, change: Change, spend: (tx: Tx) => Promise<boolean> = async () => true): Promise<boolean> {
    const begun = await transaction(ctx, async (tx) => {
      await users.hold(tx, change.userId)
      if (!(await spend(tx))) return undefined
      const started = await passwords.begin(tx, change)
      if (started) await closing.end(tx, change)
      if (started && !started.elsewhere) await closing.conclude(tx, change)
      return started
    })
    if (!begun?.elsewhere) return begun !== undefined
    if (!(await begun.elsewhere.write(ctx))) return false
    if (!(await begun.elsewhere.finish(ctx))) throw new AuthError(kernelErrors.unavailable) // revoked meanwhile: not the last word
    return true
  }

  /** Judges the current password of somebody who is logged in. @throws invalid_credentials | rate_limited */
  async function prove(ctx: Ctx, user: UserRecord, sessionHandle: string, current: string): Promise<StoredPassword> {
    const stored = await passwords.find(ctx, user.id)
    const proved = await login.reprove(ctx, user, sessionHandle, async (line) => {
      const { ok } = stored ? await hasher.verify(current, stored.hash, callerOf(ctx, line)) : { ok: false }
      return ok || undefined
    })
    if (!stored || !proved) throw new AuthError(loginErrors.invalid_credentials)
    return stored
  }

  /** @throws step_up_required | invalid_credentials | rate_limited; unauthorized when they are gone by now */
  async function reauthenticate(ctx: Ctx, auth: Active, { currentPassword }: Shown): Promise<void> {
    if (currentPassword !== undefined) {
      const user = await users.find(ctx, auth.userId)
      if (!user) throw new AuthError(kernelErrors.unauthorized)
      await prove(ctx, user, auth.sessionHandle, currentPassword)
      return
    }
    const isRecent = auth.evidence.some(({ at }) => ctx.at.getTime() - at.getTime() <= recentMs)
    if (!isRecent) throw new AuthError(kernelErrors.step_up_required)
  }

  /**
   * Changes the password of a logged-in user and ends their other sessions and pending logins. Wrong guesses at the current one slow down as
   * at a login.
   *
   * @throws invalid_credentials | password_rejected | rate_limited
   */
  async function change(ctx: Ctx, userId: string, sessionHandle: string, current: string, fresh: string): Promise<{ ok: true }> {
    const user = await users.get(ctx, userId)
    const stored = await prove(ctx, user, sessionHandle, current)
    const hash = await hashAccepted(ctx, { field: '/newPassword', text: fresh }, namesOf(user), callerOf(ctx, userId))
    const change: Change = { userId, hash, proved: stored, changeRequiredAt: null, by: 'user', keep: sessionHandle }
    if (!(await replace(ctx, change))) throw new AuthError(loginErrors.invalid_credentials)
    return { ok: true }
  }

  /**
   * Finishes a login that owes a new password.
   *
   * The ticket is good for the one password it was issued for. Whoever still holds one of before is told nothing about the password of now,
   * so there is nothing here to be guessed.
   *
   * @throws password_rejected | login_expired
   */
  async function finishLogin(ctx: Ctx, pending: PendingLogin, fresh: string, from: From): Promise<LoginAnswer> {
    const caller = callerOf(ctx, pending.userId)
    const user = await users.find(ctx, pending.userId)
    const stored = await passwords.find(ctx, pending.userId)
    if (!user || !stored || !isProvedBy(pending, stored)) throw new AuthError(kernelErrors.login_expired)
    const wish: Wish = { field: '/newPassword', text: fresh }
    if ((await hasher.verify(fresh, stored.hash, caller)).ok) throw rejected(wish.field, [kernelIssues.unchanged])
    const hash = await hashAccepted(ctx, wish, namesOf(user), caller)
    const change: Change = {
      userId: user.id,
      hash,
      proved: stored,
      whileOwed: true,
      changeRequiredAt: null,
      by: 'requirement',
    }
    const proof = { restsOn: { password: markOf(hash) }, ends: 'password_change', ...spending(change) }
    return login.finish(ctx, pending, changeRequirement, proof, from)
  }

  /** A change as the step of a login, whose transactions it joins: one, or where hashes are kept elsewhere the two around the write. */
  function spending(change: Change): Pick<Proof, 'ahead' | 'spend'> {
    let begun: Begun | undefined
    const declare = async (tx: Tx) => {
      begun = await passwords.begin(tx, change)
      return begun !== undefined
    }
    const spend = async (tx: Tx) => {
      if (!(await declare(tx))) return false
      await closing.conclude(tx, change)
      return true
    }
    if (!passwords.isElsewhere) return { spend }
    return {
      ahead: { declare, write: async (ctx) => (await begun?.elsewhere?.write(ctx)) ?? false },
      spend: async (tx) => (await begun?.elsewhere?.complete(tx)) ?? false,
    }
  }

  /** Gives a random password that must be changed at the next login; whatever the user had dies. */
  async function reset(ctx: Ctx, userId: string): Promise<{ temporaryPassword: string }> {
    await users.get(ctx, userId)
    const temporaryPassword = randomToken(15)
    const hash = await hasher.hash(temporaryPassword)
    if (!(await replace(ctx, { userId, hash, changeRequiredAt: ctx.at, by: 'operator' })))
      throw new AuthError(kernelErrors.unavailable)
    return { temporaryPassword }
  }

  /**
   * Chooses a password for somebody who has shown something else, and ends all they had. The slow work comes first.
   *
   * @param shown.ahead what else it proves, where our transaction does not reach, once the password is accepted
   * @param shown.spend spends it, inside the transaction; answers `false` when another caller was faster
   * @returns whether this caller spent it
   * @throws password_rejected
   */
  async function recover(ctx: Ctx, user: UserRecord, fresh: string, shown: Recovering): Promise<boolean> {
    const hash = await hashAccepted(ctx, { field: '/newPassword', text: fresh }, namesOf(user), callerOf(ctx, user.id))
    await shown.ahead()
    return replace(ctx, { userId: user.id, hash, changeRequiredAt: null, by: 'reset' }, shown.spend)
  }

  /** Puts a password in the place of one that others may know. Nobody knows the new one: the owner chooses theirs with a link. */
  async function disown(ctx: Ctx, userId: string): Promise<void> {
    if (!(await passwords.find(ctx, userId))) return
    const hash = await hasher.hash(randomToken())
    if (!(await replace(ctx, { userId, hash, changeRequiredAt: null, by: 'revert' })))
      throw new AuthError(kernelErrors.unavailable)
  }

  /** Enrols a person the operator creates at boot, together with the person. */
  async function provision(password: string, mustChange: boolean): Promise<Furnishing<void>> {
    return passwords.enrolment(await hasher.hash(password), mustChange)
  }

  async function gate(ctx: Ctx, userId: string): Promise<Obstacle | undefined> {
    const { changeRequiredAt, resetRequiredAt } = await passwords.debts(ctx, userId)
    if (resetRequiredAt !== null) return { told: loginErrors.password_reset_required }
    return changeRequiredAt === null ? undefined : { requirement: changeRequirement }
  }

  return { method, change, reauthenticate, finishLogin, reset, recover, disown, provision, gate }
}

/** What other files of this feature see. */
export type Password = ReturnType<typeof createPassword>

/** What somebody shows in place of the password they do not know. */
export interface Recovering {
  ahead(): Promise<void>
  spend(tx: Tx): Promise<boolean>
}

/** A password somebody wants to have, and the field of the input it came in. */
interface Wish {
  readonly field: `/${string}`
  readonly text: string
}

const rejected = (pointer: string, reasons: readonly IssueReason[]): AuthError =>
  new AuthError(loginErrors.password_rejected, { issues: reasons.map((reason) => ({ pointer, ...reason })) })

/** Whether the password is still the one this login began with. */
function isProvedBy({ restsOn }: PendingLogin, { hash, upgradedFrom }: StoredPassword): boolean {
  return restsOn.password !== undefined && [markOf(hash), upgradedFrom].includes(restsOn.password)
}
