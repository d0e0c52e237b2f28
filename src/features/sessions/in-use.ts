/**
 * What becomes of a session while it is in use, at most once a minute, behind the request that used it.
 *
 * Invariant: a browser that never refreshes is asked for what others are asked for at a refresh. What no longer lets anybody in, such as a grace
 * period that ran out, ends its session too.
 *
 * @module
 */
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Gives } from '../feature.ts'
import type { UserRecord } from '../users/index.ts'
import type { EndingDeps } from './ending.ts'
import type { SessionState } from './store.ts'

/** How often it is noted that a session is in use, at most. */
export const touchEveryMs = 60_000

export interface InUseDeps extends Pick<EndingDeps, 'records' | 'states'> {
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  user(ctx: Ctx, userId: string): Promise<UserRecord | undefined>
  gates(): readonly Gives['gate'][]
  end(tx: Tx, sessionHandle: string, by: string): Promise<boolean>
  idleEnd(at: Date, state: SessionState): Date
}

/** Builds what is done about sessions in use. */
export function createInUse({ records, states, transaction, user, gates, end, idleEnd }: InUseDeps) {
  /** Notes that a session was used; never revives one that has ended. A record elsewhere follows our commit. */
  async function touch(ctx: Ctx, state: SessionState, elsewhere?: (sessionHandle: string) => Promise<void>): Promise<void> {
    const { sessionHandle, userId, delivery } = state
    const expiresAt = idleEnd(ctx.at, state)
    const isFirst = await transaction(ctx, async (tx) => {
      const first = await states(tx).touch(sessionHandle, expiresAt, new Date(tx.at.getTime() - touchEveryMs))
      if (first) await records(tx).touch(sessionHandle, tx.at, expiresAt)
      return first
    })
    if (!isFirst) return
    // An access token runs out by itself, and the refresh after it asks.
    if (delivery !== 'bearer' && (await hasNoMoreRight(ctx, userId)))
      await transaction(ctx, (tx) => end(tx, sessionHandle, 'gate'))
    else await elsewhere?.(sessionHandle)
  }

  /** Whoever is gone altogether is refused by their next request. */
  async function hasNoMoreRight(ctx: Ctx, userId: string): Promise<boolean> {
    const found = await user(ctx, userId)
    return found !== undefined && (await isBarred(ctx, userId, found))
  }

  /** Whether a gate keeps this user out. Asked outside of transactions: people may be in a store of the application. */
  async function isBarred(ctx: Ctx, userId: string, found: UserRecord): Promise<boolean> {
    for (const gate of gates()) if (await gate(ctx, userId, found)) return true
    return false
  }

  return { touch, isBarred }
}
