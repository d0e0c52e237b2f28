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
  value !== null && value !== undefined && value in languages

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
