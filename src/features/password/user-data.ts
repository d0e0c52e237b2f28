import type { Ctx } from '../../kernel/ctx.ts'
import type { UserData } from '../feature.ts'
import type { IntentStore } from './intents.sql.ts'
import type { PasswordStore } from './store.sql.ts'

interface UserDataDeps {
  own(ctx: Ctx): PasswordStore
  readonly intents: IntentStore
  /** Takes a hash out of a store of the application. */
  readonly takeBack: ((ctx: Ctx, userId: string) => Promise<void>) | undefined
}

/** What this feature keeps of a person: a hash, which is shown to nobody, and its dates. */
export const createUserData = ({ own, intents, takeBack }: UserDataDeps): UserData => ({
  name: 'password',
  async export(ctx, { userId }) {
    const dates = await own(ctx).findDates(userId)
    return { changedAt: dates?.changed_at ?? null, changeRequiredAt: dates?.change_required_at ?? null }
  },
  ...(takeBack && { eraseElsewhere: (ctx: Ctx, { userId }: { userId: string }) => takeBack(ctx, userId) }),
  async erase(tx, { userId }) {
    await intents.removeAll(tx, userId)
    await own(tx).remove(userId)
  },
})
