import type { z } from 'zod'
import type { Evidence } from '../../kernel/contract/access.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { UserRecord } from '../users/index.ts'

/** That somebody proved something. Only the login transaction can turn it into a session. */
export interface Proof {
  /** Absent: a requirement, not a factor. */
  readonly evidence?: Evidence
  /** Spends what was shown, inside the login transaction. @returns `false` when somebody else spent it first */
  spend?(tx: Tx): Promise<boolean>
}

/** A way to prove who you are. It proves, and says how the proof is spent; it never holds a session. */
export interface LoginMethod<I = unknown> {
  readonly name: string
  /** Authentication method reference (RFC 8176). */
  readonly amr: string
  readonly input: z.ZodType<I>
  enrolled(ctx: Ctx, userId: string): Promise<boolean>
  /**
   * Slow work here, outside any transaction. An unknown user, a user without this method and a wrong proof must cost and look the same.
   *
   * @param line under which name slow work waits in line: the account's, whether or not it exists
   * @returns `undefined` when nothing was proved
   * @throws unavailable only before anything was judged: the attempt is then not counted
   */
  prove(ctx: Ctx, user: UserRecord | undefined, input: I, line: string): Promise<Proof | undefined>
  /** At registration: the slow work first; the returned function writes inside the transaction. */
  enrol?(ctx: Ctx, input: I, about: { identifier: string }): Promise<(tx: Tx, userId: string) => Promise<void>>
}

declare module '../feature.ts' {
  interface Gives {
    loginMethod: LoginMethod
  }
}
