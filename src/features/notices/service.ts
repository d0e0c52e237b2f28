import { z } from 'zod'
import type { EventData } from '../../kernel/contract/event.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { EmittedEvent, EventSink } from '../../storage/types.ts'
import { type MailKind, type MailService, type MailWriter, writerOf } from '../mail/index.ts'
import { deviceName } from '../sessions/index.ts'
import { emailOf, type UsersService } from '../users/index.ts'
import type { KnownStore } from './store.sql.ts'

interface NoticesDeps {
  readonly users: Pick<UsersService, 'find'>
  readonly mail: Pick<MailService, 'owe'>
  readonly known: KnownStore
  /** Which of them are sent. */
  policy(ctx: Ctx): Promise<Readonly<Record<'newDevice' | 'passwordChanged' | 'refreshReuse', boolean>>>
  /** What is kept of a place somebody logged in from. */
  markOf(userId: string, device: string, network: string): string
  networkOf(ip: string | undefined): string
}

const When = z.object({ userId: z.string(), at: z.coerce.date() })
const Where = When.extend({ device: z.string(), network: z.string() })

const changedMail = { template: 'password-changed', payload: When } satisfies MailKind
const deviceMail = { template: 'new-device', payload: Where, isLimited: true } satisfies MailKind
const reuseMail = { template: 'refresh-reuse', payload: Where } satisfies MailKind

const heard: readonly string[] = ['identity.user.password.changed', 'identity.session.reuse-detected', 'identity.session.created']

/** Owes mails for what happens, in the transaction that it happens in. */
export function createNotices({ users, mail, known, policy, markOf, networkOf }: NoticesDeps) {
  async function record(tx: Tx, events: readonly EmittedEvent[]): Promise<void> {
    for (const event of events.filter(({ name }) => heard.includes(name))) {
      const { passwordChanged, refreshReuse, newDevice } = await policy(tx)
      if (event.name === 'identity.user.password.changed' && passwordChanged) await tellOfPassword(tx, event)
      if (event.name === 'identity.session.reuse-detected' && refreshReuse) await mail.owe(tx, reuseMail, whereOf(event))
      if (event.name === 'identity.session.created' && newDevice) await meet(tx, event, loginOf(events, event))
    }
  }

  /** Whoever got their account back is sent a link to choose a password with, which says more. */
  async function tellOfPassword(tx: Tx, event: EmittedEvent): Promise<void> {
    const { by } = event.body.data as EventData<'identity.user.password.changed'>
    if (by !== 'revert') await mail.owe(tx, changedMail, { userId: ownerOf(event), at: event.ctx.at.toISOString() })
  }

  /**
   * Meets somebody who has logged in or registered. Nobody is told of a registration, or of the first login there ever was. A browser is known by
   * its mark; an app has none, so it is known by its kind and the network it was on before. The user is held by the login.
   */
  async function meet(tx: Tx, event: EmittedEvent, login: LoginData | undefined): Promise<void> {
    const where = whereOf(event)
    const mark = markOf(where.userId, where.device, where.network)
    const marks = await known(tx).find(where.userId)
    const isMarked = marks?.includes(mark) ?? false
    if (!isMarked) await known(tx).set(where.userId, [mark, ...(marks ?? [])].slice(0, maxMarks))
    const isKnown = login?.knownBrowser || (login?.delivery === 'bearer' && isMarked)
    if (login && marks && !isKnown) await mail.owe(tx, deviceMail, where)
  }

  const whereOf = (event: EmittedEvent): z.input<typeof Where> => ({
    userId: ownerOf(event),
    at: event.ctx.at.toISOString(),
    device: deviceName(event.ctx.from?.userAgent ?? '') ?? unknown,
    network: event.ctx.from?.ip === undefined ? unknown : networkOf(event.ctx.from.ip),
  })

  async function readerOf(ctx: Ctx, userId: string) {
    const user = await users.find(ctx, userId)
    const to = user && emailOf(user)?.value
    return to ? { to, locale: user.locale } : undefined
  }

  const placed = (kind: typeof deviceMail | typeof reuseMail) =>
    writerOf(kind, async (ctx, { userId, at, device, network }) => {
      const reader = await readerOf(ctx, userId)
      return reader && { ...reader, values: { date: at, device, network } }
    })

  const writers: readonly MailWriter[] = [
    writerOf(changedMail, async (ctx, { userId, at }) => {
      const reader = await readerOf(ctx, userId)
      return reader && { ...reader, values: { date: at } }
    }),
    placed(deviceMail),
    placed(reuseMail),
  ]

  return { sink: { record, committed() {} } satisfies EventSink, writers }
}

/** Places of one user that are remembered, the newest first. */
const maxMarks = 20
/** In any language. */
const unknown = '–'

type LoginData = EventData<'identity.auth.login.success'>

/** The login that a session began with; a registration has none. */
function loginOf(events: readonly EmittedEvent[], { body }: EmittedEvent): LoginData | undefined {
  const found = events.find((one) => one.name === 'identity.auth.login.success' && one.body.sessionId === body.sessionId)
  return found?.body.data as LoginData | undefined
}

function ownerOf({ name, body }: EmittedEvent): string {
  if (body.userId === undefined) throw new Error(`${name} names no user`)
  return body.userId
}
