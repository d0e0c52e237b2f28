import type { Ctx } from '../../kernel/ctx.ts'

/** Something operators do to users, one at a time, that may be done to many. */
export interface BulkAction {
  readonly name: string
  /** Whether its work joins the transaction it is called in. What does not is done again after a crash, and has to bear that. */
  readonly joins: boolean
  /** @param of.isRepeated whether an earlier attempt may have done it already */
  run(ctx: Ctx, userId: string, of: { readonly reason: string; readonly isRepeated: boolean }): Promise<void>
}
