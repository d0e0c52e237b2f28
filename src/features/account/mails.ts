import { z } from 'zod'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { type MailKind, type MailService, type MailWriter, writerOf } from '../mail/index.ts'
import type { TicketsService } from '../tickets/index.ts'
import { emailOf, type UsersService } from '../users/index.ts'
import type { DepartureStore } from './store.sql.ts'

interface MailDeps {
  readonly users: UsersService
  readonly tickets: TicketsService
  readonly departures: DepartureStore
  readonly mail: Pick<MailService, 'owe'>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  /** The page a mail leads to. */
  link(token: string): string
}

const deletionMail = { template: 'account-deletion', payload: z.object({ userId: z.string() }) } satisfies MailKind

/** The mail to somebody who waits to be deleted: until then its link takes it back. */
export function createMails({ users, tickets, departures, mail, transaction, link }: MailDeps) {
  const writer: MailWriter = writerOf(deletionMail, async (ctx, { userId }, asked) => {
    const departure = await departures.find(ctx, userId)
    const user = await users.find(ctx, userId)
    const to = user && emailOf(user)?.value
    if (!to || !departure || departure.startedAt || departure.dueAt <= ctx.at) return undefined
    const ttlMs = departure.dueAt.getTime() - ctx.at.getTime()
    const issue = async (tx: Tx) => {
      await users.hold(tx, userId)
      return tickets.issueFor(tx, 'restore-account', asked, { userId, bindings: {}, ttlMs })
    }
    return {
      to,
      locale: user.locale,
      values: { date: departure.dueAt },
      async link() {
        const token = await transaction(ctx, issue)
        return token && link(token)
      },
    }
  })

  return { notice: (tx: Tx, userId: string) => mail.owe(tx, deletionMail, { userId }), writers: [writer] as const }
}

/** The mails of this feature. */
export type Mails = ReturnType<typeof createMails>
