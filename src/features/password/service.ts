import { z } from 'zod'
import type { PendingLogin, Presented } from '../../kernel/contract/access.ts'
import { AuthError, isAuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { passwordText } from '../../kernel/contract/schema.ts'
import type { HashCaller } from '../../kernel/crypto/hash-pool.ts'
import { randomToken } from '../../kernel/crypto/random.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Gives, Obstacle } from '../feature.ts'
import { type Login, type LoginAnswer, type LoginMethod, loginErrors, type Proof } from '../login/index.ts'
import type { UserRecord, UsersService } from '../users/index.ts'
import type { PasswordHasher } from './hashing.ts'
import { markOf } from './mark.ts'
import type { PasswordStore, StoredPassword } from './store.sql.ts'

interface PasswordDeps {
  readonly users: UsersService
  readonly hasher: PasswordHasher
  store(ctx: Ctx): PasswordStore
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Codes of what is wrong with a password for this person; empty when nothing is. */
  problems(password: string, forbidden: readonly string[]): Promise<readonly string[]>
  authentications(): readonly Gives['authentications'][]
  /** Who a hash is made for, in the line of that name. */
  callerOf(ctx: Ctx, line?: string): HashCaller
  readonly login: Pick<Login, 'reprove' | 'finish'>
}

const changeRequirement = 'password_change'

/** Passwords: set, checked, upgraded, changed. */
export function createPassword({ users, hasher, store, transaction, problems, authentications, callerOf, login }: PasswordDeps) {
  /** @throws password_rejected with a reason a person can act on, at the field the password was sent in */
  async function hashAccepted(wish: Wish, about: readonly string[], caller: HashCaller): Promise<string> {
    const found = await problems(wish.text, about)
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
      const stored = user && (await store(ctx).find(user.id))
      if (!user || !stored) {
        await hasher.dummy(password, caller)
        return undefined
      }
      const { ok, outdated } = await hasher.verify(password, stored.hash, caller)
      if (!ok) return undefined
      const evidence = { factor: 'password', amr: 'pwd', at: ctx.at }
      const better = outdated ? await rehash(password, caller) : undefined
      return {
        evidence,
        restsOn: { password: markOf(stored.hash) },
        spend: (tx) => stillHolds(tx, user.id, stored.hash, better),
      }
    },
    async enrol(ctx, { password }, { identifier }) {
      const hash = await hashAccepted({ field: '/password', text: password }, [identifier], callerOf(ctx, identifier))
      return (tx, userId) => store(tx).set(userId, hash, null)
    },
  }

  /** A full queue does not undo a right password: the next login upgrades the hash. */
  async function rehash(password: string, caller: HashCaller): Promise<string | undefined> {
    try {
      return await hasher.hash(password, caller)
    } catch (error) {
      if (isAuthError(error, 'unavailable')) return undefined
      throw error
    }
  }

  /** A password that was replaced since it was checked proves nothing; one whose hash another login has upgraded meanwhile does. */
  async function stillHolds(tx: Tx, userId: string, proved: string, better: string | undefined): Promise<boolean> {
    const upgraded = better !== undefined && (await store(tx).upgrade(userId, proved, better))
    return upgraded || store(tx).hold(userId, proved)
  }

  /**
   * Changes the password of a logged-in user and ends their other sessions and pending logins. Wrong guesses at the current one slow down as
   * at a login.
   *
   * @throws invalid_credentials | password_rejected | rate_limited
   */
  async function change(ctx: Ctx, userId: string, sessionHandle: string, current: string, fresh: string): Promise<{ ok: true }> {
    const user = await users.get(ctx, userId)
    const stored = await store(ctx).find(userId)
    const proved = await login.reprove(ctx, user, sessionHandle, async (line) => {
      const { ok } = stored ? await hasher.verify(current, stored.hash, callerOf(ctx, line)) : { ok: false }
      return ok || undefined
    })
    if (!stored || !proved) throw new AuthError(loginErrors.invalid_credentials)
    const hash = await hashAccepted({ field: '/newPassword', text: fresh }, namesOf(user), callerOf(ctx, userId))
    await transaction(ctx, async (tx) => {
      await users.hold(tx, userId)
      if (!(await store(tx).replace(userId, stored.hash, hash))) throw new AuthError(loginErrors.invalid_credentials)
      for (const other of authentications()) await other.endAll(tx, userId, 'password_change', sessionHandle)
      tx.emit('identity.user.password.changed', { userId, data: { by: 'user' }, audit: { target: userId } })
    })
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
  async function finishLogin(ctx: Ctx, pending: PendingLogin, fresh: string, presented: Presented): Promise<LoginAnswer> {
    const caller = callerOf(ctx, pending.userId)
    const user = await users.find(ctx, pending.userId)
    const stored = await store(ctx).find(pending.userId)
    if (!user || !stored || !isProvedBy(pending, stored)) throw new AuthError(kernelErrors.login_expired)
    const wish: Wish = { field: '/newPassword', text: fresh }
    if ((await hasher.verify(fresh, stored.hash, caller)).ok) throw rejected(wish.field, ['unchanged'])
    const hash = await hashAccepted(wish, namesOf(user), caller)
    const proof: Proof = {
      restsOn: { password: markOf(hash) },
      ends: 'password_change',
      spend: (tx) => spendChange(tx, user.id, stored.hash, hash),
    }
    return login.finish(ctx, pending, changeRequirement, proof, presented)
  }

  async function spendChange(tx: Tx, userId: string, proved: string, fresh: string): Promise<boolean> {
    const replaced = await store(tx).replaceOwed(userId, proved, fresh)
    if (replaced) tx.emit('identity.user.password.changed', { userId, data: { by: 'requirement' }, audit: { target: userId } })
    return replaced
  }

  /** Gives a random password that must be changed at the next login; whatever the user had dies. */
  async function reset(ctx: Ctx, userId: string): Promise<{ temporaryPassword: string }> {
    await users.get(ctx, userId)
    const temporaryPassword = randomToken(15)
    const hash = await hasher.hash(temporaryPassword)
    await transaction(ctx, async (tx) => {
      await users.raiseTokenVersion(tx, userId)
      await store(tx).set(userId, hash, tx.at)
      for (const other of authentications()) await other.endAll(tx, userId, 'password_reset')
      tx.emit('identity.user.password.changed', { userId, data: { by: 'operator' }, audit: { target: userId } })
    })
    return { temporaryPassword }
  }

  /** Enrols a person the operator creates at boot, in the same transaction as the person. */
  async function provision(password: string, mustChange: boolean) {
    const hash = await hasher.hash(password)
    return (tx: Tx, userId: string) => store(tx).set(userId, hash, mustChange ? tx.at : null)
  }

  async function gate(ctx: Ctx, userId: string): Promise<Obstacle | undefined> {
    const owed = (await store(ctx).find(userId))?.changeRequiredAt ?? null
    return owed === null ? undefined : { requirement: changeRequirement }
  }

  return { method, change, finishLogin, reset, provision, gate }
}

/** A password somebody wants to have, and the field of the input it came in. */
interface Wish {
  readonly field: `/${string}`
  readonly text: string
}

const rejected = (pointer: string, problems: readonly string[]): AuthError =>
  new AuthError(loginErrors.password_rejected, { issues: problems.map((message) => ({ pointer, message })) })

/** Whether the password is still the one this login began with. */
function isProvedBy({ restsOn }: PendingLogin, { hash, upgradedFrom }: StoredPassword): boolean {
  return restsOn.password !== undefined && [markOf(hash), upgradedFrom].includes(restsOn.password)
}
