/**
 * A new password by mail, for whoever has forgotten theirs, must have another one, or has none yet: a link that works once.
 *
 * Invariant: the answer says nothing about who exists, and neither does its time: the request only notes whom it is about, and whoever
 * sends mail looks for the user. What was spent, superseded or run out is one refusal (OWASP Forgot Password Cheat Sheet; ASVS 5.0 V6.4).
 *
 * @module
 */
import { z } from 'zod'
import { AuthError } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { type Letter, type MailId, type MailKind, type MailService, type MailWriter, writerOf } from '../mail/index.ts'
import { type TicketsService, ticketErrors } from '../tickets/index.ts'
import { emailOf, hasAddress, type UserRecord, type UsersService } from '../users/index.ts'
import type { Password } from './service.ts'

interface RecoveryDeps {
  readonly users: UsersService
  readonly tickets: TicketsService
  readonly mail: Pick<MailService, 'owe'>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  recover: Password['recover']
  /** Whether nobody is let in as this user: then a new password is of no use to anybody. */
  isRefused(ctx: Ctx, user: UserRecord): Promise<boolean>
  /** The page a mail leads to. */
  link(token: string): string
  /** How long it leads there. */
  readonly ttlMs: number | undefined
}

const minuteMs = 60_000
const usualTtlMs = 30 * minuteMs

/** What a ticket of ours says; one of an older release says nothing of the address. */
const Bound = z.object({ email: z.string().optional() })

const resetMail = {
  template: 'reset-password',
  payload: z.object({ kind: z.enum(['email', 'username', 'phone']), value: z.string() }),
  isLimited: true,
} satisfies MailKind

/** Not the mail above: whoever asks for that one too often must not keep this one away. */
const revertedMail = { template: 'email-reverted', payload: z.object({ email: z.string() }) } satisfies MailKind
const demandMail = { template: 'reset-required', payload: z.object({ userId: z.string() }) } satisfies MailKind
const welcomeMail = { template: 'set-password', payload: z.object({ userId: z.string() }) } satisfies MailKind
const notMeMail = { template: 'not-me', payload: z.object({ userId: z.string() }) } satisfies MailKind

/** Builds recovery by mail. */
export function createRecovery(deps: RecoveryDeps) {
  const { users, tickets, mail, transaction, recover, isRefused, link, ttlMs = usualTtlMs } = deps
  async function forgot(ctx: Ctx, typed: string): Promise<{ ok: true }> {
    const identifier = users.parse(typed)
    if (identifier) await transaction(ctx, (tx) => mail.owe(tx, resetMail, identifier))
    return { ok: true }
  }

  /**
   * Chooses a password. Whoever has the mail has the mailbox, so the address counts as proved too.
   *
   * @throws ticket_rejected | password_rejected, after which the link still works
   */
  async function reset(ctx: Ctx, token: string, fresh: string): Promise<{ ok: true }> {
    const ticket = await tickets.find(ctx, 'reset-password', token)
    const user = ticket && (await users.find(ctx, ticket.userId))
    const mailedTo = ticket && Bound.parse(ticket.bindings).email
    if (!user || (mailedTo !== undefined && !hasAddress(user, mailedTo))) throw new AuthError(ticketErrors.ticket_rejected)
    const proved = mailedTo === undefined ? undefined : users.verifying(user, mailedTo, 'reset')
    const isSpent = await recover(ctx, user, fresh, {
      ahead: async () => proved?.ahead(ctx),
      async spend(tx) {
        if (!(await tickets.consume(tx, 'reset-password', token))) return false
        await proved?.within(tx)
        return true
      },
    })
    if (!isSpent) throw new AuthError(ticketErrors.ticket_rejected)
    return { ok: true }
  }

  /** For whoever got their account back with this address. */
  const invite = async (tx: Tx, email: string) => void (await mail.owe(tx, revertedMail, { email }))

  /** A mail with a link. Nobody who may not log in gets one. */
  async function letterTo(ctx: Ctx, user: UserRecord | undefined, asked: MailId): Promise<Letter<'reset-password'> | undefined> {
    const to = user && emailOf(user)?.value
    if (!to || (await isRefused(ctx, user))) return undefined
    const issue = async (tx: Tx) => {
      await users.hold(tx, user.id)
      return tickets.issueFor(tx, 'reset-password', asked, { userId: user.id, bindings: { email: to }, ttlMs })
    }
    return {
      to,
      locale: user.locale,
      values: { minutes: Math.max(1, Math.round(ttlMs / minuteMs)) },
      async link() {
        const token = await transaction(ctx, issue)
        return token && link(token)
      },
    }
  }

  const writers: readonly MailWriter[] = [
    writerOf(resetMail, async (ctx, identifier, asked) => letterTo(ctx, await users.findByIdentifier(ctx, identifier), asked)),
    writerOf(revertedMail, async (ctx, { email }, asked) =>
      letterTo(ctx, await users.findByIdentifier(ctx, { kind: 'email', value: email }), asked),
    ),
    writerOf(demandMail, async (ctx, { userId }, asked) => letterTo(ctx, await users.find(ctx, userId), asked)),
    writerOf(notMeMail, async (ctx, { userId }, asked) => letterTo(ctx, await users.find(ctx, userId), asked)),
    writerOf(welcomeMail, async (ctx, { userId }, asked) => letterTo(ctx, await users.find(ctx, userId), asked)),
  ]

  return {
    forgot,
    reset,
    invite,
    oweDemand: (tx: Tx, userId: string) => mail.owe(tx, demandMail, { userId }),
    oweNotMe: (tx: Tx, userId: string) => mail.owe(tx, notMeMail, { userId }),
    oweWelcome: (tx: Tx, userId: string) => mail.owe(tx, welcomeMail, { userId }),
    writers,
  }
}

/** Recovery by mail, where mail is on. */
export type Recovery = ReturnType<typeof createRecovery>
