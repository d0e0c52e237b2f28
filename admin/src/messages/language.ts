/**
 * The languages of the panel and what they need to count.
 *
 * @module
 */

/** Each language in its own words. */
export const languages = { en: 'English', it: 'Italiano' } as const
export type Language = keyof typeof languages

/** The same texts in every language; a text that is missing in one does not compile. */
export type Texts<T> = Readonly<Record<Language, T>>

/** Declares the texts of a screen: what English has, all others have. */
export const texts = <T>(all: { readonly en: T; readonly it: NoInfer<T> }): Texts<T> => all

const isLanguage = (value: string | null | undefined): value is Language =>
  value !== null && value !== undefined && Object.hasOwn(languages, value)

/** What the operator chose last, else the first of the browser's languages that we have. */
export function firstLanguage(kept: string | null, wished: readonly string[]): Language {
  if (isLanguage(kept)) return kept
  return wished.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en'
}

/** A number as people write it. */
export const number = (language: Language, value: number): string => new Intl.NumberFormat(language).format(value)

/** Picks the form a number asks for; `#` becomes the number. */
export function plural(language: Language, value: number, forms: { readonly one: string; readonly other: string }): string {
  const form = new Intl.PluralRules(language).select(value) === 'one' ? forms.one : forms.other
  return form.replaceAll('#', number(language, value))
}

const named = /\{(\w+)(?:, number|, plural, one \{([^{}]*)\} other \{([^{}]*)\})?\}/g

/** A message of the pages (ICU) with its values; `undefined` where one is missing. Of ICU it reads names, numbers, and plurals of these two forms. */
export function worded(
  language: Language,
  message: string,
  values: Readonly<Record<string, string | number | undefined>>,
): string | undefined {
  if ([...message.matchAll(named)].some(([, name = '']) => values[name] === undefined)) return undefined
  return message.replaceAll(named, (_, name: string, one?: string, other = '') => {
    const value = values[name]
    if (typeof value !== 'number') return String(value)
    return one === undefined ? number(language, value) : plural(language, value, { one, other })
  })
}
