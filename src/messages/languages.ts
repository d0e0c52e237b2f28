/**
 * The languages there are, which of them somebody reads, and a message with its values.
 *
 * @module
 */
import { IntlMessageFormat } from 'intl-messageformat'
import { LRUCache } from 'lru-cache'
import { en, type Messages } from './en.ts'
import { it } from './it.ts'

/** Every language, complete. One line a language. */
export const catalogues = { en, it } as const satisfies Record<string, Messages>

export type Language = keyof typeof catalogues

/** The names of all languages. */
export const languages = Object.keys(catalogues) as readonly Language[]

/** The first of the wished languages that there is, by its primary subtag (`it-CH` is read as Italian; RFC 4647 §3.4). */
export function languageOf(wishes: readonly (string | null | undefined)[], otherwise: Language): Language {
  for (const wish of wishes) {
    const primary = wish?.toLowerCase().split('-', 1)[0]
    const found = languages.find((language) => language === primary)
    if (found) return found
  }
  return otherwise
}

/** What a message may name. */
export type MessageValues = Readonly<Record<string, string | number | Date>>

const parsed = new LRUCache<string, IntlMessageFormat>({ max: 2_000 })

/**
 * An ICU message with its values, as plain text.
 *
 * @throws when the message cannot be read, or names a value that is not there
 */
export function formatMessage(message: string, language: string, values: MessageValues): string {
  const key = `${language} ${message}`
  const format = parsed.get(key) ?? new IntlMessageFormat(message, language, undefined, { ignoreTag: true })
  parsed.set(key, format)
  return String(format.format(Object.assign(Object.create(null), values))) // own values only: {constructor} names nothing
}
