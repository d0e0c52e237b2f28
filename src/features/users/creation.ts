/**
 * Creating a person: whole, or not at all.
 *
 * Invariant: nobody is ever there without what opens the door for them. In our tables that is one transaction. Stores of the application
 * cannot join it, so the order is fixed: an intent of ours, their row of the person, what opens the door where that is theirs too, then
 * one transaction that fulfils the intent and writes the rest. One guarded statement fulfils an intent or revokes it, so of the
 * transaction and the clean-up after a crash exactly one gets through. Until it is fulfilled nobody logs in as that person.
 *
 * @module
 */
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { withoutDeadline } from '../../kernel/deadline.ts'
import type { Intent, IntentStore } from './intents.sql.ts'
import type { UserRecord, UserStore } from './store.ts'

/** What a person comes with. */
export interface Furnishing<T> {
  /** Written where our transaction does not reach: before it. */
  readonly ahead?: ((ctx: Ctx, userId: string) => Promise<void>) | undefined
  /** Written in the transaction that makes the person real. */
  within(tx: Tx, userId: string): Promise<T>
  /** Whether they are written to anyway, with a link that proves their address. */
  readonly isGreeted?: true
}

/** Takes back what a feature wrote ahead for somebody who never came to be. */
export type Leftovers = (ctx: Ctx, userId: string) => Promise<void>

/** Owes somebody who is about to be there what every newcomer gets, in the transaction that makes them real. */
export type Welcome = (tx: Tx, user: UserRecord) => Promise<void>

interface CreationDeps {
  store(ctx: Ctx): UserStore
  /** Whether people live in a store of the application. */
  readonly isForeign: boolean
  readonly intents: IntentStore
  leftovers(): readonly Leftovers[]
  welcomes(): readonly Welcome[]
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** How old an intent is before its owner is taken for dead. Longer than any request lives. */
export const abandonedMs = 60_000
const forgottenMs = 24 * 60 * 60_000

/** Builds `create` and the clean-up after a crash. */
export function createCreation({ store, isForeign, intents, leftovers, welcomes, transaction }: CreationDeps) {
  /**
   * Creates a person with what belongs to them.
   *
   * @throws identifier_taken | unavailable
   */
  async function create<T>(ctx: Ctx, user: UserRecord, { ahead, within, isGreeted }: Furnishing<T>): Promise<T> {
    const real = async (tx: Tx): Promise<T> => {
      if (!isForeign) await store(tx).create(user)
      const identifiers = user.identifiers.map(({ kind }) => kind)
      tx.emit('identity.user.created', { userId: user.id, data: { role: user.role, identifiers }, audit: { target: user.id } })
      if (!isGreeted) for (const welcome of welcomes()) await welcome(tx, user)
      return within(tx, user.id)
    }
    if (!isForeign && !ahead) return transaction(ctx, real)
    await intents.declare(ctx, user.id)
    try {
      if (isForeign) await store(ctx).create(user)
      await ahead?.(ctx, user.id)
      return await transaction(ctx, async (tx) => {
        if (!(await intents.fulfil(tx, user.id))) throw new AuthError(kernelErrors.unavailable)
        return real(tx)
      })
    } catch (error) {
      await undo(withoutDeadline(ctx), user.id).catch(() => {}) // their store may be what failed: the intent stands until the clean-up gets through
      throw error
    }
  }

  /** An intent that is gone was fulfilled, also when the answer of that commit got lost: then the person is real. */
  async function undo(ctx: Ctx, userId: string): Promise<void> {
    if (!(await intents.revoke(ctx, userId))) return
    await takeBack(ctx, userId)
    await intents.forget(ctx, userId)
  }

  async function takeBack(ctx: Ctx, userId: string): Promise<void> {
    for (const leftover of leftovers()) await leftover(ctx, userId)
    if (isForeign) await store(ctx).remove(userId)
  }

  async function undoOne({ poolId, userId, declaredAt }: Intent, at: Date): Promise<void> {
    const ctx: Ctx = { poolId, tenantId: 'default', actor: { kind: 'system', id: 'users.undoAbandoned' }, at }
    if (!(await intents.revoke(ctx, userId))) return
    await takeBack(ctx, userId)
    if (at.getTime() - declaredAt.getTime() > forgottenMs) await intents.forget(ctx, userId)
  }

  /**
   * Takes back what a process left half-way when it died.
   *
   * Revoked intents stay for a day: an owner who was only slow still learns that it has to take its row back.
   *
   * @returns how many people were never created
   */
  async function undoAbandoned(at: Date): Promise<number> {
    const abandoned = await intents.declaredBefore(new Date(at.getTime() - abandonedMs))
    const outcomes = await Promise.allSettled(abandoned.map((one) => undoOne(one, at)))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
    return abandoned.length
  }

  return { create, undoAbandoned }
}

/** How people come to be. */
export type Creation = ReturnType<typeof createCreation>
