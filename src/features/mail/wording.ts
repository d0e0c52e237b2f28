/**
 * What operators see and change of the words of our mails.
 *
 * Invariant: what is taken can be sent, what is shown was laid out by the code that sends, and each change is in the audit log with the words
 * that were there before.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { ValueKind } from '../../messages/checking.ts'
import { catalogues, type Language, languageOf, languages, type MessageValues } from '../../messages/languages.ts'
import type { MailStore, Override } from './store.sql.ts'
import { spelled, type Template, templates } from './templates.ts'
import { assertTexts } from './texts.ts'

interface WordingDeps {
  readonly store: MailStore
  readonly app: string
  /** Where the links of previews and tests lead. */
  readonly baseUrl: string
  isSentElsewhere(template: Template): boolean
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** Texts of one mail by language; what is not named stays as it is. */
type Translations = { readonly [L in Language]?: Override | undefined }

export const templateNames = Object.keys(templates) as readonly Template[]

/** @throws not_found for a mail there is not */
export function templateNamed(id: string): Template {
  const template = templateNames.find((name) => name === id)
  if (!template) throw new AuthError(kernelErrors.not_found)
  return template
}

/** What previews and tests put in for the values of a mail; instants are that of the moment. */
const samples = {
  minutes: 30,
  hours: 24,
  code: '123456',
  newEmail: 'new.address@example.com',
  device: 'Firefox, Linux',
  network: '203.0.113.7',
} as const

/** The operators' side of mails. */
export function createWording({ store, app, baseUrl, isSentElsewhere, transaction }: WordingDeps) {
  const sampleFor = (name: string, ctx: Ctx) => (Object.hasOwn(samples, name) ? samples[name as keyof typeof samples] : ctx.at)

  /** Values and a link for a mail that nobody caused. */
  function sampleOf(ctx: Ctx, template: Template): { values: MessageValues; link: string | undefined } {
    const values = Object.fromEntries(Object.keys(templates[template]).map((name) => [name, sampleFor(name, ctx)]))
    return { values, link: 'cta' in catalogues.en.mail[template] ? baseUrl : undefined }
  }

  function variablesOf(ctx: Ctx, template: Template) {
    const language = languageOf(ctx.from?.languages ?? [], 'en')
    const meanings: Readonly<Record<string, string>> = catalogues[language].variables
    const texts = spelled({ ...sampleOf(ctx, template).values, app }, language)
    return [['app', 'text'] as const, ...Object.entries<ValueKind>(templates[template])].map(([name, kind]) => ({
      name,
      kind,
      meaning: meanings[name] ?? name,
      sample: String(texts[name]),
    }))
  }

  async function listTexts(ctx: Ctx) {
    const overrides = await store(ctx).listTexts()
    const found = (template: string, language: string) =>
      overrides.find((one) => one.template === template && one.language === language)
    const translation = (template: Template, language: Language) => ({
      texts: { ...catalogues[language].mail[template] },
      override: { ...found(template, language)?.texts },
    })
    const rows = templateNames.map((template) => ({
      id: template,
      variables: variablesOf(ctx, template),
      translations: Object.fromEntries(languages.map((language) => [language, translation(template, language)])) as {
        [L in Language]: ReturnType<typeof translation>
      },
      isSentElsewhere: isSentElsewhere(template),
    }))
    return { templates: rows }
  }

  /** @throws not_found; mail_text_rejected for a text that cannot be read, names what this mail does not have, or is none of it */
  async function setTexts(ctx: Ctx, { id, translations }: { id: string; translations: Translations }): Promise<void> {
    const template = templateNamed(id)
    const wishes = languages.flatMap((language) => {
      const texts = translations[language]
      return texts ? [{ language, texts }] : []
    })
    for (const wish of wishes) assertTexts(template, { ...wish, at: `/translations/${wish.language}` })
    await transaction(ctx, async (tx) => {
      await store(tx).holdTexts(template) // operators wait for each other here: each says what was there before
      for (const { language, texts } of wishes) await change(tx, template, language, texts)
    })
  }

  async function change(tx: Tx, template: Template, language: Language, texts: Override): Promise<void> {
    const before = await store(tx).findTexts(template, language)
    if (isDeepStrictEqual(before, texts)) return
    if (Object.keys(texts).length === 0) await store(tx).removeTexts(template, language)
    else await store(tx).setTexts(template, language, texts)
    tx.emit('identity.mail-text.changed', { data: { template, language }, audit: { target: template, before, after: texts } })
  }

  /** @throws not_found */
  const resetTexts = (ctx: Ctx, { id, language }: { id: string; language?: Language | undefined }): Promise<void> =>
    setTexts(ctx, { id, translations: Object.fromEntries((language ? [language] : languages).map((one) => [one, {}])) })

  return { sampleOf, listTexts, setTexts, resetTexts }
}
