import type { Tx } from '../../kernel/ctx.ts'
import type { Gives } from '../feature.ts'
import type { UsersService } from '../users/index.ts'
import type { Change } from './keeping.ts'

interface ClosingDeps {
  readonly users: Pick<UsersService, 'raiseTokenVersion'>
  authentications(): readonly Gives['authentications'][]
  /** Owes the user a mail about it, where there is mail. */
  notice(tx: Tx, userId: string): Promise<void>
}

/** What the change of a password means for everything else. */
export interface Closing {
  /** Ends what the old one opened. */
  end(tx: Tx, of: Pick<Change, 'userId' | 'by' | 'keep'>): Promise<void>
  say(tx: Tx, of: Pick<Change, 'userId' | 'by'>): Promise<void>
}

/** Closes the doors that a password opened. */
export const createClosing = ({ users, authentications, notice }: ClosingDeps): Closing => ({
  async end(tx, { userId, by, keep }) {
    const isReset = by === 'operator' || by === 'reset'
    if (isReset) await users.raiseTokenVersion(tx, userId)
    const cause = isReset ? 'password_reset' : 'password_change'
    for (const other of authentications()) await other.endAll(tx, userId, cause, keep)
  },
  async say(tx, { userId, by }) {
    tx.emit('identity.user.password.changed', { userId, data: { by }, audit: { target: userId } })
    await notice(tx, userId)
  },
})
