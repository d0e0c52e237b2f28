import type { KeyRing } from '../../kernel/crypto/key-ring.ts'
import { digest, randomToken } from '../../kernel/crypto/random.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { UserData } from '../feature.ts'
import type { TicketRow, TicketStore } from './store.sql.ts'

/** What a ticket is for. Each purpose has its own digests, so a ticket of one is nothing to another. */
export type TicketPurpose =
  | 'pending-login'
  | 'reset-password'
  | 'verify-email'
  | 'change-email'
  | 'revert-email'
  | 'restore-account'

/**
 * What gives an account back to its owner. Whoever is in it must not be able to end that: no change of theirs, and no later ticket of the same
 * purpose, does. Only an older one and its time do.
 */
const lasting: readonly TicketPurpose[] = ['revert-email']

/** A mail that was asked for longer ago is not worth its link. */
const longestMailMs = 24 * 60 * 60_000
/** So long the row of a ticket outlives it: while its mail may still be sent, its absence would make it new. */
export const keptMs = 2 * longestMailMs

/** Guesses at one code (security of six digits: NIST SP 800-63B-4 §3.2.2; CVE-2024-4629). */
const mostTries = 5

/** A ticket that can still be spent. */
export interface Ticket {
  /** Names it to {@link createTickets.spend}, and opens nothing. */
  readonly id: string
  readonly userId: string
  readonly bindings: Readonly<Record<string, unknown>>
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** What a ticket is made of. */
export interface Terms {
  readonly userId: string
  readonly bindings: Record<string, unknown>
  readonly ttlMs: number
  /** Six digits that spend it too, shown together with what they were sent to. They live shortly and bear few guesses. */
  readonly code?: { readonly for: string; readonly text: string; readonly ttlMs: number }
}

/**
 * The one spendable secret: every link, code and pending step is a ticket.
 *
 * A ticket binds all it proves (purpose, user, bindings, expiry); looking at one does not spend it, spending one is decided by a row count.
 */
export function createTickets(store: TicketStore, keys: Pick<KeyRing, 'tag' | 'verifies'>) {
  async function issue(tx: Tx, purpose: TicketPurpose, of: Terms): Promise<string> {
    const token = randomToken()
    await store(tx).insert(rowOf(tx, purpose, token, of))
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
    of: Terms,
  ): Promise<string | undefined> {
    if (tx.at.getTime() - mail.askedAt.getTime() > longestMailMs) return undefined
    const newest = await store(tx).newestAt(of.userId, purpose)
    if (newest && newest > mail.askedAt) return undefined
    const token = tokenOf(purpose, mail.id)
    const ticket = { ...rowOf(tx, purpose, token, of), created_at: mail.askedAt }
    const isFresh = await store(tx).insertOnce(ticket)
    if (isFresh) await store(tx).consumeEarlier(of.userId, purpose, mail.askedAt)
    else if (!(await store(tx).extend(ticket))) return undefined
    return token
  }

  /** The digits beside the token of a mail: derived as that is, so that every attempt to send shows the same ones. */
  const codeOf = (purpose: TicketPurpose, mailId: string): string => digitsOf(keys.tag('ticket code', purpose, mailId))

  /** Six digits have a dictionary of a million: only a keyed digest of them is kept. */
  const tagOf = (purpose: TicketPurpose, { for: shownWith, text }: { for: string; text: string }): string =>
    keys.tag('code', purpose, shownWith, text)

  /**
   * Issues a ticket that a mail will carry, with its user held, beside others of its purpose and later than they: which one is later is not left
   * to the clocks of nodes. {@link tokenOf} is its token.
   */
  async function issueBeside(
    tx: Tx,
    purpose: TicketPurpose,
    mailId: string,
    of: { userId: string; bindings: Record<string, unknown>; ttlMs: number },
  ): Promise<void> {
    const newest = await store(tx).newestAt(of.userId, purpose)
    const created_at = newest && newest >= tx.at ? new Date(newest.getTime() + 1) : tx.at
    await store(tx).insert({ ...rowOf(tx, purpose, tokenOf(purpose, mailId), of), created_at })
  }

  const tokenOf = (purpose: TicketPurpose, mailId: string): string => keys.tag('ticket', purpose, mailId)

  async function find(ctx: Ctx, purpose: TicketPurpose, token: string): Promise<Ticket | undefined> {
    const row = await store(ctx).findLive(purpose, digest(purpose, token))
    return row && ticketFrom(row)
  }

  /**
   * Judges a code. Its try is counted before: the transaction has to commit before anybody is told. A code nobody was sent costs what a wrong one
   * costs, down to the commit.
   *
   * @returns the ticket it stands beside, which is not spent by that
   */
  async function judgeCode(tx: Tx, purpose: TicketPurpose, shown: { for: string; text: string }): Promise<Ticket | undefined> {
    const row = await store(tx).findByCode(purpose, shown.for)
    const isCounted = await store(tx).countTry(row?.digest ?? '', mostTries)
    const isRight = keys.verifies(row?.code_tag ?? '', 'code', purpose, shown.for, shown.text)
    if (row && isCounted && isRight) return ticketFrom(row)
    tx.emit('identity.code.rejected', { ...(row && { userId: row.user_id }), data: { purpose } })
    return undefined
  }

  const rowOf = (ctx: Ctx, purpose: TicketPurpose, token: string, { userId, bindings, ttlMs, code }: Terms): TicketRow => ({
    digest: digest(purpose, token),
    purpose,
    user_id: userId,
    bindings,
    expires_at: new Date(ctx.at.getTime() + ttlMs),
    consumed_at: null,
    created_at: ctx.at,
    code_for: code?.for ?? null,
    code_tag: code ? tagOf(purpose, code) : null,
    code_tries: 0,
    code_expires_at: code ? new Date(ctx.at.getTime() + code.ttlMs) : null,
  })

  return {
    issue,
    issueFor,
    codeOf,
    issueBeside,
    tokenOf,
    find,
    judgeCode,
    liveUntil: (ctx: Ctx, purpose: TicketPurpose, userId: string) => store(ctx).liveUntil(userId, purpose),
    /** Spends one that was found. @returns whether this caller did */
    spend: (tx: Tx, purpose: TicketPurpose, { id }: Ticket) => store(tx).consume(purpose, id),
    /** @returns whether this caller spent it */
    consume: (tx: Tx, purpose: TicketPurpose, token: string) => store(tx).consume(purpose, digest(purpose, token)),
    /** Spends one ticket and with it every other one of its user. @returns whether this caller spent that one */
    async consumeWithOthers(tx: Tx, purpose: TicketPurpose, of: { userId: string; token: string }): Promise<boolean> {
      return (await store(tx).consumeAll(of.userId, lasting)).includes(digest(purpose, of.token))
    },
    /** All but those that give an account back. */
    async endAll(tx: Tx, userId: string): Promise<void> {
      await store(tx).consumeAll(userId, lasting)
    },
    endLater: (tx: Tx, purpose: TicketPurpose, { userId, issuedAt }: Ticket) => store(tx).consumeLater(userId, purpose, issuedAt),
    userData: {
      name: 'tickets',
      export: async (ctx, { userId }) => ({ tickets: (await store(ctx).list(userId)).map(toShown) }),
      erase: (tx, { userId }) => store(tx).removeAll(userId),
    } satisfies UserData,
  }
}

/** The first of 256 bits as decimal digits; what a million leaves over of 2^48 favours none that could be noticed. */
const digitsOf = (tag: string): string => String(Buffer.from(tag, 'base64url').readUIntBE(0, 6) % 1_000_000).padStart(6, '0')

const ticketFrom = (row: TicketRow): Ticket => ({
  id: row.digest,
  userId: row.user_id,
  bindings: row.bindings,
  issuedAt: row.created_at,
  expiresAt: row.expires_at,
})

/** A ticket as its owner may see it: what it proves and what it is bound to is nobody's to read. */
const toShown = ({
  purpose,
  created_at,
  expires_at,
  consumed_at,
}: Awaited<ReturnType<ReturnType<TicketStore>['list']>>[number]) => ({
  purpose,
  createdAt: created_at,
  expiresAt: expires_at,
  usedAt: consumed_at,
})

/** The service other features see. */
export type TicketsService = ReturnType<typeof createTickets>
