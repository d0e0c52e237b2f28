import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { UserData } from '../feature.ts'
import { askForeign } from '../foreign.ts'
import type { ISessionStore, SessionStateStore, SessionStore } from './store.ts'

interface UserDataDeps {
  records(ctx: Ctx): SessionStore
  states(ctx: Ctx): SessionStateStore
  readonly foreign: ISessionStore | undefined
  remove(tx: Tx, userId: string): Promise<void>
}

/** What this feature keeps of a person: their devices, and what they proved on each. */
export function createUserData({ records, states, foreign, remove }: UserDataDeps): UserData {
  async function show(ctx: Ctx, userId: string): Promise<object[]> {
    const shown: object[] = []
    for (const record of await records(ctx).listForUser(userId)) {
      const state = await states(ctx).find(record.sessionHandle)
      shown.push({ ...record, evidence: state?.evidence ?? [], claims: state?.claims ?? {} })
    }
    return shown
  }

  return {
    name: 'sessions',
    export: async (ctx, { userId }) => ({ sessions: await show(ctx, userId) }),
    ...(foreign && {
      eraseElsewhere: (ctx: Ctx, { userId }: { userId: string }) =>
        askForeign(ctx, () => foreign.revokeAllSessionsForUser(userId)),
    }),
    erase: (tx, { userId }) => remove(tx, userId),
  }
}
