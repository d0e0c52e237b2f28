/**
 * The caller and the unit of work, passed as the first argument of every service function. There is no ambient context.
 *
 * @module
 */
import type { Actor, EventData, EventName } from './contract/event.ts'

/** Who calls, in which pool and tenant, at which instant, and from where. */
export interface Ctx {
  readonly poolId: string
  readonly tenantId: string
  readonly actor: Actor
  readonly at: Date
  /** Why an operator does it, where one reason stands for all that happens; the audit log keeps it with each row. */
  readonly reason?: string
  /** When this request begins no further statement, on the clock that never jumps; absent for trusted code and jobs. */
  readonly deadlineMs?: number | undefined
  /** Where the call came from; the address may be unknown. */
  readonly from?: {
    readonly ip: string | undefined
    readonly userAgent: string
    readonly correlationId: string
    /** What the caller reads, best first (RFC 9110 §12.5.4). */
    readonly languages?: readonly string[]
    /** Aborted when the caller has left, where the host can tell: work that has not begun need not begin. */
    readonly signal?: AbortSignal | undefined
  }
}

/** The same caller, once they have proved to be this user, or to be an operator who sees what this user sees. */
export const asUser = (ctx: Ctx, userId: string, operatorId?: string): Ctx => ({
  ...ctx,
  actor: operatorId === undefined ? { kind: 'user', id: userId } : { kind: 'user', id: operatorId, onBehalfOf: userId },
})

/** What an event says besides its name. `audit.before` and `audit.after` are stored in the audit row only. */
export interface EventBody<N extends EventName> {
  readonly userId?: string
  readonly sessionId?: string
  readonly data: EventData<N>
  readonly audit?: { readonly target: string; readonly before?: unknown; readonly after?: unknown }
}

/** An open transaction: a ctx that can also say what happened. Events commit with the change that caused them. */
export interface Tx extends Ctx {
  emit<N extends EventName>(event: N, of: EventBody<N>): void
  /** Runs one statement inside this transaction; values are bound, never spliced. */
  query<R>(sql: TemplateStringsArray, ...values: unknown[]): Promise<R[]>
}
