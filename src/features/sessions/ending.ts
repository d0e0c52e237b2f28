import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Subject } from '../../storage/invalidate.ts'
import type { SessionStateStore, SessionStore } from './store.ts'

export interface EndingDeps {
  /** How many sessions of one user live at once. */
  readonly perUser: number
  records(ctx: Ctx): SessionStore
  states(ctx: Ctx): SessionStateStore
  invalidate(tx: Tx, subjects: readonly Subject[]): Promise<void>
}

/** Ends sessions, one or thousands: state, record, announcement and event, in the transaction of whoever asks. */
export function createEnding({ perUser, records, states, invalidate }: EndingDeps) {
  /** @returns whether this caller ended it */
  async function end(tx: Tx, sessionHandle: string, userId: string, by: string): Promise<boolean> {
    if (!(await states(tx).revoke(sessionHandle))) return false
    await records(tx).revoke(sessionHandle)
    await invalidate(tx, [{ kind: 'session', id: sessionHandle }])
    tx.emit('identity.session.revoked', { userId, sessionId: sessionHandle, data: { by } })
    return true
  }

  /** Ends every session of a user but the one to keep. @returns how many were ended */
  async function endAll(tx: Tx, userId: string, by: string, keep?: string): Promise<number> {
    const ended = await states(tx).revokeAll(userId, { except: keep })
    // One change of the user stands for all of their sessions.
    if (keep !== undefined) await announce(tx, ended)
    else if (ended.length > 0) await invalidate(tx, [{ kind: 'user', id: userId }])
    await afterwards(tx, userId, ended, by)
    return ended.length
  }

  /** The oldest go. Logins at the same moment may leave one too many; the next login ends it. */
  async function endSurplus(tx: Tx, userId: string, fresh: string): Promise<void> {
    const others = (await states(tx).living(userId)).filter((handle) => handle !== fresh)
    const surplus = others.slice(perUser - 1)
    if (surplus.length === 0) return
    const ended = await states(tx).revokeAll(userId, surplus)
    await announce(tx, ended)
    await afterwards(tx, userId, ended, 'limit')
  }

  const announce = (tx: Tx, ended: readonly string[]): Promise<void> =>
    invalidate(
      tx,
      ended.map((id) => ({ kind: 'session', id })),
    )

  /** What follows for sessions whose state has ended: their records go, and each is an event. */
  async function afterwards(tx: Tx, userId: string, ended: readonly string[], by: string): Promise<void> {
    const own = records(tx)
    if (own.revokeAll) await own.revokeAll(ended)
    else for (const handle of ended) await own.revoke(handle)
    for (const sessionId of ended) tx.emit('identity.session.revoked', { userId, sessionId, data: { by } })
  }

  return { end, endAll, endSurplus }
}
