/**
 * Mail: owed with the change that gives the reason, written when it is sent, and sent until somebody has taken it.
 *
 * Invariant: what waits to be sent says whom it is about and holds no secret; a mail has one `Message-ID` over all attempts; no value of a person or an
 * operator becomes markup, a header or an address.
 * Not here: what is written and to whom. Features give their writers.
 *
 * @module
 */
import { z } from 'zod'
import { BootError } from '../../kernel/config/boot-error.ts'
import { type Language, languages } from '../../messages/languages.ts'
import { declareFeature } from '../feature.ts'
import { jobs } from '../jobs/index.ts'
import { type Fixed, optionsOf, setting, settings } from '../settings/index.ts'
import { mailAdminContract, mailContract } from './contract.ts'
import { templatesCheckup } from './foreign-templates.ts'
import { consoleMail, createInbox, type Inbox, smtp } from './gateway.ts'
import type { MailWriter } from './kinds.ts'
import { type IEmailProvider, splitFrom } from './provider.ts'
import { createMail, type OwnSenders } from './service.ts'
import { mailMigrations, mailStore, mailTables } from './store.sql.ts'
import type { Template } from './templates.ts'
import { templateNames } from './wording.ts'

export type { ITemplateStore, MailTemplate, UiTranslation } from './foreign-templates.ts'
export { type HttpMailerOptions, httpMailer, type Inbox, smtp } from './gateway.ts'
export { type Letter, type MailId, type MailKind, type MailWriter, writerOf } from './kinds.ts'
export { linkTo, pageOf } from './links.ts'
export { type EmailMessage, type IEmailProvider, MailRefused } from './provider.ts'
export type { MailService, OwnMail, OwnSenders } from './service.ts'

declare module '../feature.ts' {
  interface Gives {
    /** Mails a feature may owe, with the code that writes them. */
    mails: readonly MailWriter[]
  }
}

/** How mail leaves: a URL of a mail server, an object that carries it, or for development `'inbox'` and `'console'`. */
export type MailTransport = `smtp://${string}` | `smtps://${string}` | 'inbox' | 'console' | IEmailProvider

/** The options of mail. */
export interface MailOptions {
  /** `hi@example.com`, or `Example <hi@example.com>`: then mails speak of "Example". */
  readonly from: string
  /** One, or several: the next is asked when one fails. */
  readonly transport: MailTransport | readonly MailTransport[]
  readonly replyTo?: string
  /** The language of readers who have chosen none, and whose browser has none of ours (`en`). */
  readonly language?: Language | Fixed<Language>
  /** Mails the application sends itself, by template. */
  readonly send?: OwnSenders
}

/** Mails of one kind that one address gets (ASVS 5.0 V2.4.1). With what becomes free meanwhile: three in any hour, ten in any day. */
const perAddress = { hour: { limit: 2, per: 3_600_000 }, day: { limit: 5, per: 86_400_000 } }
/** One mail counts once, however many attempts there are; they are over within a day. */
const counted = { limit: 1, per: 86_400_000 }

/** Tests that one operator sends: each goes to an address they type. */
const perTester = { limit: 20, per: 3_600_000 }

const address = /^[^\s<>@,;:"]+@[^\s<>@,;:"]+$/
const from = z
  .string()
  .refine((value) => address.test(splitFrom(value).address), { error: 'an address, or a name and <an address>' })
const provider = z.custom<IEmailProvider>((value) => typeof value === 'object' && value !== null && 'send' in value, {
  error: "a URL of a mail server, 'inbox', 'console', or an IEmailProvider",
})
const transport = z.union([z.string(), provider])
const sender = z.custom<NonNullable<OwnSenders[Template]>>((value) => typeof value === 'function', { error: 'a function' })

const switches = {
  language: setting({
    schema: z.enum(languages as [Language, ...Language[]]),
    default: 'en',
    summary: 'The language of readers who have chosen none, and whose browser has none of ours',
  }),
}

export const mail = declareFeature({
  name: 'mail',
  needs: { jobs, settings },
  options: z.strictObject({
    from,
    transport: z.union([transport.transform((one) => [one]), z.array(transport).min(1)]),
    replyTo: z.string().regex(address).optional(),
    ...optionsOf(switches),
    send: z.partialRecord(z.enum(templateNames as [Template, ...Template[]]), sender).default({}),
  }),
  contract: mailContract,
  adminContract: mailAdminContract,
  tables: mailTables,
  migrations: mailMigrations,
  create: ({ database, ambient, collect, house, needs, options, limits, keys }) => {
    const inbox = createInbox(ambient.clock.now)
    const { name } = splitFrom(options.from)
    const app = name === '' ? new URL(house.baseUrl).hostname : name
    const policy = needs.settings.policyOf('mail', switches, options)
    const service = createMail({
      store: mailStore(database),
      from: options.from,
      replyTo: options.replyTo,
      app,
      baseUrl: house.baseUrl,
      policy,
      providers: options.transport.map((one) => providerOf(one, inbox, ambient.logger, house.isTrial)),
      senders: options.send,
      templates: house.stores.templates,
      logger: ambient.logger,
      writers: () => collect('mails').flat(),
      async mayReceive({ id, to, template }, now) {
        const isFirst = await limits?.take(keys.tag('mail counted', id), counted, now)
        if (!limits || !isFirst?.allowed) return true
        const inHour = await limits.take(keys.tag('mail limit', template, to), perAddress.hour, now)
        return inHour.allowed && (await limits.take(keys.tag('mail limit of a day', template, to), perAddress.day, now)).allowed
      },
      async waitsForTest(actor, now) {
        const counted = await limits?.take(keys.tag('mail test', actor), perTester, now)
        return counted && !counted.allowed ? Math.ceil(counted.retryAfterMs / 1000) : undefined
      },
      jobs: needs.jobs,
      transaction: (ctx, work) => database.transaction(ctx, work),
      newId: ambient.newId,
    })
    return {
      ...service,
      app,
      policy,
      inbox: options.transport.includes('inbox') ? inbox : undefined,
      checkup: house.stores.templates && templatesCheckup(house.stores.templates),
    }
  },
  handlers: () => ({}),
  adminHandlers: (service) => ({
    listTexts: ({ ctx }) => service.listTexts(ctx),
    setTexts: async ({ ctx, input }) => void (await service.setTexts(ctx, input)),
    resetTexts: async ({ ctx, input }) => void (await service.resetTexts(ctx, input)),
    preview: ({ ctx, input }) => service.preview(ctx, input),
    sendTest: async ({ ctx, input }) => void (await service.sendTest(ctx, input)),
    listQueue: ({ ctx, input }) => service.listQueue(ctx, input),
    listSuppressed: ({ ctx, input }) => service.suppressed(ctx, input),
    release: async ({ ctx, input }) => void (await service.release(ctx, input.address)),
  }),
  gives: ({ job, close, userData, checkup, look }) => ({
    jobs: [job],
    closing: close,
    userData,
    health: { name: 'mail', look },
    ...(checkup && { checkup }),
  }),
})

function providerOf(given: string | IEmailProvider, inbox: Inbox, logger: Parameters<typeof consoleMail>[0], isTrial: boolean) {
  if (typeof given !== 'string') return given
  if (given !== 'inbox' && given !== 'console') return smtp(given)
  if (!isTrial)
    throw new BootError(
      `mail.transport is "${given}" where people may be served`,
      'It shows links that open accounts. Name a mail server; on your own machine set NODE_ENV=development.',
    )
  return given === 'inbox' ? inbox : consoleMail(logger)
}
