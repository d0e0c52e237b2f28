import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Subject } from '../../storage/invalidate.ts'
import type { Ended, SessionStateStore, SessionStore } from './store.ts'

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
  async function end(tx: Tx, sessionHandle: string, by: string): Promise<boolean> {
    const ended = await states(tx).revoke(sessionHandle)
    if (!ended) return false
    await records(tx).revoke(sessionHandle)
    await announce(tx, [ended])
    tell(tx, ended, by)
    if (ended.delivery === 'admin') await endImpersonationsBy(tx, ended.userId, by)
    return true
  }

  /** Ends every session of a user but the one to keep, and what they see as an operator. @returns how many of their own were ended */
  async function endAll(tx: Tx, userId: string, by: string, keep?: string): Promise<number> {
    const ended = await states(tx).revokeAll(userId, { except: keep })
    // One change of the user stands for all of their sessions.
    if (keep !== undefined) await announce(tx, ended)
    else if (ended.length > 0) await invalidate(tx, [{ kind: 'user', id: userId }])
    await afterwards(tx, ended, by)
    await endImpersonationsBy(tx, userId, by)
    return ended.length
  }

  /** Ends what an operator sees in the names of others. */
  async function endImpersonationsBy(tx: Tx, operatorId: string, by: string): Promise<void> {
    const ended = await states(tx).revokeImpersonationsBy(operatorId)
    await announce(tx, ended)
    await afterwards(tx, ended, by)
  }

  /** The oldest of the user's own go. Logins at the same moment may leave one too many; the next login ends it. */
  async function endSurplus(tx: Tx, userId: string, fresh: string): Promise<void> {
    const own = (await states(tx).living(userId)).filter(({ impersonated }) => !impersonated)
    const others = own.map(({ sessionHandle }) => sessionHandle).filter((handle) => handle !== fresh)
    const surplus = others.slice(perUser - 1)
    if (surplus.length === 0) return
    const ended = await states(tx).revokeAll(userId, surplus)
    await announce(tx, ended)
    await afterwards(tx, ended, 'limit')
  }

  const announce = (tx: Tx, ended: readonly Ended[]): Promise<void> =>
    invalidate(
      tx,
      ended.map(({ sessionHandle }) => ({ kind: 'session', id: sessionHandle })),
    )

  /** What follows for sessions whose state has ended: their records go, and each is an event. */
  async function afterwards(tx: Tx, ended: readonly Ended[], by: string): Promise<void> {
    const [own, handles] = [records(tx), ended.map(({ sessionHandle }) => sessionHandle)]
    if (own.revokeAll) await own.revokeAll(handles)
    else for (const handle of handles) await own.revoke(handle)
    for (const one of ended) tell(tx, one, by)
  }

  function tell(tx: Tx, { userId, sessionHandle: sessionId, operatorId }: Ended, by: string): void {
    tx.emit('identity.session.revoked', { userId, sessionId, data: { by } })
    if (operatorId !== null) tx.emit('identity.impersonation.ended', { userId, sessionId, data: { operatorId, by } })
  }

  return { end, endAll, endImpersonationsBy, endSurplus }
}
