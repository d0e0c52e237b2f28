/**
 * What every page has around it: one document, one style sheet of ours, no script.
 *
 * Invariant: whatever a person sent is text here. The policy allows a style sheet and forms of this origin, and nothing else.
 *
 * @module
 */
import { html } from 'hono/html'
import type { AuthError } from '../kernel/contract/errors.ts'
import { catalogues, formatMessage, type Language, type MessageValues } from '../messages/languages.ts'

/** OWASP ASVS 5.0 V3.4.3. */
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** A piece of a page. */
export type Html = ReturnType<typeof html>

/** Who reads a page, and where it stands. */
export interface Reader {
  readonly language: Language
  readonly app: string
  readonly basePath: string
}

/** The texts of the reader's language. */
export const textsFor = ({ language }: Reader) => catalogues[language]

/** A text with its values. */
export const say = ({ language }: Reader, message: string, values: MessageValues = {}): string =>
  formatMessage(message, language, values)

/** A whole page. */
export async function page(reader: Reader, title: string, body: Html, status = 200): Promise<Response> {
  const { language, app, basePath } = reader
  const document = await html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · ${app}</title>
<link rel="stylesheet" href="${basePath}/pages.css">
</head>
<body>
<main>
<p class="app">${app}</p>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
  return new Response(String(document), {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
  })
}

/** The field a form of ours sends its CSRF token in. */
export const csrfField = 'csrf'

/** A form without it would be refused from browsers that do not say where a form comes from. */
export const hiddenToken = (token: string): Html => html`<input type="hidden" name="${csrfField}" value="${token}">`

/** What went wrong, in the reader's words. */
export function problem(reader: Reader, error: AuthError | undefined): Html | '' {
  if (!error) return ''
  const { refusals, passwords } = textsFor(reader)
  const text = Object.hasOwn(refusals, error.code) ? refusals[error.code as keyof typeof refusals] : refusals.other
  const reasons = (error.issues ?? []).flatMap(({ message }) =>
    Object.hasOwn(passwords, message) ? [passwords[message as keyof typeof passwords]] : [],
  )
  const list = reasons.length === 0 ? '' : html`<ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`
  return html`<div class="problem" role="alert">${say(reader, text, { seconds: error.retryAfterSeconds ?? 1 })}${list}</div>`
}
