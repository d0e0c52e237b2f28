/**
 * Who the policy `first-user` lets in.
 *
 * Invariant: nobody inherits it. The row of `admin_founder` is written once a pool and says "nobody" for good when that account is gone.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { EventSink } from '../../storage/types.ts'
import type { UserData } from '../feature.ts'
import type { UsersService } from '../users/index.ts'
import type { AdminStore } from './store.sql.ts'

interface FounderDeps {
  readonly users: Pick<UsersService, 'list'>
  readonly store: Pick<AdminStore, 'findFounder' | 'rememberFounder' | 'forgetFounder'>
}

/**
 * Who registered before everybody else: remembered as soon as somebody exists, and never anybody else, since whoever waits for that account to go
 * would become an owner by it.
 */
export function createFounder({ users, store }: FounderDeps) {
  /** In a house that has people already, the one who was first is remembered when it is first asked. */
  async function founder(ctx: Ctx): Promise<string | null> {
    const known = await store.findFounder(ctx)
    if (known) return known.user_id
    const [first] = (await users.list(ctx, { limit: 1 })).users
    if (!first) return null
    await store.rememberFounder(ctx, first.id)
    return (await store.findFounder(ctx))?.user_id ?? null
  }

  const sink: EventSink = {
    async record(tx, events) {
      if (events.some(({ name }) => name === 'identity.user.created')) await founder(tx)
    },
    committed: () => {},
  }

  const userData: UserData = { name: 'admin', erase: (tx, { userId }) => store.forgetFounder(tx, userId) }

  return { founder, sink, userData }
}
