import type { EmailMessage, IEmailProvider } from '../features/mail/index.ts'

/** A mail that was sent in a test. */
export interface TrappedMail extends EmailMessage {
  /** Every address of a page in it, in order. */
  readonly links: readonly string[]
  /** The code in it, if it has one. */
  readonly code?: string
}

/** The mails of a test, in place of a mail server. */
export interface MailTrap {
  /** What was sent to somebody, oldest first; to everybody, when nobody is named. */
  sentTo(to?: string): readonly TrappedMail[]
}

/** Builds the trap, and the carrier that fills it. */
export function createMailTrap(): { trap: MailTrap; provider: IEmailProvider } {
  const caught: TrappedMail[] = []
  return {
    trap: { sentTo: (to) => caught.filter((mail) => to === undefined || mail.to === to) },
    provider: {
      async send(message) {
        const code = /^\d{6}$/m.exec(message.text)?.[0]
        caught.push({ ...message, links: message.text.match(/https?:\/\/\S+/g) ?? [], ...(code !== undefined && { code }) })
      },
    },
  }
}
