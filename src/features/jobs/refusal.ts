/**
 * Why a run goes no further that an operator asked for: they are none any more, or may do less by now. Somebody else can take it up.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { Gives } from '../feature.ts'

/** Asks whether whoever a run is done for may still ask for one. @param asked those who know, told anew at each question */
export const refusalBy =
  (asked: () => readonly Gives['mayStill'][]) =>
  async (ctx: Ctx): Promise<'operator_not_allowed' | undefined> => {
    for (const ask of asked()) if (!(await ask(ctx, 'manage'))) return 'operator_not_allowed'
    return undefined
  }
