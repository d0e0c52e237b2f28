import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Ahead } from '../login/index.ts'
import type { Furnishing } from '../users/index.ts'
import type { Debts, PasswordStore, StoredPassword } from './store.sql.ts'

/** A password on its way to take the place of another. */
export interface Change {
  readonly userId: string
  readonly hash: string
  /** The one it replaces; absent: whichever is there. */
  readonly proved?: StoredPassword
  /** Only while a new one is owed. */
  readonly whileOwed?: boolean
  /** Since when yet another one is owed. */
  readonly changeRequiredAt: Date | null
  readonly by: 'user' | 'requirement' | 'operator' | 'reset' | 'revert'
  /** The session it is asked from, if it shall live on. */
  readonly keep?: string
}

/** A change that was begun in a transaction. */
export interface Begun {
  /** Absent: the change stands as soon as that transaction does. */
  readonly elsewhere?: Pick<Ahead, 'write'> & {
    /** In the transaction that follows the write. @returns `false` when the change no longer is the last one */
    complete(tx: Tx): Promise<boolean>
    /** As {@link complete}, in a transaction of its own. */
    finish(ctx: Ctx): Promise<boolean>
  }
}

/** Where hashes are kept: in our tables, where everything joins one transaction, or in a store of the application, around ours. */
export interface Passwords {
  /** Whether a change is more than one transaction. */
  readonly isElsewhere: boolean
  find(ctx: Ctx, userId: string): Promise<StoredPassword | undefined>
  /** Whether somebody has one. Never asks a store of the application: there everybody may. */
  isSet(ctx: Ctx, userId: string): Promise<boolean>
  /** Never asks a store of the application. */
  debts(ctx: Ctx, userId: string): Promise<Debts>
  /** Whether the password is still the one that was proved, and stays so until the commit. The user is held. */
  hold(tx: Tx, userId: string, proved: StoredPassword): Promise<boolean>
  /** Puts a better hash of the same password in place, unless another one is there by now. */
  upgrade(ctx: Ctx, userId: string, proved: StoredPassword, better: string): Promise<void>
  /** The user is held. @returns `undefined` when the password no longer is the one that was proved; nothing has been written then */
  begin(tx: Tx, change: Change): Promise<Begun | undefined>
  /** The user owes another one at their next login. The user is held. */
  oweChange(tx: Tx, userId: string, current: StoredPassword): Promise<void>
  /** The first password of somebody who is about to be there. */
  enrolment(hash: string, changeRequired: boolean): Furnishing<void>
}

/** Hashes in our own tables. */
export const ownPasswords = (store: (ctx: Ctx) => PasswordStore): Passwords => ({
  isElsewhere: false,
  find: (ctx, userId) => store(ctx).find(userId),
  isSet: async (ctx, userId) => (await store(ctx).find(userId)) !== undefined,
  debts: (ctx, userId) => store(ctx).debts(userId),
  hold: (tx, userId, { hash }) => store(tx).hold(userId, hash),
  upgrade: async (ctx, userId, { hash }, better) => void (await store(ctx).upgrade(userId, hash, better)),
  async begin(tx, { userId, hash, proved, whileOwed, changeRequiredAt }) {
    const own = store(tx)
    if (!proved) {
      await own.set(userId, hash, changeRequiredAt)
      return {}
    }
    const replaced = whileOwed ? own.replaceOwed(userId, proved.hash, hash) : own.replace(userId, proved.hash, hash)
    return (await replaced) ? {} : undefined
  },
  oweChange: (tx, userId) => store(tx).oweChange(userId),
  enrolment: (hash, changeRequired) => ({
    within: (tx, userId) => store(tx).set(userId, hash, changeRequired ? tx.at : null),
  }),
})
