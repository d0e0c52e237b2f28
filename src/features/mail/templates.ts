/**
 * Mails as data: which there are, what their texts may name, and how one is laid out.
 *
 * Invariant: whatever a person or an operator wrote is text. It is escaped in HTML, and has no line breaks in a header; no value is
 * itself read as a message.
 *
 * @module
 */
import { html, raw } from 'hono/html'
import type { ValueKind } from '../../messages/checking.ts'
import type { MailTexts } from '../../messages/en.ts'
import { formatMessage, type Language, type MessageValues } from '../../messages/languages.ts'

interface ValueTypes {
  number: number
  text: string
  instant: Date
}

/** Every mail there is, and what its texts may name besides `{app}`. */
export const templates = {
  'reset-password': { minutes: 'number' },
  'reset-required': { minutes: 'number' },
  'not-me': { minutes: 'number' },
  'set-password': { minutes: 'number' },
  'password-changed': { date: 'instant' },
  'verify-email': { code: 'text', minutes: 'number', hours: 'number' },
  'already-registered': {},
  'change-email': { minutes: 'number' },
  'address-taken': {},
  'email-changed': { date: 'instant', hours: 'number', newEmail: 'text' },
  'email-reverted': { minutes: 'number' },
  'new-device': { date: 'instant', device: 'text', network: 'text' },
  'refresh-reuse': { date: 'instant', device: 'text', network: 'text' },
  'account-deletion': { date: 'instant' },
  test: {},
} as const satisfies Record<string, Readonly<Record<string, ValueKind>>>

/** The name of a mail. */
export type Template = keyof typeof templates

/** What the texts of a mail name. */
export type ValuesOf<T extends Template> = {
  readonly [K in keyof (typeof templates)[T]]: ValueTypes[(typeof templates)[T][K] & ValueKind]
}

/** A mail that can be sent. */
export interface Rendered {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** The texts of a mail with its values put in. */
export interface Said {
  readonly subject: string
  readonly title: string
  readonly body: string
  /** On the button; `title` where there is none. */
  readonly cta?: string
  readonly disclaimer?: string
  readonly code?: { readonly label: string; readonly digits: string }
}

/** Puts the values into the texts of a mail. */
export function sayMail(
  { code, ...texts }: MailTexts,
  language: Language,
  { app, values }: { app: string; values: MessageValues },
): Said {
  const say = (message: string) => formatMessage(message, language, { ...spelled(values, language), app })
  const said = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, say(text)])) as Omit<Said, 'code'>
  return { ...said, ...(code !== undefined && { code: { label: say(code), digits: String(values.code) } }) }
}

/** Lays out a mail: its texts, then a button with the link, then the code on a line of its own. */
export function layOut({ subject, title, body, cta, code, disclaimer }: Said, language: Language, link?: string): Rendered {
  const button = link !== undefined && { link, label: cta ?? title }
  return {
    subject: subject.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim(), // a header is one line
    text: [
      title,
      body,
      ...(button ? [`${button.label}:\n${button.link}`] : []),
      ...(code ? [`${code.label}\n${code.digits}`] : []),
      ...(disclaimer === undefined ? [] : [disclaimer]),
    ].join('\n\n'),
    html: page(language, [
      html`<h1 style="${styles.title}">${title}</h1>`,
      html`<p>${body}</p>`,
      button && html`<p><a href="${button.link}" style="${styles.button}">${button.label}</a></p>`,
      code !== undefined && html`<p>${code.label}<br><span style="${styles.code}">${code.digits}</span></p>`,
      disclaimer !== undefined && html`<p style="${styles.small}">${disclaimer}</p>`,
    ]),
  }
}

/** Mail programs know no stylesheets: what there is stands on the elements. Both colours are said, so that dark modes turn both. */
const styles = {
  body: 'margin:0;padding:24px;background:#f4f4f5;color:#18181b;font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,sans-serif',
  card: 'max-width:480px;margin:0 auto;padding:32px;background:#ffffff;border-radius:12px',
  title: 'margin:0 0 16px;font-size:22px;line-height:1.3',
  button:
    'display:inline-block;padding:12px 20px;background:#1d4ed8;color:#ffffff;border-radius:8px;text-decoration:none;font-weight:600',
  code: 'font:600 28px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:4px',
  small: 'margin:24px 0 0;color:#52525b;font-size:14px',
} as const

type Part = ReturnType<typeof html> | false

function page(language: Language, parts: readonly Part[]): string {
  return String(
    html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>
<body style="${raw(styles.body)}"><div style="${raw(styles.card)}">
${parts.filter((part) => part !== false)}
</div></body>
</html>
`,
  )
}

/** Instants as people of that language write them; which zone they live in nobody has told us. */
export function spelled(values: MessageValues, language: Language): Readonly<Record<string, string | number>> {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  const spell = (value: MessageValues[string]) => (value instanceof Date ? `${format.format(value)} UTC` : value)
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, spell(value)]))
}
