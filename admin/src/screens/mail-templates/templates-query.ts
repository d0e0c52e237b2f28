import { api } from '../../data/api.ts'
import type { Language } from '../../messages/language.ts'

/** Every mail with its texts. */
export const templatesQuery = { queryKey: ['templates', 'mail'], queryFn: () => api.mail.listTexts() }

export type MailTemplate = Awaited<ReturnType<typeof api.mail.listTexts>>['templates'][number]

/** What somebody has typed, by language and part of the mail. */
export type Typed = { readonly [L in Language]?: Readonly<Record<string, string>> }

/** The languages mails are written in. */
export const mailLanguages: readonly Language[] = ['en', 'it']

/** What stands for a part now: typed, else saved, else ours. */
export function standing({ translations }: MailTemplate, typed: Typed, language: Language, part: string): string {
  const { texts, override } = translations[language]
  return typed[language]?.[part] ?? override[part] ?? texts[part] ?? ''
}

/** The parts that differ from ours: what is saved for a language. */
export function overrideOf(template: MailTemplate, typed: Typed, language: Language): Record<string, string> {
  const { texts } = template.translations[language]
  const parts = Object.keys(texts).map((part) => [part, standing(template, typed, language, part).trim()] as const)
  return Object.fromEntries(parts.filter(([part, text]) => text !== '' && text !== texts[part]))
}

/** The parts of a language that are not saved as they stand. */
export function unsavedIn(template: MailTemplate, typed: Typed, language: Language): readonly string[] {
  const { texts, override } = template.translations[language]
  const next = overrideOf(template, typed, language)
  return Object.keys(texts).filter((part) => next[part] !== override[part])
}

export const isChanged = ({ translations }: MailTemplate): boolean =>
  mailLanguages.some((language) => Object.keys(translations[language].override).length > 0)
