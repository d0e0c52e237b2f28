import { z } from 'zod'
import type { Logger } from '../../kernel/ambient/ambient.ts'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { MailTexts } from '../../messages/en.ts'
import { catalogues, type Language, languageOf } from '../../messages/languages.ts'
import type { Finding, UserData } from '../feature.ts'
import { type Attempt, HopelessJob, handlerOf, type JobKind, type JobsService } from '../jobs/index.ts'
import { E } from './contract.ts'
import { findForeignTemplate, type ITemplateStore } from './foreign-templates.ts'
import { about, type MailKind, type MailWriter } from './kinds.ts'
import { type EmailMessage, type IEmailProvider, MailRefused, splitFrom } from './provider.ts'
import type { MailStore, Override } from './store.sql.ts'
import { layOut, type Rendered, sayMail, spelled, type Template } from './templates.ts'
import { assertTexts } from './texts.ts'
import { createWording, templateNamed } from './wording.ts'

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
  readonly baseUrl: string
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
  /** How long this operator waits before they may send one more test, if they have to. */
  waitsForTest(actor: string, now: Date): Promise<number | undefined>
  readonly jobs: Pick<JobsService, 'enqueue' | 'removeAbout' | 'listOf' | 'counts'>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
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
  const { store, app, logger, jobs } = deps
  const wording = createWording({ ...deps, isSentElsewhere: (template) => deps.senders[template] !== undefined })

  /** Owes a mail; it is sent once the transaction has committed, or later. @returns its id */
  function owe<T extends Template, P extends z.ZodType>(
    tx: Tx,
    kind: MailKind<T, P>,
    of: z.input<P>,
    when: { delayMs?: number } = {},
  ): Promise<string> {
    const languages = [...(tx.from?.languages ?? [])].slice(0, 5)
    const payload = { template: kind.template, of, languages, askedAt: tx.at.toISOString() }
    return jobs.enqueue(tx, sending, payload, { ...when, about: about.of(of) })
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

  function lost(tx: Tx, payload: unknown): void {
    const { data } = sending.payload.safeParse(payload)
    if (!data) return
    const userId = about.userIdOf(data.of)
    tx.emit('identity.mail.failed', { ...(userId !== undefined && { userId }), data: { template: data.template } })
  }

  /** In our words, in those an operator set in their place, or in those of a store of the application. */
  async function render(
    ctx: Ctx,
    template: Template,
    language: Language,
    { values, link }: Pick<OwnMail, 'values' | 'link'>,
    override?: Override,
  ): Promise<Rendered> {
    const texts = textsOf(template, language, override ?? (await store(ctx).findTexts(template, language)))
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

  /** @throws not_found; mail_text_rejected */
  async function preview(ctx: Ctx, { id, language, texts }: { id: string; language: Language; texts?: Override | undefined }) {
    const template = templateNamed(id)
    if (texts) assertTexts(template, { language, texts, at: '/texts' })
    return render(ctx, template, language, wording.sampleOf(ctx, template), texts)
  }

  /** Sends a mail with samples for its values, at once. @throws not_found; rate_limited; mail_failed when no provider takes it */
  async function sendTest(ctx: Ctx, { to, id, ...wish }: { to: string; id: string; language?: Language | undefined }) {
    const language = wish.language ?? (await deps.policy(ctx)).language
    const rendered = await preview(ctx, { id, language })
    const retryAfterSeconds = await deps.waitsForTest(ctx.actor.id, ctx.at)
    if (retryAfterSeconds !== undefined) throw new AuthError(kernelErrors.rate_limited, { retryAfterSeconds })
    try {
      await hand(ctx, messageOf(deps.newId(), to, rendered))
    } catch (error) {
      throw new AuthError(E.mail_failed, { cause: error })
    }
    const data = { template: id, language }
    await deps.transaction(ctx, async (tx) => tx.emit('identity.mail.tested', { data, audit: { target: masked(to) } }))
  }

  async function look(ctx: Ctx): Promise<Finding> {
    const { counts } = await jobs.counts(ctx)
    const count = (state: 'due' | 'waiting' | 'dead') => counts.find(({ kind }) => kind === sending.name)?.[state].count ?? 0
    const figures = { dead: count('dead'), owed: count('due') + count('waiting'), providers: deps.providers.length }
    if (figures.dead > 0)
      return { level: 'advice', code: 'mails_dead', detail: 'mails that were given up are in the queue', figures }
    return { level: 'ok', code: 'mails_flow', detail: 'no mail that was given up is in the queue', figures }
  }

  /** Mails that are owed or were given up. Whoever may not see addresses may not see this. */
  async function listQueue(ctx: Ctx, page: Parameters<typeof jobs.listOf>[2]) {
    const { jobs: found, nextCursor } = await jobs.listOf(ctx, sending, page)
    const mails = found.map(({ kind: _, payload, about: whom, ...job }) => ({
      ...job,
      template: payload?.template ?? '',
      ...about.read(whom),
    }))
    return { mails, nextCursor }
  }

  async function suppressed(ctx: Ctx, page: { limit: number; cursor?: string | undefined }) {
    const { rows, nextCursor } = await store(ctx).listSuppressed(page)
    return { addresses: rows.map(toSuppressed), nextCursor }
  }

  /** Sends to an address again; nothing happens where nothing kept us from it. */
  async function release(ctx: Ctx, address: string): Promise<void> {
    await deps.transaction(ctx, async (tx) => {
      if (await store(tx).release(address)) tx.emit('identity.address.released', { data: {}, audit: { target: masked(address) } })
    })
  }

  return {
    owe,
    ...wording,
    preview,
    sendTest,
    listQueue,
    look,
    suppressed,
    release,
    async close(): Promise<void> {
      for (const provider of deps.providers) await provider.shutdown?.()
    },
    job: handlerOf(sending, send, { ...terms, lost }),
    userData: {
      name: 'mail',
      export: async (ctx, { identifiers }) => ({ suppressed: (await store(ctx).findSuppressed(identifiers)).map(toSuppressed) }),
      async erase(tx, { userId, identifiers }) {
        await jobs.removeAbout(tx, sending, [about.user(userId), ...identifiers.map(about.identifier)])
        await store(tx).releaseAll(identifiers)
      },
    } satisfies UserData,
  }
}

/** The service other features see. */
export type MailService = ReturnType<typeof createMail>

const textsOf = (template: Template, language: Language, override: Override): MailTexts => ({
  ...catalogues[language].mail[template],
  ...override,
})

const toSuppressed = ({ address, reason, created_at }: { address: string; reason: string; created_at: Date }) => ({
  address,
  reason,
  since: created_at,
})

/** The audit log outlives people: it says enough of an address for whoever knows it. */
const masked = (address: string): string => address.replace(/^(.).*(?=@)/su, '$1…')
