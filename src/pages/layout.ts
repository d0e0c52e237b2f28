/**
 * What every page has around it: one document, one style sheet of ours, no script.
 *
 * Invariant: whatever a person sent is text here. The policy allows a style sheet and forms of this origin, and nothing else.
 *
 * @module
 */
import { html } from 'hono/html'
import type { AuthError } from '../kernel/contract/errors.ts'
import type { Messages } from '../messages/en.ts'
import { formatMessage, type Language, type MessageValues } from '../messages/languages.ts'

/** OWASP ASVS 5.0 V3.4.3. Browsers hold `form-action` also against the redirect that answers a form. */
const policyFor = ({ leadsTo, logo }: Reader) =>
  `default-src 'none'; style-src 'self'; ${logo === undefined ? '' : "img-src 'self'; "}form-action ${["'self'", ...leadsTo].join(' ')}; base-uri 'none'; frame-ancestors 'none'`

/** A piece of a page. */
export type Html = ReturnType<typeof html>

/** Who reads a page, and where it stands. */
export interface Reader {
  readonly language: Language
  /** Those of the language. */
  readonly texts: Messages
  readonly app: string
  /** A picture of the application, by its path on our origin. */
  readonly logo?: string | undefined
  /** Below what all of ours stands, as `/account` does; the root is `''`. */
  readonly sitePath: string
  /** Below what pages stand that are not of the root. */
  readonly basePath: string
  /** Origins besides ours that a form may lead to. */
  readonly leadsTo: readonly string[]
}

/** How an application looks on our pages; nothing is set by an empty text. */
export interface Face {
  readonly siteName: string
  readonly primaryColor: string
  readonly logoUrl: string
}

/** What of the face stands on every page. @param app what an application without a name of its own for pages is called */
export const faceOf = (app: string, { siteName, logoUrl }: Pick<Face, 'siteName' | 'logoUrl'>): Pick<Reader, 'app' | 'logo'> => ({
  app: siteName || app,
  logo: logoUrl || undefined,
})

/** The texts of the reader's language. */
export const textsFor = ({ texts }: Reader): Messages => texts

/** A text with its values. */
export const say = ({ language }: Reader, message: string, values: MessageValues = {}): string =>
  formatMessage(message, language, values)

/** A whole page with one thing on it. */
export function page(reader: Reader, title: string, body: Html, status = 200): Promise<Response> {
  const content = html`<main>
${appName(reader)}
<h1>${title}</h1>
${body}
</main>`
  return shell(reader, { title, content, status })
}

/** Whose pages these are. */
export function appName({ app, logo }: Reader): Html {
  if (logo !== undefined) return html`<p class="app"><img src="${logo}" alt="" height="32">${app}</p>`
  return html`<p class="app" data-initial="${[...app][0]?.toUpperCase() ?? ''}">${app}</p>`
}

interface Shell {
  readonly title: string
  readonly content: Html
  readonly status?: number
  /** What the style sheet tells pages apart by. */
  readonly kind?: 'account'
}

/** The document around a page. */
export async function shell(reader: Reader, { title, content, status = 200, kind }: Shell): Promise<Response> {
  const { language, app, basePath } = reader
  const document = await html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · ${app}</title>
<link rel="stylesheet" href="${basePath}/pages.css">
</head>
<body${kind === undefined ? '' : html` class="${kind}"`}>
${content}
</body>
</html>
`
  return new Response(String(document), {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policyFor(reader) },
  })
}

/** The field a form of ours sends its CSRF token in. */
export const csrfField = 'csrf'

/** The id of what went wrong. */
export const problemId = 'problem'

/** A text that has the focus when the page opens, so that nobody misses it (WCAG 2.2, 3.3.1). */
export const alarm = (text: Html | string): Html =>
  html`<div class="problem" id="${problemId}" role="alert" tabindex="-1" autofocus>${text}</div>`

/** What went wrong, in the reader's words. */
export function problem(reader: Reader, error: AuthError | undefined): Html | '' {
  if (!error) return ''
  const { refusals } = textsFor(reader)
  const text = Object.hasOwn(refusals, error.code) ? refusals[error.code as keyof typeof refusals] : refusals.other
  return alarm(say(reader, text, { seconds: error.retryAfterSeconds ?? 1 }))
}

/** Why a field was refused, in the reader's words; a reason of somebody else's has none. */
export function reasonsFor(reader: Reader, error: AuthError | undefined, field: string): readonly string[] {
  const texts: Readonly<Record<string, string>> = textsFor(reader).issues
  return (error?.issues ?? []).flatMap(({ pointer, code, format = code, limit, name, row }) => {
    const key = [format, code].find((one) => Object.hasOwn(texts, one))
    if (pointer !== `/${field}` || key === undefined) return []
    const isWhole = !/\{(limit|name|row)/.test(texts[key] ?? '') || (limit ?? name ?? row) !== undefined
    return [say(reader, texts[isWhole ? key : 'other'] ?? '', { limit: limit ?? 0, name: name ?? '', row: row ?? 0 })]
  })
}
