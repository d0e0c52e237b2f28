/**
 * What every page under `/account` is made of: the way around, the sections of somebody's own account, and forms that say what became of them.
 *
 * @module
 */
import { html } from 'hono/html'
import type { z } from 'zod'
import type { Me } from '../../features/users/contract.ts'
import type { AuthError } from '../../kernel/contract/errors.ts'
import type { EndpointName } from '../../kernel/http/local-calls.ts'
import { field, hiddenToken } from '../fields.ts'
import { alarm, appName, type Html, problem, say, shell, textsFor } from '../layout.ts'
import type { PageReader } from '../pages.ts'

/** Who looks, as the call answers it. */
export type Viewer = z.output<typeof Me>

/** What a page is asked for, by whoever is logged in. */
export interface Visit {
  readonly viewer: Viewer
  /** Who reads the page in the user's place. */
  readonly operator?: PageReader | undefined
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
  /** Where it leads, below the path of the site, in place of the page that says it is done. */
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
  body(reader: PageReader, visit: Visit): Promise<Html>
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

/** Where an operator stops seeing this account. */
export const stopImpersonationPath = '/account/impersonation/stop'

/** A whole page, around what it is about. */
export function accountPage(reader: PageReader, page: AccountPage, visit: Visit, body: Html, status = 200): Promise<Response> {
  const texts = textsFor(reader).pages.account
  const title = page.title(reader)
  const done = visit.done === undefined ? undefined : page.done?.(reader)[visit.done]
  const links = sections.map(([section, path]) => {
    const isHere = section === page.section
    return html`<li><a href="${reader.sitePath}${path}"${isHere ? html` aria-current="page"` : ''}>${texts[section]}</a></li>`
  })
  const logOut = html`<form method="post" action="${reader.sitePath}${logOutPath}">
${hiddenToken(visit.csrfToken)}
<button class="quiet">${texts.logOut}</button>
</form>`
  const around = html`<a class="skip" href="#content">${texts.skip}</a>
${impersonationBanner(visit)}
<header>
${appName(reader)}
${visit.viewer.impersonation ? '' : logOut}
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

/** Tells an operator, on every page and in their own language, in whose place they look; nobody forgets it. */
function impersonationBanner({ operator: reader, viewer, csrfToken }: Visit): Html | '' {
  if (!reader || !viewer.impersonation) return ''
  const { account: texts } = textsFor(reader).pages
  const { reason, endsAt } = viewer.impersonation
  const name = nameOf(viewer)
  return html`<aside class="impersonation" lang="${reader.language}" aria-label="${texts.impersonationArea}">
<div><strong>${say(reader, texts.impersonation, { name })}</strong>
<p>${say(reader, texts.impersonationOwn, { name })}</p>
<p><span>${say(reader, texts.impersonationReason, { reason })}</span><span>${time(endsAt, say(reader, texts.impersonationUntil, { date: spell(reader, endsAt) }))}</span></p></div>
<form method="post" action="${reader.sitePath}${stopImpersonationPath}">
${hiddenToken(csrfToken)}
<button>${texts.impersonationStop}</button>
</form>
</aside>`
}

/** A form of a page. Above what it asks stands why it was refused. Whoever looks at the account of another finds nothing to press. */
export function formOf(
  reader: PageReader,
  visit: Visit,
  to: { readonly page: string; readonly name: string },
  of: {
    readonly content?: Html | Html[] | ''
    readonly button: string
    readonly kind?: 'quiet' | 'danger'
    readonly label?: string
  },
): Html {
  const { content = '', button, kind = '', label } = of
  return html`<form method="post" action="${reader.sitePath}${to.page}/${to.name}">
${refusal(reader, errorIn(visit, to.name))}
${hiddenToken(visit.csrfToken)}
<fieldset${visit.viewer.impersonation ? html` disabled` : ''}>
${content}
<button class="${kind}"${label === undefined ? '' : html` aria-label="${label}"`}>${button}</button>
</fieldset>
</form>`
}

/** Why a form was refused, if it was that one. */
export const errorIn = ({ refused }: Visit, form: string): AuthError | undefined =>
  refused?.form === form ? refused.error : undefined

/** What was in a form that was refused. */
export const sentIn = ({ refused }: Visit, form: string, name: string): string | undefined =>
  refused?.form === form ? refused.sent.get(name) : undefined

function refusal(reader: PageReader, error: AuthError | undefined): Html | '' {
  const { pages } = textsFor(reader)
  if (error?.code === 'invalid_credentials') return alarm(pages.account.wrongPassword)
  if (error?.code === 'denied_by_app') return alarm(pages['account-deletion'].denied)
  return problem(reader, error)
}

/** The password of somebody who is logged in: what cannot be taken back asks for it once more. */
export function currentPassword(reader: PageReader, visit: Visit, form: string): Html {
  const error = errorIn(visit, form)
  return field(reader, {
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
