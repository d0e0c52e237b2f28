import type { KeyRing } from '../../kernel/crypto/key-ring.ts'
import { digest, randomToken } from '../../kernel/crypto/random.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { TicketStore } from './store.sql.ts'

/** What a ticket is for. Each purpose has its own digests, so a ticket of one is nothing to another. */
export type TicketPurpose = 'pending-login' | 'reset-password'

/** A mail that was asked for longer ago is not worth its link. */
const longestMailMs = 24 * 60 * 60_000
/** So long the row of a ticket outlives it: while its mail may still be sent, its absence would make it new. */
export const keptMs = 2 * longestMailMs

/** A ticket that can still be spent. */
export interface Ticket {
  readonly userId: string
  readonly bindings: Readonly<Record<string, unknown>>
  readonly expiresAt: Date
}

/**
 * The one spendable secret: every link, code and pending step is a ticket.
 *
 * A ticket binds all it proves (purpose, user, bindings, expiry); looking at one does not spend it, spending one is decided by a row count.
 */
export function createTickets(store: TicketStore, keys: Pick<KeyRing, 'tag'>) {
  async function issue(
    tx: Tx,
    purpose: TicketPurpose,
    of: { userId: string; bindings: Record<string, unknown>; ttlMs: number },
  ): Promise<string> {
    const token = randomToken()
    await store(tx).insert(ticketOf(tx, purpose, token, of))
    return token
  }

  /**
   * Issues the ticket that a mail carries, with its user held. The token is derived from the mail's id, so that a mail that is sent twice carries
   * one ticket and nobody has to store its token meanwhile. It lives from the last attempt on, and those of mails that were asked for earlier
   * end with it.
   *
   * @returns `undefined` when the mail is void: its ticket was spent, a later mail has one, or it was asked for too long ago
   */
  async function issueFor(
    tx: Tx,
    purpose: TicketPurpose,
    mail: { readonly id: string; readonly askedAt: Date },
    of: { userId: string; bindings: Record<string, unknown>; ttlMs: number },
  ): Promise<string | undefined> {
    if (tx.at.getTime() - mail.askedAt.getTime() > longestMailMs) return undefined
    if (await store(tx).hasLater(of.userId, purpose, mail.askedAt)) return undefined
    const token = keys.tag('ticket', purpose, mail.id)
    const ticket = { ...ticketOf(tx, purpose, token, of), created_at: mail.askedAt }
    const isFresh = await store(tx).insertOnce(ticket)
    if (isFresh) await store(tx).consumeEarlier(of.userId, purpose, mail.askedAt)
    else if (!(await store(tx).extend(ticket.digest, ticket.expires_at))) return undefined
    return token
  }

  async function find(ctx: Ctx, purpose: TicketPurpose, token: string): Promise<Ticket | undefined> {
    const row = await store(ctx).findLive(purpose, digest(purpose, token))
    return row && { userId: row.user_id, bindings: row.bindings, expiresAt: row.expires_at }
  }

  return {
    issue,
    issueFor,
    find,
    /** @returns whether this caller spent it */
    consume: (tx: Tx, purpose: TicketPurpose, token: string) => store(tx).consume(purpose, digest(purpose, token)),
    /** Spends one ticket and with it every other one of its user. @returns whether this caller spent that one */
    async consumeWithOthers(tx: Tx, purpose: TicketPurpose, of: { userId: string; token: string }): Promise<boolean> {
      return (await store(tx).consumeAll(of.userId)).includes(digest(purpose, of.token))
    },
    async endAll(tx: Tx, userId: string): Promise<void> {
      await store(tx).consumeAll(userId)
    },
  }
}

const ticketOf = (
  ctx: Ctx,
  purpose: TicketPurpose,
  token: string,
  of: { userId: string; bindings: Record<string, unknown>; ttlMs: number },
) => ({
  digest: digest(purpose, token),
  purpose,
  user_id: of.userId,
  bindings: of.bindings,
  expires_at: new Date(ctx.at.getTime() + of.ttlMs),
  consumed_at: null,
  created_at: ctx.at,
})

/** The service other features see. */
export type TicketsService = ReturnType<typeof createTickets>
