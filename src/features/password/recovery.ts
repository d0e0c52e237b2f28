/**
 * Forgotten passwords: a mail with a link that works once.
 *
 * Invariant: the answer says nothing about who exists, and neither does its time: the request only notes whom it is about, and whoever
 * sends mail looks for the user. What was spent, superseded or run out is one refusal (OWASP Forgot Password Cheat Sheet; ASVS 5.0 V6.4).
 *
 * @module
 */
import { z } from 'zod'
import { AuthError } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { type MailKind, type MailService, type MailWriter, writerOf } from '../mail/index.ts'
import { type TicketsService, ticketErrors } from '../tickets/index.ts'
import { toUser, type UsersService } from '../users/index.ts'
import type { Password } from './service.ts'

interface RecoveryDeps {
  readonly users: UsersService
  readonly tickets: TicketsService
  readonly mail: Pick<MailService, 'owe'>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  recover: Password['recover']
  /** The page a mail leads to. */
  link(token: string): string
}

const minutes = 30
const ttlMs = minutes * 60_000

const resetMail = {
  template: 'reset-password',
  payload: z.object({ kind: z.enum(['email', 'username', 'phone']), value: z.string() }),
} satisfies MailKind

const changedMail = {
  template: 'password-changed',
  payload: z.object({ userId: z.string(), at: z.coerce.date() }),
} satisfies MailKind

/** Builds recovery by mail. */
export function createRecovery({ users, tickets, mail, transaction, recover, link }: RecoveryDeps) {
  async function forgot(ctx: Ctx, typed: string): Promise<{ ok: true }> {
    const identifier = users.parse(typed)
    if (identifier) await transaction(ctx, (tx) => mail.owe(tx, resetMail, identifier))
    return { ok: true }
  }

  /** @throws ticket_rejected | password_rejected, after which the link still works */
  async function reset(ctx: Ctx, token: string, fresh: string): Promise<{ ok: true }> {
    const ticket = await tickets.find(ctx, 'reset-password', token)
    const user = ticket && (await users.find(ctx, ticket.userId))
    const isSpent = user && (await recover(ctx, user, fresh, (tx) => tickets.consume(tx, 'reset-password', token)))
    if (!isSpent) throw new AuthError(ticketErrors.ticket_rejected)
    return { ok: true }
  }

  /** Tells the user, wherever the change came from: it may not have been them. */
  const oweNotice = (tx: Tx, userId: string) => mail.owe(tx, changedMail, { userId, at: tx.at })

  const writers: readonly MailWriter[] = [
    writerOf(resetMail, async (ctx, identifier, asked) => {
      const user = await users.findByIdentifier(ctx, identifier)
      const to = user && toUser(user, ctx.tenantId).email
      if (!to || (await users.stateOf(ctx, user.id)).disabledAt !== null) return undefined
      const issue = async (tx: Tx) => {
        await users.hold(tx, user.id)
        return tickets.issueFor(tx, 'reset-password', asked, { userId: user.id, bindings: {}, ttlMs })
      }
      return {
        to,
        locale: user.locale,
        values: { minutes },
        async link() {
          const token = await transaction(ctx, issue)
          return token && link(token)
        },
      }
    }),
    writerOf(changedMail, async (ctx, { userId, at }) => {
      const user = await users.find(ctx, userId)
      const to = user && toUser(user, ctx.tenantId).email
      return to ? { to, locale: user.locale, values: { date: at } } : undefined
    }),
  ]

  return { forgot, reset, oweNotice, writers }
}
