import type { Ctx } from '../../kernel/ctx.ts'
import type { UserState } from '../users/index.ts'
import type { EndingDeps } from './ending.ts'
import { isAlive } from './standing.ts'
import type { SessionQuery, SessionRecord } from './store.ts'

/** Says of each whether it is the one that asks. */
const marked = <S extends SessionRecord>(sessions: readonly S[], current: string | undefined) =>
  sessions.map((session) => ({ ...session, current: session.sessionHandle === current }))

type ListingDeps = Pick<EndingDeps, 'records' | 'states'> & { userState(ctx: Ctx, userId: string): Promise<UserState> }

/** Lists of sessions: those of one user for themselves, everybody's for operators. */
export function createListing({ records, states, userState }: ListingDeps) {
  /** The newest first: the order is that of our half, a store of the application promises none. */
  async function list(ctx: Ctx, userId: string, current?: string) {
    const living = await states(ctx).living(userId)
    const known = new Map((await records(ctx).listForUser(userId)).map((record) => [record.sessionHandle, record]))
    const own = living.flatMap(({ sessionHandle, impersonated }) => {
      const record = known.get(sessionHandle)
      return record ? [{ ...record, impersonated }] : []
    })
    return { sessions: marked(own, current), nextCursor: null }
  }

  /** Says of each whether an operator sees in it what its user sees. */
  async function withImpersonated(ctx: Ctx, sessions: readonly SessionRecord[]) {
    const found = await states(ctx).impersonated(sessions.map(({ sessionHandle }) => sessionHandle))
    return sessions.map((session) => ({ ...session, impersonated: found.has(session.sessionHandle) }))
  }

  /** One page for operators. What a store of the application says of a session that has ended is not believed. */
  async function listForOperators(ctx: Ctx, { limit, cursor, sort, ...filter }: SessionQuery, current?: string) {
    const store = records(ctx)
    const isUnasked = [filter.userId, filter.ip, sort].every((one) => one === undefined)
    if (store.listsNobodys && isUnasked) return listLiving(ctx, { limit, cursor }, current)
    const [page, total] = await Promise.all([store.list({ limit, cursor, sort, ...filter }), store.count?.(filter)])
    const living = store.open ? await states(ctx).alive(page.sessions.map(({ sessionHandle }) => sessionHandle)) : undefined
    const sessions = page.sessions.filter(({ sessionHandle }) => living?.has(sessionHandle) ?? true)
    return {
      sessions: marked(await withImpersonated(ctx, sessions), current),
      nextCursor: page.nextCursor,
      ...(total && { total }),
    }
  }

  /** Everybody's by our half, each with what a store says of it that cannot list. */
  async function listLiving(ctx: Ctx, of: Pick<SessionQuery, 'limit' | 'cursor'>, current?: string) {
    const { handles, nextCursor } = await states(ctx).page(of)
    const found = await Promise.all(handles.map((handle) => records(ctx).find(handle)))
    const sessions = await withImpersonated(
      ctx,
      found.flatMap((session) => session ?? []),
    )
    return { sessions: marked(sessions, current), nextCursor }
  }

  /** What an operator sees in the name of another now, if it still holds. */
  async function impersonationBy(ctx: Ctx, operatorId: string) {
    const state = await states(ctx).impersonationBy(operatorId)
    if (!state?.impersonation || !isAlive(state, await userState(ctx, state.userId), ctx.at)) return undefined
    const { sessionHandle, userId, absoluteExpiresAt: endsAt } = state
    // A store of the application may have ended it.
    if ((await records(ctx).find(sessionHandle)) === undefined) return undefined
    const { reason, readOnly } = state.impersonation
    return { sessionHandle, userId, reason, readOnly, endsAt }
  }

  return { list, listForOperators, impersonationBy }
}
