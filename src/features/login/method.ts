import type { z } from 'zod'
import type { Evidence } from '../../kernel/contract/access.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { UserRecord } from '../users/index.ts'

/** That somebody proved something. Only the login transaction can turn it into a session. */
export interface Proof {
  /** Absent: a requirement, not a factor. */
  readonly evidence?: Evidence
  /** Marks of the secrets it rests on, by method; a pending login carries them to the step that finishes it. */
  readonly restsOn?: Readonly<Record<string, string>>
  /** Why whatever else the user is authenticated by ends with it: sessions, pending logins. Absent: it stays. */
  readonly ends?: string
  /**
   * Spends what was shown, or holds what it rests on until the commit, by one guarded statement. It runs in the transaction that the user is held in.
   *
   * Without it a proof would outlive its secret: a login can stay between proof and transaction for as long as it likes.
   *
   * @returns `false` when somebody else was faster; nothing has been written then
   */
  spend(tx: Tx): Promise<boolean>
}

/** A way to prove who you are. It proves, and says how the proof is spent; it never holds a session. */
export interface LoginMethod<I = unknown> {
  readonly name: string
  /** Authentication method reference (RFC 8176). */
  readonly amr: string
  readonly input: z.ZodType<I>
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
