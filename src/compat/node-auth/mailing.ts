/**
 * Mail as node-auth is told of it: a service that takes mails over HTTP, functions of the application in place of it, and templates.
 *
 * Invariant: a route is there when its mail can be sent. Nobody's address changes unless both mails can: the one that asks the new address, and
 * the one that leaves the old one a way back.
 *
 * @module
 */
import { z } from 'zod'
import { type AuthOptions, BootError, httpMailer } from '../../index.ts'
import { type ITemplateStore, MailRefused } from '../../stores.ts'

/** A service that takes mails over HTTP: it is sent `{ to, subject, html, text, from, fromName?, provider? }` with `X-API-Key`. */
export interface MailerConfig {
  /** https, or http on loopback. */
  endpoint: string
  apiKey: string
  from: string
  fromName?: string | undefined
  /** Which of its own providers the service shall use. */
  provider?: string | undefined
  /** For readers whose browser asks for none of ours (`en`). */
  defaultLang?: 'en' | 'it' | undefined
}

/** How mail leaves. A function of yours goes before the mailer. It may be called again with the same token when it fails. */
export interface EmailConfig {
  /** Where people reach the application. Of several addresses the first; a warning says so. */
  siteUrl?: string | string[] | undefined
  mailer?: MailerConfig | undefined
  sendPasswordReset?(to: string, token: string, link: string, lang?: 'en' | 'it'): void | Promise<void>
  /** Also for the mail that asks a new address: the link says which. */
  sendVerificationEmail?(to: string, token: string, link: string, lang?: 'en' | 'it'): void | Promise<void>
  /** `to` is the old address, and `link` its way back for 72 hours. */
  sendEmailChanged?(to: string, newEmail: string, lang?: 'en' | 'it', link?: string): void | Promise<void>
}

/** What can be sent. */
export interface Mailing {
  readonly mail: NonNullable<AuthOptions['mail']>
  /** Whether every mail of ours has somebody to carry it. */
  readonly hasMailer: boolean
  readonly canReset: boolean
  readonly canVerify: boolean
  readonly canChange: boolean
}

const mailer = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }),
  apiKey: z.string().min(1),
  from: z.string(),
  fromName: z
    .string()
    .regex(/^[^<>\p{Cc}]*$/u, { error: 'a name, without angle brackets' })
    .optional(),
  provider: z.string().optional(),
  defaultLang: z.enum(['en', 'it']).optional(),
})
const callable = z
  .unknown()
  .refine((value) => typeof value === 'function', { error: 'a function' })
  .optional()

/** What of `email` is about mail. */
export const mailingShape = {
  mailer: mailer.optional(),
  sendPasswordReset: callable,
  sendVerificationEmail: callable,
  sendEmailChanged: callable,
}

/** @throws BootError for a mailer that is not safe */
export function readMailing(email: EmailConfig): Mailing | undefined {
  const { mailer, sendPasswordReset, sendVerificationEmail, sendEmailChanged } = email
  if (!mailer && !sendPasswordReset && !sendVerificationEmail && !sendEmailChanged) return undefined
  const hasMailer = mailer !== undefined
  return {
    mail: { ...carrierOf(mailer), send: sendersOf(email) },
    hasMailer,
    canReset: hasMailer || sendPasswordReset !== undefined,
    canVerify: hasMailer || sendVerificationEmail !== undefined,
    canChange: hasMailer || (sendVerificationEmail !== undefined && sendEmailChanged !== undefined),
  }
}

function carrierOf(mailer: MailerConfig | undefined) {
  if (!mailer) return { from: 'nobody@localhost.invalid', transport: nobody }
  const { endpoint, apiKey, from, fromName, provider, defaultLang } = mailer
  return {
    from: fromName ? `${fromName} <${from}>` : from,
    transport: httpMailer({ endpoint, apiKey, ...(provider !== undefined && { provider }) }),
    ...(defaultLang && { language: defaultLang }),
  }
}

/** For mails that no function of theirs sends. No repetition can help, and operators see which it was. */
const nobody = {
  async send(): Promise<void> {
    throw new MailRefused('email.mailer is not set, and no function in email sends this mail', { isAddress: false })
  },
}

type Senders = NonNullable<NonNullable<AuthOptions['mail']>['send']>
type Sender = NonNullable<Senders['verify-email']>

/** Called on the object they were given in: they may be methods. */
function sendersOf(email: EmailConfig): Senders {
  const reset: Sender = async ({ to, link = '', language }) => email.sendPasswordReset?.(to, tokenIn(link), link, language)
  const verify: Sender = async ({ to, link = '', language }) => email.sendVerificationEmail?.(to, tokenIn(link), link, language)
  const changed: Sender = async ({ to, link, language, values }) =>
    email.sendEmailChanged?.(to, String(values.newEmail), language, link)
  return {
    ...(email.sendPasswordReset && { 'reset-password': reset, 'reset-required': reset, 'not-me': reset }),
    ...(email.sendVerificationEmail && { 'verify-email': verify, 'change-email': verify }),
    ...(email.sendEmailChanged && { 'email-changed': changed }),
  }
}

const tokenIn = (link: string): string => new URL(link).searchParams.get('token') ?? ''

/** @throws BootError for templates that no mail would be made of */
export function assertTemplates(store: ITemplateStore | undefined, mailing: Mailing | undefined): void {
  if (store === undefined || mailing?.hasMailer) return
  throw new BootError('templateStore needs email.mailer', 'Set email.mailer, or leave templateStore out.')
}

/** Pages that mails lead to. */
export type Links = Pick<NonNullable<AuthOptions['links']>, 'resetPassword' | 'verifyEmail' | 'changeEmail' | 'revertEmail'>

/** Where each page is found under the prefix, as node-auth's mails have it. */
export const mailPages = {
  resetPassword: '/reset-password',
  verifyEmail: '/verify-email',
  changeEmail: '/change-email/confirm',
  revertEmail: '/change-email/revert',
} as const satisfies Record<keyof Links, string>

/** The links of mails: to pages of ours under the prefix, unless the application has its own. */
export function linksOf(given: Links, { baseUrl, prefix }: { baseUrl: string; prefix: string }): Links {
  const ours = Object.entries(mailPages).map(([name, path]) => [name, new URL(prefix + path, baseUrl).href])
  return { ...Object.fromEntries(ours), ...given }
}

/** What is read of `keywright.links`. */
export const linksShape = z
  .strictObject(Object.fromEntries(Object.keys(mailPages).map((name) => [name, z.string().optional()])))
  .transform((links) => Object.fromEntries(Object.entries(links).filter(([, link]) => link !== undefined)) as Links)

/** Whether the application can be asked for templates. */
export const templateStore = z.custom<ITemplateStore>(
  (value) => typeof Reflect.get(Object(value), 'getMailTemplate') === 'function',
  { error: 'a store with the methods of ITemplateStore' },
)

/** @throws BootError where addresses shall be proved and cannot be */
export function assertVerifiable(
  mode: 'none' | 'lazy' | 'strict',
  { mailing, users }: { mailing: Mailing | undefined; users: object },
): void {
  if (mode === 'none') return
  const named = `emailVerificationMode '${mode}'`
  if (!mailing?.canVerify) throw new BootError(`${named} needs mail`, 'Set email.mailer, or email.sendVerificationEmail.')
  if (typeof Reflect.get(users, 'updateEmailVerified') === 'function') return
  throw new BootError(`${named} needs a user store with updateEmailVerified()`, 'Let it keep who has proved their address.')
}
