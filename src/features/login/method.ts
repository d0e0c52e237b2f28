import type { z } from 'zod'
import type { Evidence } from '../../kernel/contract/access.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Furnishing, UserRecord } from '../users/index.ts'

/** That somebody proved something. Only the login transaction can turn it into a session. */
export interface Proof {
  /** Absent: a requirement, not a factor. */
  readonly evidence?: Evidence
  /** Marks of the secrets it rests on, by method; a pending login carries them to the step that finishes it. */
  readonly restsOn?: Readonly<Record<string, string>>
  /** Why whatever else the user is authenticated by ends with it: sessions, pending logins. Absent: it stays. */
  readonly ends?: string
  /** For what is written where our transaction does not reach. */
  readonly ahead?: Ahead
  /**
   * Spends what was shown, or holds what it rests on until the commit, by one guarded statement. It runs in the transaction that the user is held in.
   *
   * Without it a proof would outlive its secret: a login can stay between proof and transaction for as long as it likes.
   *
   * @returns `false` when somebody else was faster; nothing has been written then
   */
  spend(tx: Tx): Promise<boolean>
}

/**
 * A write of a step in a store of the application. A transaction of its own comes before it: what the step ends has ended there, so that
 * a crash after the write leaves nobody in who belongs to the time before it.
 */
export interface Ahead {
  /** @returns `false` when somebody else was faster; nothing has been written then */
  declare(tx: Tx): Promise<boolean>
  /** @returns `false` when somebody else was faster */
  write(ctx: Ctx): Promise<boolean>
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
  /** Whether there is anything of theirs to prove with. Asked in transactions: where only a store of the application knows, yes. */
  enrolled(ctx: Ctx, userId: string): Promise<boolean>
  /** At registration: the slow work first; what is answered writes, ahead of the transaction and inside it. */
  enrol?(ctx: Ctx, input: I, about: { identifier: string }): Promise<Furnishing<void>>
}

/** What a login has to know of how addresses are proved. */
export interface Verification {
  /** Whether an address is proved before anything else: then registration tells nobody which ones are known. */
  isFirst(ctx: Ctx): Promise<boolean>
  /** Owes the answer to somebody who registered an address that has an account: the mail alone says so. */
  oweKnown(tx: Tx, email: string): Promise<void>
  /** Owes a mail to somebody who may not be let in before they have used one. */
  oweReminder(tx: Tx, user: UserRecord): Promise<void>
}

declare module '../feature.ts' {
  interface Gives {
    loginMethod: LoginMethod
    verification: Verification
  }
}
