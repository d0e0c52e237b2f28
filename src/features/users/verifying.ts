import type { EventData } from '../../kernel/contract/event.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Around } from './addressing.ts'
import type { Identifier } from './identifiers.ts'
import type { IdentifierRecord, NewEmail, UserRecord, UserStore } from './store.ts'

/** A proof that somebody holds an address, on its way into their record. */
export interface Verifying {
  /** What our transaction does not reach, before it: a store of the application. Left over by a crash it is true all the same. */
  ahead(ctx: Ctx): Promise<void>
  /** In the transaction that spends what proved it. */
  within(tx: Tx): Promise<void>
}

interface Deps {
  readonly isForeign: boolean
  store(ctx: Ctx): UserStore
  /** Around a write in a store of the application. */
  readdress(ctx: Ctx, userId: string, of: NewEmail, around: Around): Promise<void>
  invalidate(tx: Tx, subjects: readonly { kind: 'user'; id: string }[]): Promise<void>
}

/**
 * Marks an address as proved. Whoever calls has seen that the user still has it, and spends in the transaction what ends when they no longer do.
 */
export const createVerifying =
  ({ isForeign, store, readdress, invalidate }: Deps) =>
  (user: UserRecord, email: string, by: EventData<'identity.user.email.verified'>['by']): Verifying => {
    const of: Identifier = { kind: 'email', value: email }
    const mark = (ctx: Ctx) => store(ctx).markVerified(user.id, of, ctx.at)
    return {
      async ahead(ctx) {
        if (isForeign && !isVerified(user, email)) await readdress(ctx, user.id, { email, verifiedAt: ctx.at }, { write: mark })
      },
      async within(tx) {
        // Of racers their store tells one that it was the first, and what is spent here may tell another: the record as it was read says what is new.
        const isNews = isForeign ? !isVerified(user, email) : await mark(tx)
        if (!isNews) return
        await invalidate(tx, [{ kind: 'user', id: user.id }])
        tx.emit('identity.user.email.verified', { userId: user.id, data: { by }, audit: { target: user.id, after: { email } } })
      },
    }
  }

/** The addresses of a user, with since when each is proved. */
export const addressesOf = (user: UserRecord): readonly IdentifierRecord[] =>
  user.identifiers.filter(({ kind }) => kind === 'email')

/** The address a user is written to. */
export const emailOf = (user: UserRecord): IdentifierRecord | undefined => addressesOf(user)[0]

/** Whether an address is the user's. */
export const hasAddress = (user: UserRecord, email: string): boolean => addressesOf(user).some(({ value }) => value === email)

/** Whether an address is the user's, and proved. */
export const isVerified = (user: UserRecord, email: string): boolean =>
  addressesOf(user).some(({ value, verifiedAt }) => value === email && verifiedAt !== null)
