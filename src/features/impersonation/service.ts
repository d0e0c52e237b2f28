/**
 * An operator sees what a user sees (ADR 0014).
 *
 * Invariant: it lasts no longer than what it rests on. The rows of user and operator are locked while it begins, in the order of their
 * ids, as by whatever ends it; each use asks the database whether the operator still may.
 *
 * @module
 */
import type { Active, Impersonation, Operator, Presented } from '../../kernel/contract/access.ts'
import type { Granted } from '../../kernel/contract/endpoint.ts'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { admin } from '../admin/index.ts'
import type { Gives, ServiceOf } from '../feature.ts'
import type { SessionsService } from '../sessions/index.ts'
import type { UserRecord, UsersService } from '../users/index.ts'
import { E } from './contract.ts'

interface ImpersonationDeps {
  readonly users: Pick<UsersService, 'get' | 'find' | 'hold'>
  readonly sessions: Pick<
    SessionsService,
    'impersonate' | 'impersonationBy' | 'endImpersonationsBy' | 'assertAlive' | 'logout' | 'leave'
  >
  readonly admin: Pick<ServiceOf<typeof admin>, 'roleOf' | 'hasRight'>
  gates(): readonly Gives['gate'][]
  readonly ttlMs: number
  readonly mayWrite: boolean
  /** Where the application begins. */
  readonly url: string
}

/** Who stands behind it, and what their browser has shown. */
export interface Behind {
  readonly auth?: Operator | undefined
  readonly presented?: Presented | undefined
}

/** What an operator says of it. */
type Wish = Pick<Impersonation, 'reason' | 'readOnly'>

/** Lets operators see what users see. */
export function createImpersonation({ users, sessions, admin, gates, ttlMs, mayWrite, url }: ImpersonationDeps) {
  /**
   * Begins it: one at a time, so what the operator saw before is over, and so is the session whose cookie this one replaces.
   *
   * @throws not_found | not_impersonable | impersonation_write_off
   * @throws forbidden for a script: somebody has to stand behind it; unauthorized when the operator was thrown out meanwhile
   */
  async function start(ctx: Ctx, userId: string, wish: Wish, by: Behind): Promise<Granted<{ endsAt: Date; url: string }>> {
    const { userId: operatorId, sessionHandle } = by.auth ?? {}
    if (operatorId === undefined || sessionHandle === undefined) throw new AuthError(kernelErrors.forbidden)
    if (!wish.readOnly && !mayWrite) throw new AuthError(E.impersonation_write_off)
    const user = await users.get(ctx, userId)
    if (await isOperator(ctx, user)) throw new AuthError(E.not_impersonable)
    const endsAt = new Date(ctx.at.getTime() + ttlMs)
    const { grant } = await sessions.impersonate(ctx, user, { ...wish, operatorId, endsAt }, async (tx, sessionId) => {
      for (const id of [operatorId, userId].sort()) await users.hold(tx, id) // in one order, as all who lock two of them
      await sessions.assertAlive(tx, { sessionHandle })
      await assertCouldLogIn(tx, user)
      await sessions.endImpersonationsBy(tx, operatorId, 'impersonation')
      const data = { ...wish, endsAt: endsAt.toISOString() }
      tx.emit('identity.impersonation.started', { userId, sessionId, data, audit: { target: userId } })
    })
    await sessions.logout(ctx, by.presented?.sessionCookie)
    return { value: { endsAt, url }, grant }
  }

  /** Whoever saw what an operator sees would have come by their rights. */
  const isOperator = async (ctx: Ctx, user: UserRecord): Promise<boolean> => (await admin.roleOf(ctx, user)) !== undefined

  /** Who may not come in sees nothing, and neither does anybody in their place. */
  async function assertCouldLogIn(tx: Tx, user: UserRecord): Promise<void> {
    for (const gate of gates()) if (await gate(tx, user.id, user)) throw new AuthError(E.not_impersonable)
  }

  /** What holds for all of it, and what this operator sees now: never for a script, in whose place nobody looks. */
  async function terms(ctx: Ctx, operatorId: string | undefined) {
    const found = operatorId === undefined ? undefined : await sessions.impersonationBy(ctx, operatorId)
    const goesOn = found && operatorId !== undefined && (await mayImpersonate(ctx, operatorId, found.userId))
    return { ttlSeconds: ttlMs / 1000, mayWrite, current: goesOn ? found : null }
  }

  /** @throws not_found in a session of the user's own */
  async function stop(ctx: Ctx, auth: Active): Promise<Granted<undefined>> {
    if (!auth.impersonation) throw new AuthError(kernelErrors.not_found)
    return sessions.leave(ctx, auth)
  }

  /** Whether it may go on: the operator has the right still, and whom they see has become none. */
  async function mayImpersonate(ctx: Ctx, operatorId: string, userId: string): Promise<boolean> {
    const user = await users.find(ctx, userId)
    return user !== undefined && !(await isOperator(ctx, user)) && admin.hasRight(ctx, operatorId, 'manage')
  }

  return { terms, start, stop, mayImpersonate }
}
