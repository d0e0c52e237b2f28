/**
 * What every page under `/account` is made of: the way around, the sections of somebody's own account, and forms that say what became of them.
 *
 * @module
 */
import { html } from 'hono/html'
import type { z } from 'zod'
import type { User as UserSchema } from '../../features/users/contract.ts'
import type { AuthError } from '../../kernel/contract/errors.ts'
import type { EndpointName } from '../../kernel/http/local-calls.ts'
import { field, hiddenToken } from '../fields.ts'
import { alarm, appName, type Html, problem, say, shell, textsFor } from '../layout.ts'
import type { PageReader } from '../pages.ts'

/** Who looks, as the call answers it. */
export type Viewer = z.output<typeof UserSchema>

/** A look at a page by whoever is logged in. */
export interface Look {
  readonly viewer: Viewer
  readonly at: Date
  readonly csrfToken: string
  readonly query: ReadonlyMap<string, string>
  /** The form that was just taken. */
  readonly done?: string | undefined
  /** The form that was just refused, and what was in it. */
  readonly refused?: { readonly form: string; readonly error: AuthError; readonly sent: ReadonlyMap<string, string> } | undefined
  isMounted(endpoint: EndpointName): boolean
  /** How long a deleted account waits. */
  graceMs(): Promise<number>
  /** Calls an endpoint with the rights of whoever looks. */
  ask(contract: string, key: string, input?: object): Promise<unknown>
}

/** One form of a page. */
export interface AccountForm {
  /** The last segment of where it is sent. */
  readonly name: string
  readonly endpoint: EndpointName
  input(form: ReadonlyMap<string, string>): object
  /** Where it leads, in place of the page that says it is done. */
  after?(reader: PageReader, value: unknown): string
  /** What it is answered with, in place of leading anywhere. */
  answer?(value: unknown): Response
}

/** One page of the account. */
export interface AccountPage {
  readonly path: `/account${'' | `/${string}`}`
  /** Where it stands in the navigation. */
  readonly section: Section
  title(reader: PageReader): string
  readonly forms: readonly AccountForm[]
  /** What a form has done, by its name. */
  done?(reader: PageReader): Readonly<Record<string, string>>
  body(reader: PageReader, look: Look): Promise<Html>
}

const sections = [
  ['profile', '/account'],
  ['password', '/account/password'],
  ['devices', '/account/devices'],
  ['activity', '/account/activity'],
  ['data', '/account/data'],
  ['deletion', '/account/deletion'],
] as const satisfies readonly (readonly [string, AccountPage['path']])[]

type Section = (typeof sections)[number][0]

/** Where every page has the button that ends the session. */
export const logOutPath = '/account/log-out'

/** A whole page, around what it is about. */
export function accountPage(reader: PageReader, page: AccountPage, look: Look, body: Html, status = 200): Promise<Response> {
  const texts = textsFor(reader).pages.account
  const title = page.title(reader)
  const done = look.done === undefined ? undefined : page.done?.(reader)[look.done]
  const links = sections.map(([section, path]) => {
    const isHere = section === page.section
    return html`<li><a href="${path}"${isHere ? html` aria-current="page"` : ''}>${texts[section]}</a></li>`
  })
  const around = html`<a class="skip" href="#content">${texts.skip}</a>
<header>
${appName(reader)}
<form method="post" action="${logOutPath}">
${hiddenToken(look.csrfToken)}
<button class="quiet">${texts.logOut}</button>
</form>
</header>
<div class="columns">
<nav aria-label="${texts.area}"><ul>
${links}
</ul></nav>
<main id="content">
<h1>${title}</h1>
${done === undefined ? '' : html`<p class="done" role="status">${done}</p>`}
${body}
</main>
</div>`
  return shell(reader, { title, content: around, kind: 'account', status })
}

/** A form of a page. Above what it asks stands why it was refused. */
export function formOf(
  reader: PageReader,
  look: Look,
  to: { readonly page: string; readonly name: string },
  of: {
    readonly content?: Html | Html[] | ''
    readonly button: string
    readonly kind?: 'quiet' | 'danger'
    readonly label?: string
  },
): Html {
  const { content = '', button, kind = '', label } = of
  return html`<form method="post" action="${to.page}/${to.name}">
${refusal(reader, errorIn(look, to.name))}
${hiddenToken(look.csrfToken)}
${content}
<button class="${kind}"${label === undefined ? '' : html` aria-label="${label}"`}>${button}</button>
</form>`
}

/** Why a form was refused, if it was that one. */
export const errorIn = ({ refused }: Look, form: string): AuthError | undefined =>
  refused?.form === form ? refused.error : undefined

/** What was in a form that was refused. */
export const sentIn = ({ refused }: Look, form: string, name: string): string | undefined =>
  refused?.form === form ? refused.sent.get(name) : undefined

function refusal(reader: PageReader, error: AuthError | undefined): Html | '' {
  const { pages } = textsFor(reader)
  if (error?.code === 'invalid_credentials') return alarm(pages.account.wrongPassword)
  if (error?.code === 'denied_by_app') return alarm(pages['account-deletion'].denied)
  const isUnusable = error?.issues?.some(({ pointer }) => pointer === '/newEmail')
  return isUnusable ? alarm(pages['account-profile'].emailUnusable) : problem(reader, error)
}

/** The password of somebody who is logged in: what cannot be taken back asks for it once more. */
export function currentPassword(reader: PageReader, look: Look, form: string): Html {
  const error = errorIn(look, form)
  return field({
    name: 'currentPassword',
    label: textsFor(reader).pages.account.currentPassword,
    type: 'password',
    autocomplete: 'current-password',
    error,
    isRefused: error?.code === 'invalid_credentials',
  })
}

/** By what its owner knows an account. */
export const nameOf = ({ email, username, phone, id }: Viewer): string => email ?? username ?? phone ?? id

/** A part of a page. */
export const card = (content: Html, title?: string): Html =>
  html`<section>${title === undefined ? '' : html`<h2>${title}</h2>`}${content}</section>`

/** An instant for people: which zone they live in nobody has told us. */
export function spell(reader: PageReader, at: string): string {
  const format = new Intl.DateTimeFormat(reader.language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  return say(reader, textsFor(reader).pages.account.instant, { date: format.format(new Date(at)) })
}

const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** How long ago something was. */
export function ago({ language }: PageReader, at: string, now: Date): string {
  const passed = Math.max(0, now.getTime() - Date.parse(at))
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  const [unit, ms] = steps.find(([, length]) => passed >= length) ?? ['second', Number.POSITIVE_INFINITY]
  return format.format(-Math.floor(passed / ms), unit)
}

/** An instant in a text. */
export const time = (at: string, text: string): Html => html`<time datetime="${at}">${text}</time>`
