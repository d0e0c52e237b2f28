/**
 * Mail through the application's provider and queue, and the two mails of JSON Express for code that sends its own.
 *
 * Invariant: the queue carries ids. The token of a mail is made when it is sent, and is in no job and no log.
 *
 * @module
 */
import type { IEmailProvider as Carrier, IQueueAdapter as OurQueue } from '../../stores.ts'
import type { EmailMessage, IEmailProvider, IQueueAdapter } from './kernel.ts'

/** Their provider behind our port. @param from left to the provider where nobody says it */
export const toCarrier = (provider: IEmailProvider, from: string | undefined): Carrier => ({
  async send({ to, replyTo, subject, text, html, headers }) {
    await provider.send({
      to,
      ...(from !== undefined && { from }),
      ...(replyTo !== undefined && { replyTo }),
      subject,
      text,
      html,
      headers: { ...headers },
    })
  },
})

const topic = 'emails'
const mailJob = { ours: 'mail.send', theirs: 'sendPasswordReset' }

/** Their queue behind our port: everything goes over the topic `emails`. The kernel ends it. */
export const toQueue = (queue: IQueueAdapter): OurQueue => ({
  enqueue: (_queue, job, payload, options) =>
    queue.enqueue(topic, job === mailJob.ours ? mailJob.theirs : job, payload, { ...options }),
  registerWorker: (_queue, work) =>
    queue.registerWorker(topic, ({ name, payload }) => work({ name: name === mailJob.theirs ? mailJob.ours : name, payload })),
})

/** What a mail of JSON Express is made of. */
export interface EmailTemplateContext {
  appName: string
  to: string
  /** Left to the provider where it is absent. */
  from?: string
  /** The page the link leads to; the token is added as `?token=`. */
  actionUrl: string
  token: string
}

interface Words {
  readonly subject: string
  readonly body: string
  readonly action: string
  readonly disclaimer: string
}

/** A mail in which somebody confirms their address. */
export const verification = (context: EmailTemplateContext): EmailMessage =>
  letter(context, {
    subject: `Confirm your address for ${context.appName}`,
    body: `Somebody registered at ${context.appName} with this address.`,
    action: 'Confirm the address',
    disclaimer: 'If it was not you, ignore this mail.',
  })

/** A mail in which somebody chooses a new password. */
export const passwordReset = (context: EmailTemplateContext): EmailMessage =>
  letter(context, {
    subject: `Choose a new password for ${context.appName}`,
    body: `Somebody asked for a new password for your account at ${context.appName}.`,
    action: 'Choose a new password',
    disclaimer: 'If it was not you, ignore this mail: your password stays as it is.',
  })

function letter({ to, from, actionUrl, token }: EmailTemplateContext, words: Words): EmailMessage {
  const { body, action, disclaimer } = words
  const link = linkTo(actionUrl, token)
  return {
    to,
    ...(from !== undefined && { from }),
    subject: words.subject.replaceAll(/\s+/g, ' '), // a line break in a name would begin another header
    text: `${body}\n\n${action}:\n${link}\n\n${disclaimer}\n`,
    html: `<p>${escaped(body)}</p>\n<p><a href="${escaped(link)}">${escaped(action)}</a></p>\n<p>${escaped(disclaimer)}</p>\n`,
  }
}

function linkTo(actionUrl: string, token: string): string {
  const link = new URL(actionUrl)
  link.searchParams.set('token', token)
  return link.href
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (value: string): string => value.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign)
