/**
 * Password hashes in a store of the application; what is owed, which hash is a better one of which, and which change was the last stays with us.
 *
 * Invariant: no session is older than the password that is in force, whenever a process dies. Their store cannot join our transaction, so a
 * change takes three steps: a transaction of ours ends what the old password opened and declares an intent; their compare-and-set decides;
 * a second transaction completes the intent. While one stands, nothing is opened with the old password; one whose owner has died is
 * completed when its hash got there, and revoked when it did not.
 *
 * @module
 */
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { equal } from '../../kernel/crypto/random.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Checkup } from '../feature.ts'
import { askForeign } from '../foreign.ts'
import type { Closing } from './closing.ts'
import type { Intent, IntentStore } from './intents.sql.ts'
import type { Begun, Change, Passwords } from './keeping.ts'
import { markOf } from './mark.ts'
import type { PasswordStore, StoredPassword } from './store.sql.ts'
import type { IPasswordStore } from './store.ts'

interface Deps {
  readonly port: IPasswordStore
  own(ctx: Ctx): PasswordStore
  readonly intents: IntentStore
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  holdUser(tx: Tx, userId: string): Promise<void>
  readonly closing: Closing
  newId(): string
}

/** How old an intent is before its owner is taken for dead: between its two transactions stands one call of their store. */
export const abandonedMs = 10_000
const forgottenMs = 24 * 60 * 60_000

/** Who meets an intent waits this long for its owner, and looks this often. */
const [patienceMs, lookMs] = [2_000, 25]

/** Puts the application's store in the place of ours. */
export function foreignPasswords({ port, own, intents, transaction, holdUser, closing, newId }: Deps) {
  const hashAt = async (ctx: Ctx, userId: string) => (await askForeign(ctx, () => port.find(userId))) ?? undefined
  const swap = (ctx: Ctx, userId: string, from: string, to: string) => askForeign(ctx, () => port.set(userId, to, from))

  /** Only while their hash is the one of our upgrade: they may have set another one since. */
  const upgradedTo = (hash: string, kept: StoredPassword | undefined) =>
    kept && equal(kept.hash, markOf(hash)) ? kept.upgradedFrom : null

  /** Our row is read before their hash: a change in between is found out by {@link isUnchanged}. */
  async function read(ctx: Ctx, userId: string): Promise<StoredPassword | undefined> {
    const kept = await own(ctx).find(userId)
    const hash = await hashAt(ctx, userId)
    if (hash === undefined) return undefined
    const { changeRequiredAt = null, lastChange = null } = kept ?? {}
    return { hash, changeRequiredAt, lastChange, upgradedFrom: upgradedTo(hash, kept) }
  }

  async function find(ctx: Ctx, userId: string): Promise<StoredPassword | undefined> {
    await settled(ctx, userId)
    const stored = await read(ctx, userId)
    return stored?.changeRequiredAt ? withoutLapsed(ctx, userId, stored) : stored
  }

  /** A debt lapses with the password it was laid on: once they have set another one, nobody is locked out by it. */
  async function withoutLapsed(ctx: Ctx, userId: string, stored: StoredPassword): Promise<StoredPassword> {
    const mark = (await own(ctx).find(userId))?.hash
    const stands = mark === undefined || equal(mark, markOf(stored.hash))
    return stands || !(await own(ctx).lapse(userId, mark)) ? stored : { ...stored, changeRequiredAt: null }
  }

  /** Waits until no change is under way. @throws unavailable when one stays: neither the old password nor the new one is sure then */
  async function settled(ctx: Ctx, userId: string): Promise<void> {
    for (let waited = 0; waited < patienceMs; waited += lookMs) {
      const intent = await intents.standing(ctx, userId)
      if (!intent || (isAbandoned(intent, ctx.at) && (await settle(intent, ctx.at)))) return
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
    const intent = await intents.standing(ctx, userId)
    if (intent && !(await completed(intent, ctx.at))) throw new AuthError(kernelErrors.unavailable, { retryAfterSeconds: 5 })
  }

  const isAbandoned = ({ declaredAt }: Intent, at: Date) => at.getTime() - declaredAt.getTime() >= abandonedMs

  /** Of an intent whose owner is gone: completes what got there and gives up what did not. */
  async function settle(intent: Intent, at: Date): Promise<true> {
    if (await completed(intent, at)) return true
    const ctx = callerOf(intent, at)
    if (at.getTime() - intent.declaredAt.getTime() > forgottenMs) await intents.consume(ctx, intent.id, true)
    // Remembered: an owner who was only slow may still get there, and dies perhaps after that.
    else if (!intent.revokedAt) await intents.revoke(ctx, intent.id)
    return true
  }

  /** Completes a change for its owner. @returns whether its hash is the one that is there */
  async function completed(intent: Intent, at: Date): Promise<boolean> {
    const ctx = callerOf(intent, at)
    const stored = await read(ctx, intent.userId)
    if (!stored || !equal(markOf(stored.hash), intent.target)) return false
    await transaction(ctx, async (tx) => {
      await holdUser(tx, intent.userId)
      // Where another change was completed since, that one says what is owed.
      if ((await lastChange(tx, intent.userId)) === stored.lastChange && (await intents.consume(tx, intent.id, true)))
        await stand(tx, intent)
    })
    return true
  }

  /** In the transaction that consumed the intent: a session that began since the first one is older than the password too. */
  async function stand(tx: Tx, { id, userId, changeRequiredAt, by, keep, target }: Intent) {
    await own(tx).set(userId, target, changeRequiredAt, id)
    await closing.end(tx, { userId, by, ...(keep !== null && { keep }) })
    await closing.conclude(tx, { userId, by })
  }

  const lastChange = async (ctx: Ctx, userId: string) => (await own(ctx).find(userId))?.lastChange ?? null

  /** Asked while the user is held. */
  async function isUnchanged(tx: Tx, userId: string, proved: StoredPassword): Promise<boolean> {
    return (await intents.standing(tx, userId)) === undefined && (await lastChange(tx, userId)) === proved.lastChange
  }

  async function begin(tx: Tx, change: Change): Promise<Begun | undefined> {
    const { userId, proved, whileOwed, changeRequiredAt, by, keep = null } = change
    if (!proved) await intents.revokeAll(tx, userId)
    else if (!(await isUnchanged(tx, userId, proved))) return undefined
    if (whileOwed && (await own(tx).find(userId))?.changeRequiredAt == null) return undefined
    const { poolId, tenantId, actor } = tx
    const about = { userId, by, changeRequiredAt, keep, target: markOf(change.hash), caller: { tenantId, actor } }
    const intent: Intent = { ...about, poolId, id: newId(), declaredAt: tx.at, revokedAt: null }
    await intents.declare(tx, intent)
    const isLast = async (on: Ctx) => (await lastChange(on, userId)) === intent.id

    async function complete(inside: Tx): Promise<boolean> {
      if (await intents.consume(inside, intent.id, false)) {
        await stand(inside, intent)
        return true
      }
      return isLast(inside) // somebody may have completed it for us
    }
    async function finish(ctx: Ctx): Promise<boolean> {
      const isComplete = await transaction(ctx, async (inside) => {
        await holdUser(inside, userId)
        return complete(inside)
      })
      // Given up for dead, or overtaken by an operator.
      return isComplete || ((await completed(intent, ctx.at)) && isLast(ctx))
    }
    return {
      elsewhere: {
        async write(ctx) {
          const isWritten = await write(ctx, change)
          if (!isWritten) await intents.consume(ctx, intent.id, true)
          return isWritten
        },
        complete,
        finish,
      },
    }
  }

  /** @throws unavailable when nobody can say whether the hash got there: the intent stands, and is settled by whoever meets it */
  async function write(ctx: Ctx, { userId, hash, proved }: Change): Promise<boolean> {
    try {
      if (!proved) return await askForeign(ctx, () => port.set(userId, hash))
      if (await swap(ctx, userId, proved.hash, hash)) return true
      const now = await read(ctx, userId)
      const isBetter = now?.upgradedFrom != null && equal(now.upgradedFrom, markOf(proved.hash))
      return isBetter && (await swap(ctx, userId, now.hash, hash))
    } catch (error) {
      const kept = await hashAt(ctx, userId).catch(() => undefined)
      if (kept !== undefined && equal(kept, hash)) return true
      throw error
    }
  }

  /** Settles every change whose owner has died. */
  async function settleAbandoned(at: Date): Promise<void> {
    const abandoned = await intents.declaredBefore(new Date(at.getTime() - abandonedMs))
    const outcomes = await Promise.allSettled(abandoned.map((intent) => settle(intent, at)))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }

  const passwords: Passwords = {
    isElsewhere: true,
    find,
    isSet: async () => true,
    debts: (ctx, userId) => own(ctx).debts(userId),
    hold: isUnchanged,
    async upgrade(ctx, userId, { hash }, better) {
      if (await swap(ctx, userId, hash, better)) await own(ctx).noteUpgrade(userId, hash, better)
    },
    begin,
    oweChange: (tx, userId, { hash, lastChange: last }) => own(tx).set(userId, markOf(hash), tx.at, last),
    enrolment: (hash, changeRequired) => ({
      async ahead(ctx, userId) {
        // Nobody may be there without what opens the door for them.
        if (!(await askForeign(ctx, () => port.set(userId, hash)))) throw new AuthError(kernelErrors.unavailable)
      },
      within: (tx, userId) => own(tx).set(userId, markOf(hash), changeRequired ? tx.at : null),
    }),
  }

  /** Takes the hash back of somebody who never came to be. */
  async function takeBack(ctx: Ctx, userId: string): Promise<void> {
    const hash = await hashAt(ctx, userId)
    if (hash !== undefined) await askForeign(ctx, () => port.set(userId, null, hash))
  }

  return { passwords, settleAbandoned, takeBack }
}

const callerOf = ({ poolId, caller }: Intent, at: Date): Ctx => ({ poolId, ...caller, at })

/** Looks for the hash of a person nobody is. */
export const passwordsCheckup = (port: IPasswordStore): Checkup => ({
  store: 'passwords',
  port,
  required: ['find', 'set'],
  optional: {},
  async look(ctx, nobody) {
    const hash = await askForeign(ctx, () => port.find(nobody))
    if (hash !== null && hash !== undefined) throw new Error('it answers with a hash for a person there is not')
  },
})
