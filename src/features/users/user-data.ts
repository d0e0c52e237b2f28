import type { Ctx } from '../../kernel/ctx.ts'
import type { UserData } from '../feature.ts'
import type { IntentStore } from './intents.sql.ts'
import type { StepStore } from './steps.sql.ts'
import type { UserStateStore, UserStore } from './store.ts'

interface UserDataDeps {
  store(ctx: Ctx): UserStore
  state(ctx: Ctx): UserStateStore
  readonly intents: IntentStore
  readonly steps: StepStore
  /** Whether people live in a store of the application, which cannot join our transactions. */
  readonly isForeign: boolean
}

/** What this feature keeps of a person: who they are. */
export const createUserData = ({ store, state, intents, steps, isForeign }: UserDataDeps): UserData => ({
  name: 'users',
  async export(ctx, { userId }) {
    const { poolId: _, ...profile } = (await store(ctx).findById(userId)) ?? { poolId: ctx.poolId }
    return { ...profile, disabledAt: (await state(ctx).find(userId)).disabledAt }
  },
  ...(isForeign && { eraseElsewhere: (ctx: Ctx, { userId }: { userId: string }) => store(ctx).remove(userId) }),
  async erase(tx, { userId }) {
    if (!isForeign) await store(tx).remove(userId)
    await intents.forget(tx, userId)
    await steps.forget(tx, userId)
    await state(tx).remove(userId)
  },
})
