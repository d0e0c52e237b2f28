import type { Ctx, Tx } from '../../kernel/ctx.ts'

interface CleanupDeps {
  expired(
    at: Date,
    limit: number,
  ): Promise<
    readonly {
      tenant_id: string
      session_handle: string
      user_id: string
      operator_id: string | null
      revoked_at: Date | null
    }[]
  >
  /** Guarded by "still expired": its use may have been noted since it was found. */
  remove(tx: Tx, sessionHandle: string, at: Date): Promise<boolean>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

const batch = 100

/**
 * Removes sessions that have run out, in every tenant, one short transaction each, so that it never holds the writers up.
 *
 * @returns how many this caller removed; of several nodes at it, each session is removed by one
 */
export function createCleanup({ expired, remove, transaction }: CleanupDeps) {
  return async function cleanup(at: Date, poolId: string): Promise<number> {
    let removed = 0
    for (;;) {
      const rows = await expired(at, batch)
      for (const row of rows) if (await removeOne(row)) removed += 1
      if (rows.length < batch) return removed
    }

    function removeOne(row: Awaited<ReturnType<CleanupDeps['expired']>>[number]): Promise<boolean> {
      const ctx: Ctx = { poolId, tenantId: row.tenant_id, actor: { kind: 'system', id: 'sessions.cleanup' }, at }
      return transaction(ctx, async (tx) => {
        if (!(await remove(tx, row.session_handle, at))) return false
        const { session_handle: sessionId, user_id: userId, operator_id: operatorId, revoked_at } = row
        if (revoked_at !== null) return true
        tx.emit('identity.session.expired', { userId, sessionId, data: {} })
        if (operatorId !== null) tx.emit('identity.impersonation.ended', { userId, sessionId, data: { operatorId, by: 'time' } })
        return true
      })
    }
  }
}
