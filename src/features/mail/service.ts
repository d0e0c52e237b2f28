import { z } from 'zod'
import type { Logger } from '../../kernel/ambient/ambient.ts'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { MailTexts } from '../../messages/en.ts'
import { catalogues, type Language, languageOf, languages } from '../../messages/languages.ts'
import type { UserData } from '../feature.ts'
import { type Attempt, type EnqueueOptions, HopelessJob, handlerOf, type JobKind } from '../jobs/index.ts'
import { E } from './contract.ts'
import { findForeignTemplate, type ITemplateStore } from './foreign-templates.ts'
import { about, type MailKind, type MailWriter } from './kinds.ts'
import { type EmailMessage, type IEmailProvider, MailRefused, splitFrom } from './provider.ts'
import type { MailStore, Override } from './store.sql.ts'
import { layOut, type Rendered, sayMail, spelled, type Template, templates } from './templates.ts'
import { assertTexts } from './texts.ts'

/** What an application sends itself instead: by template, with what the mail would have said. */
export type OwnSenders = { readonly [T in Template]?: (mail: OwnMail) => Promise<void> }

/** A mail that the application sends itself. */
export interface OwnMail {
  /** The same over every attempt. */
  readonly id: string
  readonly to: string
  readonly language: Language
  readonly link?: string | undefined
  readonly values: Readonly<Record<string, string | number | Date>>
}

interface MailDeps {
  readonly store: MailStore
  readonly from: string
  readonly replyTo: string | undefined
  readonly app: string
  policy(ctx: Ctx): Promise<{ readonly language: Language }>
  /** Tried in order. */
  readonly providers: readonly IEmailProvider[]
  readonly senders: OwnSenders
  /** Templates of the application; what they hold goes before what an operator set here. */
  readonly templates: ITemplateStore | undefined
  readonly logger: Logger
  writers(): readonly MailWriter[]
  /** Whether one more mail of this kind may go to this address now. One that was counted already may, whatever attempt this is. */
  mayReceive(mail: { readonly id: string; readonly to: string; readonly template: Template }, now: Date): Promise<boolean>
  enqueue<P extends z.ZodType>(tx: Tx, kind: JobKind<P>, payload: z.input<P>, how?: EnqueueOptions): Promise<string>
  /** Forgets jobs that are about somebody. */
  removeAbout(tx: Tx, kind: JobKind, about: readonly string[]): Promise<void>
  newId(): string
}

const sending = {
  name: 'mail.send',
  payload: z.object({ template: z.string(), of: z.unknown(), languages: z.array(z.string()), askedAt: z.iso.datetime() }),
} satisfies JobKind

/** A mail server may be away for ten hours: 30 attempts take 10 to 20. Attempts outlast every step of a provider, and there may be several. */
const terms = { concurrency: 8, timeoutMs: 120_000, attempts: 30 }

/** Mail: owed in the transaction that gives the reason, written and sent later, again until somebody has taken it. */
export function createMail(deps: MailDeps) {
  const { store, app, logger } = deps

  /** Owes a mail; it is sent once the transaction has committed, or later. @returns its id */
  function owe<T extends Template, P extends z.ZodType>(
    tx: Tx,
    kind: MailKind<T, P>,
    of: z.input<P>,
    when: { delayMs?: number } = {},
  ): Promise<string> {
    const languages = [...(tx.from?.languages ?? [])].slice(0, 5)
    const payload = { template: kind.template, of, languages, askedAt: tx.at.toISOString() }
    return deps.enqueue(tx, sending, payload, { ...when, about: about.of(of) })
  }

  async function send(ctx: Ctx, { id, payload, signal }: Attempt<z.output<typeof sending.payload>>): Promise<void> {
    const { template, of, languages: wishes, askedAt } = payload
    const writer = deps.writers().find((one) => one.template === template)
    if (!writer) throw new Error(`nobody here writes the mail ${template}`) // perhaps another release does
    const letter = await writer.write(ctx, of, { id, askedAt: new Date(askedAt) })
    if (!letter || !(await mayGo(ctx, letter.to, writer, id))) return
    const { to, values } = letter
    const link = await letter.link?.()
    if (letter.link && link === undefined) return
    const language = languageOf([letter.locale, ...wishes], (await deps.policy(ctx)).language)
    const own = deps.senders[writer.template]
    if (own) return own({ id, to, language, link, values })
    await hand(ctx, messageOf(id, to, await render(ctx, writer.template, language, { values, link })), signal)
  }

  /** In our words, in those an operator set in their place, or in those of a store of the application. */
  async function render(
    ctx: Ctx,
    template: Template,
    language: Language,
    { values, link }: Pick<OwnMail, 'values' | 'link'>,
  ): Promise<Rendered> {
    const texts = textsOf(template, language, await store(ctx).findTexts(template, language))
    const said = sayMail(texts, language, { app, values })
    const theirs = deps.templates && (await findForeignTemplate(ctx, deps.templates, { template, language }))
    if (!theirs) return layOut(said, language, link)
    const named = { values: { ...spelled(values, language), app }, link }
    return { ...layOut(theirs.inPlaceOf(said, named), language, link), ...theirs.bodies(named) }
  }

  /** What is left out is said to operators alone: an answer that differed would tell who has an account (ML-05). */
  async function mayGo(ctx: Ctx, to: string, { template, isLimited }: MailWriter, id: string): Promise<boolean> {
    const reason = await store(ctx).findSuppression(to)
    // A mail counts once, not each of its attempts: a mail server that is away must not use up what its user may get.
    const isOver = reason === undefined && isLimited && !(await deps.mayReceive({ id, to, template }, ctx.at))
    if (reason === undefined && !isOver) return true
    logger.warn({ template, id, reason: reason ?? 'limit' }, 'a mail was left out')
    return false
  }

  function messageOf(id: string, to: string, rendered: Rendered): EmailMessage {
    const { from, replyTo } = deps
    const domain = splitFrom(from).address.split('@')[1] ?? 'localhost'
    const headers = { 'Message-ID': `<${id}@${domain}>`, 'Auto-Submitted': 'auto-generated' } // RFC 3834 §5: nobody's absence answers it
    return { to, from, ...(replyTo !== undefined && { replyTo }), ...rendered, headers }
  }

  /** To the first provider that takes it. One that refuses the address speaks for all; otherwise it is hopeless once each has refused. */
  async function hand(ctx: Ctx, message: EmailMessage, signal?: AbortSignal): Promise<void> {
    const failures: unknown[] = []
    for (const provider of deps.providers) {
      try {
        return await provider.send(message, signal && { signal })
      } catch (error) {
        if (signal?.aborted) throw error // the next attempt may have begun: it asks the next provider
        failures.push(error)
        if (error instanceof MailRefused && error.isAddress) break
      }
    }
    const last = failures.at(-1)
    const isAddress = last instanceof MailRefused && last.isAddress
    const passing = failures.find((failure) => !(failure instanceof MailRefused))
    if (!isAddress && passing !== undefined) throw passing
    const reason = last instanceof Error ? last.message : 'nobody carries mail'
    if (isAddress) await store(ctx).suppress(message.to, reason)
    throw new HopelessJob(reason, { cause: last })
  }

  /** Sends a test at once. @throws mail_failed when no provider takes it */
  async function sendTest(ctx: Ctx, { to, ...wish }: { to: string; language?: Language | undefined }) {
    const language = wish.language ?? (await deps.policy(ctx)).language
    const rendered = await render(ctx, 'test', language, { values: {} })
    try {
      await hand(ctx, messageOf(deps.newId(), to, rendered))
    } catch (error) {
      throw new AuthError(E.mail_failed, { cause: error })
    }
  }

  async function listTexts(ctx: Ctx) {
    const overrides = await store(ctx).listTexts()
    const found = (template: string, language: string) =>
      overrides.find((one) => one.template === template && one.language === language)
    const rows = templateNames.flatMap((template) =>
      languages.map((language) => ({
        template,
        language,
        variables: ['app', ...Object.keys(templates[template])],
        texts: { ...catalogues[language].mail[template] },
        override: { ...found(template, language)?.texts },
      })),
    )
    return { templates: rows }
  }

  /** @throws not_found for a mail there is not; mail_text_rejected for a text that cannot be read, names what this mail does not have, or is none of it */
  async function setTexts(ctx: Ctx, of: { template: string; language: Language; texts: Override }): Promise<void> {
    const template = templateNames.find((name) => name === of.template)
    if (!template) throw new AuthError(kernelErrors.not_found)
    assertTexts(template, of)
    if (Object.keys(of.texts).length === 0) await store(ctx).removeTexts(template, of.language)
    else await store(ctx).setTexts(template, of.language, of.texts)
  }

  return {
    owe,
    sendTest,
    listTexts,
    setTexts,
    suppressed: async (ctx: Ctx) => ({ addresses: (await store(ctx).listSuppressed()).map(toSuppressed) }),
    release: (ctx: Ctx, address: string) => store(ctx).release(address),
    async close(): Promise<void> {
      for (const provider of deps.providers) await provider.shutdown?.()
    },
    job: handlerOf(sending, send, terms),
    userData: {
      name: 'mail',
      export: async (ctx, { identifiers }) => ({ suppressed: (await store(ctx).listSuppressed(identifiers)).map(toSuppressed) }),
      async erase(tx, { userId, identifiers }) {
        await deps.removeAbout(tx, sending, [about.user(userId), ...identifiers.map(about.identifier)])
        await store(tx).releaseAll(identifiers)
      },
    } satisfies UserData,
  }
}

/** The service other features see. */
export type MailService = ReturnType<typeof createMail>

export const templateNames = Object.keys(templates) as readonly Template[]

const textsOf = (template: Template, language: Language, override: Override): MailTexts => ({
  ...catalogues[language].mail[template],
  ...override,
})

const toSuppressed = ({ address, reason, created_at }: { address: string; reason: string; created_at: Date }) => ({
  address,
  reason,
  since: created_at,
})
