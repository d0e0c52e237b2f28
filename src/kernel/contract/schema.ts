/**
 * Schema bits shared by contracts.
 *
 * Every text that reaches a store passes {@link text}: NUL, other control characters and lone surrogates are refused here, so that all
 * engines see the same strings (OWASP ASVS 5.0 V1.1.1).
 *
 * @module
 */
import { z } from 'zod'
import { kernelIssues, refusing } from './issues.ts'

/** Controls (C0, C1), bidi overrides, and halves of surrogate pairs. */
const unsafe = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u

/** Whether a text has characters that no identifier, label or name may have. */
export const hasUnsafeCharacters = (value: string): boolean => unsafe.test(value)

/**
 * A line of text of `min` to `max` UTF-16 units without control characters.
 *
 * @example
 * ```ts
 * const Name = z.strictObject({ name: text(100) })
 * ```
 */
export const text = (max: number, min = 1) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !hasUnsafeCharacters(value), refusing(kernelIssues.invalid_characters))

/**
 * A language as browsers and applications name it (BCP 47): `it`, `it-CH`; `it_CH` is read as that.
 *
 * @example
 * ```ts
 * const Reader = z.strictObject({ locale: languageTag().optional() })
 * ```
 */
export const languageTag = () =>
  z
    .string()
    .max(35)
    .overwrite((typed) => typed.replaceAll('_', '-'))
    .refine(isLanguageTag, refusing({ ...kernelIssues.invalid_format, message: 'is not a language', format: 'language' }))

function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

/** A password: its length is judged by policy, its bytes are never touched; only a bound that stops absurd bodies stands here. */
export const passwordText = () => z.string().min(1).max(4096)

/**
 * An instant: a `Date` in services, an ISO 8601 string on the wire and in the client.
 *
 * @example
 * ```ts
 * const Paid = z.object({ paidAt: instant() })
 * ```
 */
export const instant = () =>
  z
    .date()
    .transform((date) => date.toISOString())
    .pipe(z.iso.datetime())

/**
 * JSON an application keeps with a record; at most 16 KiB unless it says otherwise, own keys only.
 *
 * @example
 * ```ts
 * const Note = z.strictObject({ metadata: jsonObject() })
 * ```
 */
export const jsonObject = (mostKiB = 16) =>
  z.record(text(128), z.json()).refine(
    (value) => new TextEncoder().encode(JSON.stringify(value)).length <= mostKiB * 1024,
    refusing({
      ...kernelIssues.too_large,
      message: `is larger than ${mostKiB} KiB`,
      limit: mostKiB * 1024,
    }),
  )

/**
 * How many a list has in all: exact to 10,000, and then said to be more.
 *
 * @example
 * ```ts
 * const Invoices = z.object({ invoices: z.array(Invoice), nextCursor: z.string().nullable(), total: total() })
 * ```
 */
export const total = () => z.object({ count: z.number().int(), exact: z.boolean() })

/** What a list says of its `cursor`. */
export const cursorMeans = 'The `nextCursor` of the page before, for the same filters and order.'

/**
 * The paging part of a list's query. In a strict object, so that a filter that is misspelt is not answered with everything there is.
 *
 * @example
 * ```ts
 * const query = z.strictObject({ ...pageQuery(50), status: text(20).optional() })
 * ```
 */
export const pageQuery = (defaultLimit = 20) => ({
  limit: z.coerce.number().int().min(1).max(100).default(defaultLimit),
  cursor: text(512).optional().meta({ description: cursorMeans }),
})
