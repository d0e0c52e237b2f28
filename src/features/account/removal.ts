/**
 * Taking away all that is kept of somebody: whole, once, and also when a process dies in the middle.
 *
 * Invariant: from the declaration on nobody is let in as them; what was begun is finished by whoever comes by, and `identity.user.deleted` is said
 * once, when nothing is left. Stores of the application cannot join our transaction (ADR 0006), so they go first, each as often as it takes, and
 * the person of theirs last; then one transaction of ours removes the rest, and its guarded statement says who has finished.
 *
 * @module
 */
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Gives } from '../feature.ts'
import type { UsersService } from '../users/index.ts'
import { ownerOf } from './service.ts'
import type { Departure, DepartureStore } from './store.sql.ts'

interface RemovalDeps {
  readonly users: Pick<UsersService, 'find' | 'hold'>
  readonly departures: DepartureStore
  userData(): readonly Gives['userData'][]
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** How long an id is kept of who is gone: a request that began before must not begin anything for them. */
const rememberedMs = 24 * 60 * 60_000

/** Builds the removal. */
export function createRemoval({ users, departures, userData, transaction }: RemovalDeps) {
  /** @returns whether the user is gone; not when they were restored meanwhile */
  async function carryOut({ poolId, userId, caller }: Departure, at: Date): Promise<boolean> {
    // Where the caller is does not belong to what is said here: it would outlive them.
    const ctx: Ctx = { poolId, ...caller, at }
    const user = await users.find(ctx, userId)
    await departures.start(ctx, userId, user ? ownerOf(user).identifiers : [])
    const begun = await departures.find(ctx, userId)
    if (!begun?.startedAt) return false
    const { identifiers, reason, note } = begun
    // Whoever needs others goes before them: people last.
    const parts = userData().toReversed()
    for (const part of parts) await part.eraseElsewhere?.(ctx, { userId, identifiers })
    await transaction(ctx, async (tx) => {
      // Held before their departure is touched, as by everybody who declares or withdraws it.
      await users.hold(tx, userId)
      const isFirst = await departures.finish(tx, userId)
      for (const part of parts) await part.erase(tx, { userId, identifiers })
      if (!isFirst) return
      const data = { reason, ...(note !== null && { note }) }
      tx.emit('identity.user.deleted', { userId, data, audit: { target: userId } })
    })
    return true
  }

  return {
    /** For who has been promised it already: what fails now is done by the clock. @returns whether it is done */
    tryNow: (departure: Departure, at: Date): Promise<boolean> => carryOut(departure, at).catch(() => false),

    /** Removes everybody whose time has come. */
    async carryOutDue(at: Date): Promise<void> {
      const outcomes = await Promise.allSettled((await departures.due(at)).map((one) => carryOut(one, at)))
      await departures.forgetFinished(new Date(at.getTime() - rememberedMs))
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

/** How people cease to be. */
export type Removal = ReturnType<typeof createRemoval>
