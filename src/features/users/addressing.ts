/**
 * The address of somebody in a store of the application, whose identifiers are written back as a whole list.
 *
 * Invariant: a write that took its time undoes no later one. Each is declared with us before it is sent, and what was declared last has the last
 * word: whoever comes back to find another puts in place what that one says. A way back is declared whatever is under way; a change
 * or a proof only when nothing is, so that none gets past it.
 *
 * @module
 */
import { AuthError, isAuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { withoutDeadline } from '../../kernel/deadline.ts'
import type { AddressStep, StepStore } from './steps.sql.ts'
import type { NewEmail, UserStore } from './store.ts'

interface AddressingDeps {
  readonly steps: StepStore
  store(ctx: Ctx): UserStore
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  hold(tx: Tx, userId: string): Promise<void>
  newId(): string
}

/** What stands around a write of theirs. */
export interface Around {
  /** Whether it gives an account back. */
  readonly isWayBack?: boolean
  /** In the transaction before it. */
  ahead?(tx: Tx): Promise<void>
  /** @returns `false` when there was nothing to write */
  write(ctx: Ctx): Promise<boolean>
  /** Right after it. */
  written?(): Promise<void>
  /** In the transaction that follows. */
  within?(tx: Tx): Promise<void>
}

/** How old a step is before whoever took it is taken for dead. */
const abandonedMs = 10_000
/** What is declared while another one is put in place is put in place too, so many times. */
const mostTurns = 5

/** @throws unavailable when another write is under way, or had the last word */
export const createAddressing = ({ steps, store, transaction, hold, newId }: AddressingDeps) => {
  async function declare(tx: Tx, userId: string, step: { id: string; of: NewEmail; isWayBack: boolean }): Promise<void> {
    const { id, of, isWayBack } = step
    const last = await steps.find(tx, userId)
    if (last && !isWayBack && isUnderWay(last, tx.at) && last.email !== of.email) throw unsettled()
    await steps.declare(tx, userId, { id, email: of.email, verifiedAt: of.verifiedAt })
  }

  async function complete(tx: Tx, userId: string, id: string, { email }: NewEmail): Promise<void> {
    if (await steps.complete(tx, userId, id)) return
    const last = await steps.find(tx, userId)
    if (last && last.email !== email) throw unsettled()
  }

  /** Also when the request has had its time: what it wrote would stay. */
  async function giveWay(ctx: Ctx, userId: string, id: string): Promise<void> {
    let placed = id
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const last = await steps.find(ctx, userId)
      if (!last || last.id === placed) return
      await store(ctx).replaceEmail(userId, last)
      placed = last.id
    }
  }

  return async (ctx: Ctx, userId: string, of: NewEmail, around: Around): Promise<void> => {
    const { isWayBack = false, ahead, write, written, within } = around
    const id = newId()
    const held = (work: (tx: Tx) => Promise<void>) =>
      transaction(ctx, async (tx) => {
        await hold(tx, userId)
        await work(tx)
      })
    await held(async (tx) => {
      await declare(tx, userId, { id, of, isWayBack })
      await ahead?.(tx)
    })
    try {
      if (!(await write(ctx))) return await steps.withdraw(ctx, userId, id)
      await written?.()
      await held(async (tx) => {
        await complete(tx, userId, id, of)
        await within?.(tx)
      })
    } catch (error) {
      if (isAuthError(error, 'identifier_taken')) await steps.withdraw(ctx, userId, id)
      await giveWay(withoutDeadline(ctx), userId, id)
      throw error
    }
  }
}

const isUnderWay = ({ declaredAt, completedAt }: AddressStep, at: Date): boolean =>
  completedAt === null && at.getTime() - declaredAt.getTime() < abandonedMs

const unsettled = (): AuthError => new AuthError(kernelErrors.unavailable, { retryAfterSeconds: 5 })
