import type { Tx } from '../../kernel/ctx.ts'
import type { Gives } from '../feature.ts'
import type { UsersService } from '../users/index.ts'
import type { Change } from './keeping.ts'

interface ClosingDeps {
  readonly users: Pick<UsersService, 'raiseTokenVersion'>
  authentications(): readonly Gives['authentications'][]
  /** A reset is demanded no more. */
  liftReset(tx: Tx, userId: string): Promise<void>
}

/** What the change of a password means for everything else. */
export interface Closing {
  /** Ends what the old one opened. */
  end(tx: Tx, of: Pick<Change, 'userId' | 'by' | 'keep'>): Promise<void>
  /** Once the new one stands: a reset that was demanded has been made. */
  conclude(tx: Tx, of: Pick<Change, 'userId' | 'by'>): Promise<void>
}

/** Closes the doors that a password opened. */
export const createClosing = ({ users, authentications, liftReset }: ClosingDeps): Closing => ({
  async end(tx, { userId, by, keep }) {
    const isOver = isReset(by) || by === 'revert'
    if (isOver) await users.raiseTokenVersion(tx, userId)
    const cause = isOver ? 'password_reset' : 'password_change'
    for (const other of authentications()) await other.endAll(tx, userId, cause, keep)
  },
  async conclude(tx, { userId, by }) {
    if (isReset(by)) await liftReset(tx, userId)
    tx.emit('identity.user.password.changed', { userId, data: { by }, audit: { target: userId } })
  },
})

const isReset = (by: Change['by']): boolean => by === 'operator' || by === 'reset'
