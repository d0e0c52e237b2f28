import { z } from 'zod'
import type { PendingLogin, Presented } from '../../kernel/contract/access.ts'
import { AuthError, isAuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { passwordText } from '../../kernel/contract/schema.ts'
import type { HashCaller } from '../../kernel/crypto/hash-pool.ts'
import { randomToken } from '../../kernel/crypto/random.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Gives, Obstacle } from '../feature.ts'
import { type Login, type LoginAnswer, type LoginMethod, loginErrors } from '../login/index.ts'
import type { UserRecord, UsersService } from '../users/index.ts'
import type { PasswordHasher } from './hashing.ts'
import type { PasswordStore } from './store.sql.ts'

interface PasswordDeps {
  readonly users: UsersService
  readonly hasher: PasswordHasher
  store(ctx: Ctx): PasswordStore
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Codes of what is wrong with a password for this person; empty when nothing is. */
  problems(password: string, forbidden: readonly string[]): Promise<readonly string[]>
  endSessions(tx: Tx, userId: string, keep?: string): Promise<unknown>
  authentications(): readonly Gives['authentications'][]
  /** Who a hash is made for, in the line of that name. */
  callerOf(ctx: Ctx, line?: string): HashCaller
  readonly login: Pick<Login, 'reprove' | 'finish'>
}

const changeRequirement = 'password_change'

/** Passwords: set, checked, upgraded, changed. */
export function createPassword({
  users,
  hasher,
  store,
  transaction,
  problems,
  endSessions,
  authentications,
  callerOf,
  login,
}: PasswordDeps) {
  /** @throws password_rejected with a reason a person can act on */
  async function hashAccepted(password: string, about: readonly string[], caller: HashCaller): Promise<string> {
    const [problem, ...more] = await problems(password, about)
    if (problem !== undefined) {
      const issues = [problem, ...more].map((message) => ({ pointer: '/password', message }))
      throw new AuthError(loginErrors.password_rejected, { issues })
    }
    return hasher.hash(password, caller)
  }

  const namesOf = (user: UserRecord) => user.identifiers.map(({ value }) => value)

  const method: LoginMethod<{ password: string }> = {
    name: 'password',
    amr: 'pwd',
    input: z.strictObject({ password: passwordText() }),
    enrolled: async (ctx, userId) => (await store(ctx).find(userId)) !== undefined,
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
      // Asked again inside: a password that was changed since must not start a session (CC-04).
      if (better === undefined) return { evidence, spend: (tx) => store(tx).isCurrent(user.id, stored.hash) }
      return { evidence, spend: (tx) => upgrade(tx, user.id, stored.hash, better) }
    },
    async enrol(ctx, { password }, { identifier }) {
      const hash = await hashAccepted(password, [identifier], callerOf(ctx, identifier))
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

  /** @throws unavailable when another hash was set since: of the same password by a login beside this one, or of another. A retry tells. */
  async function upgrade(tx: Tx, userId: string, current: string, better: string): Promise<true> {
    if (await store(tx).upgrade(userId, current, better)) return true
    throw new AuthError(kernelErrors.unavailable, { retryAfterSeconds: 1 })
  }

  /**
   * Changes the password of a logged-in user and ends their other sessions. Wrong guesses at the current one slow down as at a login.
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
    const hash = await hashAccepted(fresh, namesOf(user), callerOf(ctx, userId))
    await transaction(ctx, async (tx) => {
      await users.hold(tx, userId)
      if (!(await store(tx).replace(userId, stored.hash, hash))) throw new AuthError(loginErrors.invalid_credentials)
      await endSessions(tx, userId, sessionHandle)
      tx.emit('identity.user.password.changed', { userId, data: { by: 'user' }, audit: { target: userId } })
    })
    return { ok: true }
  }

  /**
   * Finishes a login that owes a new password.
   *
   * @throws password_rejected | login_expired
   */
  async function finishLogin(ctx: Ctx, pending: PendingLogin, fresh: string, presented: Presented): Promise<LoginAnswer> {
    const caller = callerOf(ctx, pending.userId)
    const user = await users.get(ctx, pending.userId)
    const stored = await store(ctx).find(user.id)
    if (!stored) throw new AuthError(loginErrors.invalid_credentials)
    if ((await hasher.verify(fresh, stored.hash, caller)).ok) {
      const issues = [{ pointer: '/newPassword', message: 'unchanged' }]
      throw new AuthError(loginErrors.password_rejected, { issues })
    }
    const hash = await hashAccepted(fresh, namesOf(user), caller)
    const proof = { spend: (tx: Tx) => spendChange(tx, user.id, stored.hash, hash) }
    return login.finish(ctx, pending, changeRequirement, proof, presented)
  }

  async function spendChange(tx: Tx, userId: string, current: string, fresh: string): Promise<boolean> {
    const replaced = await store(tx).replace(userId, current, fresh)
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
