/**
 * Proving an address: a mail with a link and a code, either of which spends both.
 *
 * Invariant: a proof is bound to the address it was mailed to, and dies when that is the user's no more. What was spent, superseded, guessed wrong, run
 * out or never sent is one refusal.
 *
 * @module
 */
import { z } from 'zod'
import { AuthError } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Obstacle } from '../feature.ts'
import { loginErrors } from '../login/index.ts'
import { type MailId, type MailKind, type MailService, type MailWriter, writerOf } from '../mail/index.ts'
import { type Ticket, type TicketsService, ticketErrors } from '../tickets/index.ts'
import { addressesOf, hasAddress, isVerified, type UserRecord, type UsersService } from '../users/index.ts'
import type { OwnerClaim, ProveOwner } from './owner.ts'

/** Who has to have proved their address to be let in: nobody, whoever is no newcomer any more, or everybody. */
export type VerificationMode = 'none' | 'lazy' | 'strict'

interface VerificationPolicy {
  readonly verification: VerificationMode
  /** How long somebody is a newcomer, in milliseconds. */
  readonly grace: number
}

interface VerificationDeps {
  readonly users: UsersService
  readonly tickets: TicketsService
  readonly mail: Pick<MailService, 'owe'>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  policy(ctx: Ctx): Promise<VerificationPolicy>
  readonly proveOwner: ProveOwner
  /** The page a mail leads to. */
  link(token: string): string
  /** How long it leads there. */
  readonly linkMs?: number | undefined
  /** The page somebody who already has an account is sent to. */
  readonly forgotPage: string
}

const purpose = 'verify-email'
const hourMs = 60 * 60_000
const minutes = 10
const codeMs = minutes * 60_000

export const verifyMail = {
  template: 'verify-email',
  payload: z.object({ email: z.string() }),
  isLimited: true,
} satisfies MailKind
const knownMail = { template: 'already-registered', payload: z.object({ email: z.string() }), isLimited: true } satisfies MailKind

/** Builds the verification of addresses. */
export function createVerification(deps: VerificationDeps) {
  const { users, tickets, mail, transaction, policy, proveOwner, link, linkMs = 24 * hourMs, forgotPage } = deps
  const hours = Math.max(1, Math.round(linkMs / hourMs))
  const owe = (tx: Tx, email: string) => mail.owe(tx, verifyMail, { email })

  /** Notes whom it is about and no more: whoever sends looks for the user. */
  async function resend(ctx: Ctx, typed: string): Promise<{ ok: true }> {
    const identifier = users.parse(typed)
    if (identifier?.kind === 'email') await transaction(ctx, (tx) => owe(tx, identifier.value))
    return { ok: true }
  }

  /** @throws ticket_rejected | password_required | invalid_credentials | rate_limited */
  async function verify(ctx: Ctx, { token, ...shown }: OwnerClaim & { token: string }): Promise<{ ok: true }> {
    return redeem(ctx, await tickets.find(ctx, purpose, token), 'link', shown)
  }

  /** @throws as `verify`; ticket_rejected also when the code was tried too often: nobody is told which */
  async function verifyByCode(
    ctx: Ctx,
    { email, code, ...shown }: OwnerClaim & { email: string; code: string },
  ): Promise<{ ok: true }> {
    const address = users.parse(email)?.value ?? ''
    const ticket = await transaction(ctx, (tx) => tickets.judgeCode(tx, purpose, { for: address, text: code }))
    return redeem(ctx, ticket, 'code', shown)
  }

  async function redeem(ctx: Ctx, ticket: Ticket | undefined, by: 'link' | 'code', shown: OwnerClaim): Promise<{ ok: true }> {
    const user = ticket && (await users.find(ctx, ticket.userId))
    const email = String(ticket?.bindings.email)
    if (!ticket || !user || !hasAddress(user, email)) throw new AuthError(ticketErrors.ticket_rejected)
    const proof = await proveOwner(ctx, user, shown)
    const verifying = users.verifying(user, email, by)
    await verifying.ahead(ctx)
    await transaction(ctx, async (tx) => {
      await users.hold(tx, user.id)
      if (proof && !(await proof.spend(tx))) throw new AuthError(loginErrors.invalid_credentials)
      if (!(await tickets.spend(tx, purpose, ticket))) throw new AuthError(ticketErrors.ticket_rejected)
      await verifying.within(tx)
    })
    return { ok: true }
  }

  /** Takes the word of an operator for it. @throws not_found */
  async function vouch(ctx: Ctx, userId: string) {
    const user = await users.get(ctx, userId)
    const { unproved, reason } = standing(user)
    if (unproved === undefined) return { verified: false, reason }
    const verifying = users.verifying(user, unproved, 'operator')
    await verifying.ahead(ctx)
    await transaction(ctx, verifying.within)
    return { verified: true }
  }

  /** @throws not_found */
  async function send(ctx: Ctx, userId: string) {
    const { unproved, reason } = standing(await users.get(ctx, userId))
    if (unproved === undefined) return { sent: false, reason }
    await transaction(ctx, async (tx) => {
      await owe(tx, unproved)
      tx.emit('identity.user.verification-sent', { userId, data: {}, audit: { target: userId } })
    })
    return { sent: true }
  }

  async function gate(ctx: Ctx, _userId: string, user: UserRecord): Promise<Obstacle | undefined> {
    if (standing(user).unproved === undefined) return undefined
    const { verification, grace } = await policy(ctx)
    if (verification === 'none') return undefined
    const isNew = ctx.at.getTime() - user.createdAt.getTime() < grace
    return verification === 'lazy' && isNew ? undefined : 'verification_required'
  }

  async function welcome(tx: Tx, user: UserRecord): Promise<void> {
    const { unproved } = standing(user)
    if (unproved !== undefined) await owe(tx, unproved)
  }

  /** Not while there is a mail that still works: its link would end with a newer one. */
  async function oweReminder(tx: Tx, user: UserRecord): Promise<void> {
    if (!(await tickets.liveUntil(tx, purpose, user.id))) await welcome(tx, user)
  }

  async function letterTo(ctx: Ctx, email: string, asked: MailId) {
    const user = await users.findByIdentifier(ctx, { kind: 'email', value: email })
    if (!user || isVerified(user, email) || (await users.stateOf(ctx, user.id)).disabledAt !== null) return undefined
    const code = tickets.codeOf(purpose, asked.id)
    const codeTtlMs = Math.min(codeMs, linkMs)
    const terms = { userId: user.id, bindings: { email }, ttlMs: linkMs, code: { for: email, text: code, ttlMs: codeTtlMs } }
    const issue = async (tx: Tx) => {
      await users.hold(tx, user.id)
      return tickets.issueFor(tx, purpose, asked, terms)
    }
    return {
      to: email,
      locale: user.locale,
      values: { code, minutes, hours },
      async link() {
        const token = await transaction(ctx, issue)
        return token && link(token)
      },
    }
  }

  const writers: readonly MailWriter[] = [
    writerOf(verifyMail, (ctx, { email }, asked) => letterTo(ctx, email, asked)),
    writerOf(knownMail, async (ctx, { email }) => {
      const user = await users.findByIdentifier(ctx, { kind: 'email', value: email })
      return user && { to: email, locale: user.locale, values: {}, link: async () => forgotPage }
    }),
  ]

  return {
    resend,
    verify,
    verifyByCode,
    vouch,
    send,
    gate,
    welcome,
    isFirst: async (ctx: Ctx) => (await policy(ctx)).verification === 'strict',
    oweKnown: async (tx: Tx, email: string) => void (await mail.owe(tx, knownMail, { email })),
    oweReminder,
    writers,
  }
}

/** The address somebody has still to prove. Whoever has proved one, or has none, owes nothing. */
function standing(user: UserRecord): { unproved?: string; reason?: 'already_verified' | 'no_address' } {
  const [first, ...others] = addressesOf(user)
  if (!first) return { reason: 'no_address' }
  const isDone = [first, ...others].some(({ verifiedAt }) => verifiedAt !== null)
  return isDone ? { reason: 'already_verified' } : { unproved: first.value }
}
