/**
 * Whether an operator could log in at all.
 *
 * Invariant: every obstacle that a login would meet counts, since an owner who cannot come in is none who stays.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { Gives } from '../feature.ts'
import type { UserRecord } from '../users/index.ts'

interface Doors {
  gates(): readonly Gives['gate'][]
  /** Whether they have anything to prove who they are with. */
  isEnrolled(ctx: Ctx, userId: string): Promise<boolean>
}

/**
 * `open` is the way in for whoever can log in, if only to choose a new password then; `owed` for whoever has to do something by mail first; `closed` for
 * whoever has nothing to log in with, or is refused whatever they prove.
 */
export type Entry = 'open' | 'owed' | 'closed'

/** Says which way in somebody has. */
export const entryBy =
  ({ gates, isEnrolled }: Doors) =>
  async (ctx: Ctx, user: UserRecord): Promise<Entry> => {
    if (!(await isEnrolled(ctx, user.id))) return 'closed'
    let entry: Entry = 'open'
    for (const gate of gates()) {
      const obstacle = await gate(ctx, user.id, user)
      if (obstacle === 'refused') return 'closed'
      if (obstacle === 'verification_required' || (obstacle && 'told' in obstacle)) entry = 'owed'
    }
    return entry
  }
