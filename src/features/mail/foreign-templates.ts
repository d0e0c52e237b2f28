/**
 * Templates of mails in a store of the application, as node-auth has them: texts by language, and for who wants it the whole of a mail.
 *
 * Invariant: what the store holds is written by operators, what goes into it is not. A value is escaped in HTML, is a line in a subject, and is never
 * read as a template; names are looked up among what was given and nothing that is inherited. A store that cannot be asked, or answers what
 * cannot be read, fails the attempt: no mail goes out half in their words and half in ours.
 *
 * @module
 */
import { html } from 'hono/html'
import { z } from 'zod'
import type { Ctx } from '../../kernel/ctx.ts'
import type { Checkup } from '../feature.ts'
import { askForeign } from '../foreign.ts'
import { type Said, type Template, templates } from './templates.ts'

/** A mail as a store of templates keeps it. */
export interface MailTemplate {
  /** `password-reset`, `verify-email`, `email-changed`, `welcome`, or a name of ours. */
  readonly id: string
  /** The whole mail; empty for our layout. `{{T.key}}` is a text of `translations`, `{{name}}` a value of the mail. */
  readonly baseHtml: string
  readonly baseText: string
  /** Texts by language and key. `subject`, `title`, `body`, `cta`, `disclaimer` stand in place of ours; they may name values. */
  readonly translations: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Texts of a page. */
export interface UiTranslation {
  readonly page: string
  readonly translations: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/**
 * Where the application keeps templates of mails. Asked each time a mail is written: what an operator saves counts from the next mail on.
 *
 * A store that throws delays the mail, which is tried again.
 *
 * @example
 * ```ts
 * import { createAuth } from 'keywright'
 * import { type ITemplateStore } from 'keywright/stores'
 *
 * const authOver = (templates: ITemplateStore) => createAuth({ ...options, stores: { templates } })
 * ```
 */
export interface ITemplateStore {
  /** Answers `null` for a mail nobody has written a template of. */
  getMailTemplate(id: string): Promise<MailTemplate | null | undefined>
  listMailTemplates(): Promise<MailTemplate[]>
  /** Changes what is named and nothing else; an id that is not there yet is added, empty in the rest. */
  updateMailTemplate(id: string, change: Partial<Omit<MailTemplate, 'id'>>): Promise<unknown>
  /** Nobody of ours asks for texts of pages yet. */
  getUiTranslations?(page: string): Promise<UiTranslation | null | undefined>
  listUiTranslations?(): Promise<UiTranslation[]>
  updateUiTranslations?(page: string, translations: UiTranslation['translations']): Promise<unknown>
}

declare module '../feature.ts' {
  interface Stores {
    templates: ITemplateStore
  }
}

/** What node-auth calls our mails. The others have the names they have here. */
const theirs: Partial<Record<Template, string>> = {
  'reset-password': 'password-reset',
  'set-password': 'welcome',
  'change-email': 'verify-email',
}

const texts = z
  .record(z.string(), z.record(z.string(), z.string()))
  .nullish()
  .transform((value) => value ?? {})
const body = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
const Stored = z.object({ baseHtml: body, baseText: body, translations: texts })

/** The words of one mail in one language, and what becomes of them. */
export interface ForeignTemplate {
  /** Puts their texts in place of ours. */
  inPlaceOf(said: Said, mail: Named): Said
  /** The bodies they wrote themselves; a missing one is laid out by us. */
  bodies(mail: Named): { readonly html?: string; readonly text?: string }
}

/** What a template may name: spelled values of the mail. */
export interface Named {
  readonly values: Readonly<Record<string, string | number>>
  readonly link: string | undefined
}

/** Asks for the template of a mail. @throws unavailable for a store that throws or answers what cannot be read */
export async function findForeignTemplate(
  ctx: Ctx,
  port: ITemplateStore,
  { template, language }: { template: Template; language: string },
): Promise<ForeignTemplate | undefined> {
  const id = idOf(template)
  const stored = await askForeign(ctx, async () => {
    const found = await port.getMailTemplate(id)
    return found ? Stored.parse(found) : undefined
  })
  if (!stored) return undefined
  const textOf = (key: string) => own(own(stored.translations, language), key) ?? own(own(stored.translations, 'en'), key)
  return {
    inPlaceOf: (said, mail) => replaced(said, textOf, namesOf(id, mail)),
    bodies: (mail) => bodiesOf(stored, textOf, namesOf(id, mail)),
  }
}

const idOf = (template: Template): string => theirs[template] ?? template

type Lookup = (name: string) => string | undefined

/** `token` stands in the link; node-auth's templates name it, and `loginUrl` of a welcome is where its link leads. */
function namesOf(id: string, { values, link }: Named): Lookup {
  const token = link === undefined ? null : new URL(link).searchParams.get('token')
  const named = {
    ...values,
    ...(link !== undefined && { link }),
    ...(token !== null && { token }),
    ...(link !== undefined && id === 'welcome' && { loginUrl: link }),
  }
  return (name) => own(named, name)?.toString()
}

const replaceable = ['subject', 'title', 'body', 'cta', 'disclaimer'] as const

function replaced(said: Said, textOf: Lookup, named: Lookup): Said {
  const written = replaceable.flatMap((key) => {
    const text = textOf(key)
    return text === undefined ? [] : [[key, filled(text, named)] as const]
  })
  return { ...said, ...Object.fromEntries(written) }
}

function bodiesOf({ baseHtml, baseText }: z.output<typeof Stored>, textOf: Lookup, named: Lookup) {
  const text = (name: string) => {
    if (!name.startsWith('T.')) return named(name)
    const found = textOf(name.slice(2))
    return found === undefined ? `[${name.slice(2)}]` : filled(found, named)
  }
  const escaped = (name: string) => String(html`${text(name) ?? `[${name}]`}`)
  return {
    ...(baseHtml.trim() !== '' && { html: filled(baseHtml, escaped) }),
    ...(baseText.trim() !== '' && { text: filled(baseText, text) }),
  }
}

/** Read once from left to right: what is put in is never looked at again (ML-04). What there is not stands as `[name]`. */
const filled = (text: string, named: Lookup): string =>
  text.replaceAll(/\{\{\s*([\w.-]{1,80})\s*\}\}/g, (_, name: string) => named(name) ?? `[${name}]`)

/** `constructor` is no text and no value. */
const own = <T>(of: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined

/** Asks for every mail we send: a template that cannot be read would hold its mail back. */
export const templatesCheckup = (port: ITemplateStore): Checkup => ({
  store: 'templates',
  port,
  required: ['getMailTemplate'],
  optional: {},
  async look(ctx) {
    for (const template of Object.keys(templates) as Template[])
      await findForeignTemplate(ctx, port, { template, language: 'en' })
  },
})
