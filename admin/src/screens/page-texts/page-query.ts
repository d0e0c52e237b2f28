import { api } from '../../data/api.ts'
import type { Language } from '../../messages/language.ts'

export const pagesQuery = { queryKey: ['templates', 'ui'], queryFn: () => api.texts.list() }

export type PageTexts = Awaited<ReturnType<typeof api.texts.list>>['pages'][number]

export const pageLanguages: readonly Language[] = ['en', 'it']

/** What somebody has typed, by language and key. */
export type Typed = { readonly [L in Language]?: Readonly<Record<string, string>> }

/** What stands for a key now: typed, else saved, else ours. */
export function standing({ translations }: PageTexts, typed: Typed, language: Language, key: string): string {
  const { texts, override } = translations[language]
  return typed[language]?.[key] ?? override[key] ?? texts[key] ?? ''
}

/** What has to be said to the server for a language: a text, or null for ours. */
export function wishesIn(page: PageTexts, typed: Typed, language: Language): Record<string, string | null> {
  const { texts, override } = page.translations[language]
  const wishes = Object.keys(typed[language] ?? {}).map((key) => {
    const text = standing(page, typed, language, key).trim()
    return [key, text === '' || text === texts[key] ? null : text] as const
  })
  return Object.fromEntries(wishes.filter(([key, text]) => text !== (override[key] ?? null)))
}

export const changedIn = ({ translations }: PageTexts): number =>
  pageLanguages.reduce((sum, language) => sum + Object.keys(translations[language].override).length, 0)

/** What a page is called, in the language in use where we have a word for it. */
export const called = ({ page }: PageTexts, names: Readonly<Record<string, string>>): string => names[page] ?? inWords(page)

/** `reset-password` is "Reset password". */
export function inWords(name: string): string {
  const words = name.replaceAll(/[-_]/g, ' ').replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}
