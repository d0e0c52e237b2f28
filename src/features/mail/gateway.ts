/**
 * The ways mail leaves the house: SMTP (RFC 5321) through nodemailer, an HTTP service, and for development a box and the log.
 *
 * Invariant: beyond loopback nothing is said before TLS has begun, and every wait has an end. What a box or the log shows opens accounts, so
 * neither is used in production.
 *
 * @module
 */
import type { Logger } from '../../kernel/ambient/ambient.ts'
import { timedFetch } from '../../kernel/ambient/timed-fetch.ts'
import { BootError } from '../../kernel/config/boot-error.ts'
import { type EmailMessage, type IEmailProvider, MailRefused, splitFrom } from './provider.ts'

const loopback = ['localhost', '127.0.0.1', '[::1]']

/** How long a server may take to answer, by step; together less than one attempt of a job. */
const smtpPatience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 5_000 }

/**
 * A provider that speaks to one SMTP server.
 *
 * @param url - `smtps://user:password@host` (TLS from the start) or `smtp://user:password@host:587` (STARTTLS, which is required beyond loopback)
 * @throws BootError for a URL that is none of them
 */
export function smtp(url: string): IEmailProvider {
  const { protocol, hostname, port, username, password } = parsed(url)
  const secure = protocol === 'smtps:'
  const auth = username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }
  const connect = async () => {
    const { createTransport } = await import('nodemailer') // only where a mail goes out this way
    return createTransport({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
      requireTLS: !secure && !loopback.includes(hostname),
      ...auth,
      ...smtpPatience,
      pool: true,
      maxConnections: 8,
      disableFileAccess: true, // a body that names a file or an address would be fetched
      disableUrlAccess: true,
    })
  }
  let made: ReturnType<typeof connect> | undefined
  const transporter = () => {
    made ??= connect().catch((error: unknown) => {
      made = undefined // the next mail tries again
      throw error
    })
    return made
  }
  return {
    async send({ headers: { 'Message-ID': messageId, ...headers }, from, to, ...message }, options) {
      try {
        await (await transporter()).sendMail({
          ...message,
          from: splitFrom(from), // objects: nothing in a name or an address is read as a list of addresses
          to: { name: '', address: to },
          headers,
          ...(messageId !== undefined && { messageId }),
          ...(options && { signal: options.signal }),
        })
      } catch (error) {
        throw refusalOf(error)
      }
    },
    async isHealthy() {
      return transporter()
        .then((opened) => opened.verify())
        .then(
          () => true,
          () => false,
        )
    },
    async shutdown() {
      await made?.then(
        (opened) => opened.close(),
        () => {}, // never opened
      )
    },
  }
}

function parsed(url: string): URL {
  if (URL.canParse(url) && ['smtp:', 'smtps:'].includes(new URL(url).protocol)) return new URL(url)
  throw new BootError(
    'mail.transport is not a URL of a mail server',
    'Use smtps://user:password@host or smtp://user:password@host:587.',
  )
}

/** RFC 3463 §3.2 (5.1.10: RFC 7505 §4.2): the mailbox or its domain does not exist, is no address, or has moved for good. */
const aboutTheReader = ['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10']

/**
 * What a server says for ever (RFC 5321 §4.2.1: 5yz) about this mail or its reader. What it says about us is an ordinary failure: before
 * RCPT, about the sender (5.1.7, 5.1.8), about rights (5.7.z, 530, 534, 535), and 550 without more, which is also how relaying is denied.
 * Taken for a missing mailbox, wrong settings would suppress the address of everybody who is written to meanwhile.
 */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { responseCode, response, command } = error as { responseCode?: number; response?: string; command?: string }
  if (responseCode === undefined || responseCode < 500 || [530, 534, 535].includes(responseCode)) return error
  if (command !== 'RCPT TO' && command !== 'DATA') return error
  const enhanced = /^5\d\d[ -](5\.\d{1,3}\.\d{1,3})(?!\d|\.)/.exec(response ?? '')?.[1]
  if (enhanced === undefined ? responseCode === 550 : /^5\.(7\.|1\.[78]$)/.test(enhanced)) return error
  const isAddress = command === 'RCPT TO' && enhanced !== undefined && aboutTheReader.includes(enhanced)
  return new MailRefused(`the mail server answered ${enhanced ?? responseCode}`, { isAddress, cause: error })
}

/** Where the service is, and who we are to it. */
export interface HttpMailerOptions {
  /** https, or http on loopback. */
  readonly endpoint: string
  /** Sent as `X-API-Key`. */
  readonly apiKey: string
  /** Which of its own providers the service shall use. */
  readonly provider?: string
}

const httpPatienceMs = 15_000

/** RFC 9110 §15.5: the content is wrong. The other 4xx are about a key, a path or a plan, which somebody mends. */
const aboutTheMail = [400, 413, 422]

/**
 * A carrier that posts `{ to, subject, html, text, from, fromName?, provider? }`. The mail's id travels as `Idempotency-Key`, so that a service that knows it sends doubles once.
 *
 * @throws BootError for an endpoint that is not safe
 * @example
 * ```ts
 * const transport = httpMailer({ endpoint: 'https://mail.example.com/send', apiKey: env.SECRET })
 * const auth = createAuth({ ...options, mail: { from: 'Example <hi@example.com>', transport } })
 * ```
 */
export function httpMailer({ endpoint, apiKey, provider }: HttpMailerOptions): IEmailProvider {
  const { protocol, hostname } = new URL(endpoint)
  if (protocol !== 'https:' && !(protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)))
    throw new BootError('the endpoint of the HTTP mailer is not https', 'An API key must not travel in clear.')
  return {
    async send({ to, from, subject, text, html, replyTo, headers }, options) {
      const { name, address } = splitFrom(from)
      const sender = { from: address, ...(name !== '' && { fromName: name }) }
      const response = await timedFetch(
        endpoint,
        {
          method: 'POST',
          redirect: 'error', // the key is for this host alone
          headers: {
            'content-type': 'application/json',
            'x-api-key': apiKey,
            'idempotency-key': headers['Message-ID'] ?? '',
          },
          body: JSON.stringify({ to, ...sender, subject, text, html, replyTo, provider }),
        },
        httpPatienceMs,
        options?.signal,
      )
      await response.body?.cancel()
      if (response.ok) return
      if (aboutTheMail.includes(response.status))
        throw new MailRefused(`the mail service answered ${response.status}`, { isAddress: false })
      throw new Error(`the mail service answered ${response.status}`)
    },
  }
}

/** A mail that a box has kept. */
export interface KeptMail extends EmailMessage {
  readonly at: Date
}

/** Keeps the last mails in memory. */
export interface Inbox extends IEmailProvider {
  /** Newest first. */
  messages(): readonly KeptMail[]
}

const kept = 500

/** A box that keeps what was sent. */
export function createInbox(now: () => Date): Inbox {
  const messages: KeptMail[] = []
  return {
    async send(message) {
      messages.unshift({ ...message, at: now() })
      messages.splice(kept)
    },
    messages: () => [...messages],
  }
}

/** Says each mail as a line of the log. */
export function consoleMail(logger: Logger): IEmailProvider {
  return {
    async send({ to, subject, text }) {
      logger.info({ to, subject, text }, 'a mail, not sent')
    },
  }
}
