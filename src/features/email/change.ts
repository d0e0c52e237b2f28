/**
 * The change of an address, and the way back (OWASP ASVS 5.0 V6.3.7, V7.5.1).
 *
 * Invariant: an address changes once the new one has answered, for the request that was made last, and whoever reads the old one can put it
 * back for 72 hours. Nobody in the account can end that: not by a further change, a new password, or an account of their own at the old address,
 * which stays kept meanwhile.
 *
 * Where people are in a store of the application, which cannot join our transaction, the order of writes decides what a crash leaves. A change
 * owes its notice before their write, and the notice is sent once the change is there: no address changes unheard. A way back is spent after their
 * write, so that it can be gone again: no owner is left half-way.
 *
 * @module
 */
import { z } from 'zod'
import type { Active } from '../../kernel/contract/access.ts'
import { AuthError, invalidField } from '../../kernel/contract/errors.ts'
import { type IssueReason, kernelIssues } from '../../kernel/contract/issues.ts'
import { asUser, type Ctx, type Tx } from '../../kernel/ctx.ts'
import type { Gives, Regain, Shown } from '../feature.ts'
import { loginErrors } from '../login/index.ts'
import { type MailKind, type MailService, type MailWriter, writerOf } from '../mail/index.ts'
import type { SessionsService } from '../sessions/index.ts'
import { type TicketsService, ticketErrors } from '../tickets/index.ts'
import { emailOf, type UsersService } from '../users/index.ts'
import type { OwnerClaim, ProveOwner } from './owner.ts'

interface ChangeDeps {
  readonly users: UsersService
  readonly sessions: Pick<SessionsService, 'assertAlive'>
  readonly tickets: TicketsService
  readonly mail: Pick<MailService, 'owe'>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  readonly proveOwner: ProveOwner
  /** @throws step_up_required | invalid_credentials | rate_limited */
  reauthenticate(ctx: Ctx, auth: Active, shown: Shown): Promise<void>
  authentications(): readonly Gives['authentications'][]
  regain(): readonly Regain[]
  confirmLink(token: string): string
  revertLink(token: string): string
}

const minutes = 30
const changeMs = minutes * 60_000
const hours = 72
const revertMs = hours * 3_600_000
/** Their store is written within seconds of the transaction before it; this long a notice waits to see it. */
const writtenMs = 60_000
/** The first look, where a store of the application is written meanwhile. */
const lookMs = 5_000

const Move = z.object({ userId: z.string(), from: z.string().nullable(), to: z.string() })
const Undo = z.object({ email: z.string(), verifiedAt: z.coerce.date().nullable() })

const changeMail = { template: 'change-email', payload: Move, isLimited: true } satisfies MailKind
/** About whoever has the address: it goes when they do. */
const takenMail = {
  template: 'address-taken',
  payload: z.object({ email: z.string(), by: z.string() }),
  isLimited: true,
} satisfies MailKind
const changedMail = {
  template: 'email-changed',
  payload: z.object({ userId: z.string(), from: z.string(), to: z.string(), at: z.coerce.date() }),
} satisfies MailKind

/** Builds the change of an address. */
export function createChange(deps: ChangeDeps) {
  const { users, sessions, tickets, mail, transaction } = deps

  /**
   * Notes which address somebody wants to have. Whether it is somebody's only those learn who read its mail: whoever sends looks for them.
   *
   * @throws validation_failed | step_up_required | invalid_credentials | rate_limited; unauthorized when they were thrown out meanwhile
   */
  async function request(ctx: Ctx, auth: Active, typed: string, shown: Shown): Promise<{ ok: true }> {
    await deps.reauthenticate(ctx, auth, shown)
    const from = emailOf(await users.get(ctx, auth.userId))?.value ?? null
    const asked = users.parse(typed)
    if (asked?.kind !== 'email') throw unusable({ ...kernelIssues.invalid_format, message: 'is not an address', format: 'email' })
    if (asked.value === from) throw unusable({ ...kernelIssues.unchanged, message: 'is the one you have' })
    const move = { userId: auth.userId, from, to: asked.value }
    await transaction(ctx, async (tx) => {
      await users.hold(tx, auth.userId)
      // A password takes its time to be checked: whoever lost the account meanwhile begins nothing in it (LK-07).
      await sessions.assertAlive(tx, auth)
      const id = await mail.owe(tx, changeMail, move)
      // From now on, whether or not its mail arrives: the link to an address that is no longer wanted ends with this request (EC-04).
      await issue(tx, move, { id, askedAt: tx.at })
      await mail.owe(tx, takenMail, { email: move.to, by: move.userId })
    })
    return { ok: true }
  }

  const issue = (tx: Tx, { userId, ...bindings }: z.output<typeof Move>, asked: { id: string; askedAt: Date }) =>
    tickets.issueFor(tx, 'change-email', asked, { userId, bindings, ttlMs: changeMs })

  /** @throws ticket_rejected | password_required | invalid_credentials | rate_limited | identifier_taken */
  async function confirm(ctx: Ctx, { token, ...shown }: OwnerClaim & { token: string }): Promise<{ ok: true }> {
    const ticket = await tickets.find(ctx, 'change-email', token)
    const user = ticket && (await users.find(ctx, ticket.userId))
    const move = Move.safeParse({ userId: ticket?.userId, ...ticket?.bindings }).data
    const old = user && emailOf(user)
    if (!user || !move || (old?.value ?? null) !== move.from) throw new AuthError(ticketErrors.ticket_rejected)
    const proof = await deps.proveOwner(ctx, user, shown)
    const oldKeptUntil = new Date(ctx.at.getTime() + revertMs)
    await around(asUser(ctx, user.id), user.id, {
      async ahead(tx) {
        if (proof && !(await proof.spend(tx))) throw new AuthError(loginErrors.invalid_credentials)
        const isSpent = await tickets.consumeWithOthers(tx, 'change-email', { userId: user.id, token })
        if (!isSpent) throw new AuthError(ticketErrors.ticket_rejected)
        if (old) await oweWayBack(tx, move, { email: old.value, verifiedAt: old.verifiedAt })
      },
      to: { email: move.to, verifiedAt: ctx.at, oldKeptUntil },
      within: (tx) => say(tx, user.id, 'user', { from: move.from, to: move.to }),
    })
    return { ok: true }
  }

  /** The mail to the old address. It is no notice that could be switched off: it carries the only way back. */
  async function oweWayBack(tx: Tx, { userId, to }: z.output<typeof Move>, old: z.output<typeof Undo>): Promise<void> {
    const of = { userId, from: old.email, to, at: tx.at.toISOString() }
    const id = await mail.owe(tx, changedMail, of, { delayMs: users.isForeign ? lookMs : 0 })
    const bindings = { email: old.email, verifiedAt: old.verifiedAt?.toISOString() ?? null }
    await tickets.issueBeside(tx, 'revert-email', id, { userId, bindings, ttlMs: revertMs })
  }

  /**
   * Gives an account back to whoever reads its old address. Somebody else may have been in it: what they know is made useless, what they have
   * open ends, and the owner is sent a link to choose a new password with.
   *
   * @throws ticket_rejected; identifier_taken where a store of the application gave the address away meanwhile
   */
  async function revert(ctx: Ctx, token: string): Promise<{ ok: true }> {
    const ticket = await tickets.find(ctx, 'revert-email', token)
    const user = ticket && (await users.find(ctx, ticket.userId))
    if (!user || (await users.stateOf(ctx, user.id)).disabledAt !== null) throw new AuthError(ticketErrors.ticket_rejected)
    const { email, verifiedAt } = Undo.parse(ticket.bindings)
    const owner = asUser(ctx, user.id)
    const disown = async () => {
      for (const part of deps.regain()) await part.disown?.(owner, user.id)
    }
    const end = async (tx: Tx) => {
      if (!(await tickets.find(tx, 'revert-email', token))) throw new AuthError(ticketErrors.ticket_rejected)
      await users.raiseTokenVersion(tx, user.id)
      for (const other of deps.authentications()) await other.endAll(tx, user.id, 'email_reverted')
    }
    await disown()
    await around(owner, user.id, {
      ahead: end,
      to: { email, verifiedAt },
      isWayBack: true,
      async written(held) {
        // While their write took its time, the address it replaced still let somebody recover the account and log in.
        await held(end)
        await disown()
      },
      async within(tx) {
        if (!(await tickets.consume(tx, 'revert-email', token))) throw new AuthError(ticketErrors.ticket_rejected)
        // Those of changes that were made from there on: an older way back is somebody's who was the owner before.
        await tickets.endLater(tx, 'revert-email', ticket)
        for (const { undo } of deps.regain()) await undo?.(tx, user.id)
        for (const { invite } of deps.regain()) await invite?.(tx, email)
        await say(tx, user.id, 'revert', { from: emailOf(user)?.value ?? null, to: email })
      },
    })
    return { ok: true }
  }

  /** One transaction with the user held; where people are kept elsewhere their store is written between two. */
  async function around(ctx: Ctx, userId: string, { to, ahead, written, within, isWayBack = false }: Steps): Promise<void> {
    const held: Held = (work) =>
      transaction(ctx, async (tx) => {
        await users.hold(tx, userId)
        await work(tx)
      })
    if (users.isForeign) {
      const write = async () => {
        await users.replaceEmail(ctx, userId, to)
        return true
      }
      return users.readdress(ctx, userId, to, { isWayBack, ahead, write, written: async () => written?.(held), within })
    }
    return held(async (tx) => {
      await ahead(tx)
      await users.replaceEmail(tx, userId, to)
      await within(tx)
    })
  }

  async function say(tx: Tx, userId: string, by: 'user' | 'revert', { from, to }: { from: string | null; to: string }) {
    await users.announce(tx, userId)
    const audit = { target: userId, before: { email: from }, after: { email: to } }
    tx.emit('identity.user.email.changed', { userId, data: { by }, audit })
  }

  const writers: readonly MailWriter[] = [
    writerOf(changeMail, async (ctx, move, asked) => {
      const user = await users.find(ctx, move.userId)
      const isFree = (await users.findByIdentifier(ctx, { kind: 'email', value: move.to })) === undefined
      if (!user || !isFree) return undefined
      const again = async (tx: Tx) => {
        await users.hold(tx, user.id)
        return issue(tx, move, asked)
      }
      return {
        to: move.to,
        locale: user.locale,
        values: { minutes },
        async link() {
          const token = await transaction(ctx, again)
          return token && deps.confirmLink(token)
        },
      }
    }),
    writerOf(takenMail, async (ctx, { email, by }) => {
      const holder = await users.findByIdentifier(ctx, { kind: 'email', value: email })
      return holder && holder.id !== by ? { to: email, locale: holder.locale, values: {} } : undefined
    }),
    writerOf(changedMail, async (ctx, { userId, from, to, at }, { id, askedAt }) => {
      const token = tickets.tokenOf('revert-email', id)
      const user = await users.find(ctx, userId)
      if (!user || !(await tickets.find(ctx, 'revert-email', token))) return undefined
      if (emailOf(user)?.value === from) {
        if (ctx.at.getTime() - askedAt.getTime() > writtenMs) return undefined // it never came to be
        throw new Error('the address has not been written yet')
      }
      return {
        to: from,
        locale: user.locale,
        values: { date: at, hours, newEmail: to },
        link: async () => deps.revertLink(token),
      }
    }),
  ]

  return { request, confirm, revert, writers }
}

/** Works in a transaction, the user held. */
type Held = (work: (tx: Tx) => Promise<void>) => Promise<void>

interface Steps {
  ahead(tx: Tx): Promise<void>
  /** Written in the transaction, or between the two. */
  readonly to: Parameters<UsersService['replaceEmail']>[2]
  readonly isWayBack?: boolean
  /** Where the write took a time of its own: what came in meanwhile. */
  written?(held: Held): Promise<void>
  within(tx: Tx): Promise<void>
}

const unusable = (reason: IssueReason): AuthError => invalidField('/newEmail', reason)
