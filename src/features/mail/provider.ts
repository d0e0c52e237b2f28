/**
 * Who carries mail: the port, and what goes through it.
 *
 * @module
 */

/** A mail on its way. Addresses are bare: `to` holds one, `from` may stand behind a name (`Example <hi@example.com>`). */
export interface EmailMessage {
  readonly to: string
  readonly from: string
  readonly replyTo?: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** `Message-ID` among them: the same over every attempt, so that whoever reads the mailbox can tell doubles. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Carries mail. An application may bring its own.
 *
 * @example
 * ```ts
 * import type { IEmailProvider } from 'keywright/stores'
 *
 * const provider: IEmailProvider = {
 *   async send({ to, subject, text, headers }) {
 *     await fetch('https://mail.example.com/send', { method: 'POST', body: JSON.stringify({ to, subject, text, id: headers['Message-ID'] }) })
 *   },
 * }
 * const auth = createAuth({ ...options, mail: { from: 'Example <hi@example.com>', transport: provider } })
 * ```
 */
export interface IEmailProvider {
  /**
   * Hands one mail over. Ends once the other side has taken responsibility for it.
   *
   * May be called again with the same `Message-ID`: an answer that got lost looks like a failure.
   *
   * @throws MailRefused when no repetition can help; anything else is tried again
   */
  send(message: EmailMessage, options?: { readonly signal: AbortSignal }): Promise<void>
  isHealthy?(): Promise<boolean>
  shutdown?(): Promise<void>
}

/**
 * The other side will never take this mail.
 *
 * @example
 * ```ts
 * import { MailRefused } from 'keywright/stores'
 *
 * function refusalOf(status: number) {
 *   return status === 410 ? new MailRefused('no such mailbox', { isAddress: true }) : new Error(`the service answered ${status}`)
 * }
 * ```
 */
export class MailRefused extends Error {
  override readonly name = 'MailRefused'
  /** Whether it is the address that does not exist: nothing more is sent there. */
  readonly isAddress: boolean

  constructor(message: string, of: { isAddress: boolean; cause?: unknown }) {
    super(message, { cause: of.cause })
    this.isAddress = of.isAddress
  }
}

/** RFC 5322 §3.4: a name and the address in angle brackets, or the address alone. */
export function splitFrom(value: string): { name: string; address: string } {
  const [, name = '', bracketed] = /^([^<>\r\n]*)<([^<>]+)>$/.exec(value.trim()) ?? []
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address: bracketed ?? value.trim() }
}
