import { html } from 'hono/html'
import { field, hiddenReturn, hiddenToken, identifierField, linkTo, returnField } from './fields.ts'
import { page, problem, say, textsFor } from './layout.ts'
import type { Page, PageReader } from './pages.ts'

/** Where people log in. A wrong password and a name nobody has look alike, as they do to the call. */
export const login: Page = {
  path: '/login',
  endpoint: { contract: 'login', key: 'login' },
  for: 'guests',
  input: (form) => ({ identifier: form.get('identifier')?.trim(), password: form.get('password') }),
  after: onward,
  async show(reader, { form, error, csrfToken }) {
    const { login: texts, fields } = textsFor(reader).pages
    const password = {
      name: 'password',
      label: fields.password,
      type: 'password',
      autocomplete: 'current-password',
      error,
    } as const
    const forgotten = html`<p class="more"><a href="${linkTo(reader, '/password/forgot')}">${texts.forgotten}</a></p>`
    const create = html`<p class="more"><a href="${linkTo(reader, '/register', form)}">${texts.register}</a></p>`
    return page(
      reader,
      texts.title,
      html`${problem(reader, error)}
<form method="post" action="${reader.basePath}/login/form">
${hiddenToken(csrfToken)}
${hiddenReturn(reader, form)}
${identifierField(reader, form, error)}
${field(reader, password)}
<button>${texts.button}</button>
</form>
${reader.canRecover ? forgotten : ''}
${reader.canRegister ? create : ''}`,
      error?.status,
    )
  },
  done: lookIntoMail,
}

/** Where people make an account. */
export const register: Page = {
  path: '/register',
  endpoint: { contract: 'login', key: 'register' },
  for: 'guests',
  input: (form) => ({ identifier: form.get('identifier')?.trim(), password: form.get('password') }),
  after: onward,
  async show(reader, { form, error, csrfToken }) {
    const { register: texts, fields, 'reset-password': choosing } = textsFor(reader).pages
    const back = html`<p class="more"><a href="${linkTo(reader, '/login', form)}">${texts.login}</a></p>`
    if (!reader.canRegister)
      return page(reader, texts.title, html`<p>${textsFor(reader).refusals.registration_closed}</p>${back}`, 403)
    const password = { name: 'password', label: fields.password, type: 'password', autocomplete: 'new-password', error } as const
    return page(
      reader,
      texts.title,
      html`${problem(reader, error)}
<form method="post" action="${reader.basePath}/register/form">
${hiddenToken(csrfToken)}
${hiddenReturn(reader, form)}
${identifierField(reader, form, error)}
${field(reader, { ...password, help: 'advice' })}
<p class="hint" id="advice">${say(reader, choosing.intro, { minLength: reader.minLength })}</p>
<button>${texts.button}</button>
</form>
${back}`,
      error?.status,
    )
  },
  done: lookIntoMail,
}

/** What somebody sees who has logged in and asked for nothing more. */
export const welcome: Page = {
  path: '/welcome',
  endpoint: { contract: 'sessions', key: 'logout' },
  for: 'users',
  input: () => ({}),
  async show(reader, { error, csrfToken, visitor }) {
    const texts = textsFor(reader).pages.welcome
    return page(
      reader,
      texts.title,
      html`${problem(reader, error)}
${visitor === undefined ? '' : html`<p>${say(reader, texts.intro, { name: visitor.name })}</p>`}
${reader.hasAccount ? html`<a class="button" href="${reader.sitePath}/account">${textsFor(reader).pages.account.area}</a>` : ''}
<form method="post" action="${reader.basePath}/welcome/form">
${hiddenToken(csrfToken)}
<button class="quiet">${texts.button}</button>
</form>`,
      error?.status,
    )
  },
  async done(reader) {
    const texts = textsFor(reader).pages.welcome
    const again = html`<a class="button" href="${linkTo(reader, '/login')}">${texts.login}</a>`
    return page(reader, texts.doneTitle, html`<p>${texts.doneBody}</p>${again}`)
  },
}

/** The page of each step a login can owe. */
const steps: Readonly<Record<string, `/${string}`>> = { password_change: '/login/password' }

/** What a login can come to, as far as it matters here. */
interface LoginAnswer {
  readonly status: string
  readonly methods?: readonly string[]
}

/** Where a login leads: on, to the step it owes, or nowhere before a mail was read. */
export function onward(reader: PageReader, form: ReadonlyMap<string, string>, value: unknown): string | undefined {
  const { status, methods = [] } = value as LoginAnswer
  if (status === 'active') return reader.accept(form.get(returnField)) ?? reader.afterLogin
  if (status === 'verification_required') return undefined
  const step = methods.map((method) => steps[method]).find((path) => path !== undefined)
  if (step === undefined) throw new Error(`no page takes a login on by ${methods.join(', ')}`)
  return linkTo(reader, step, form)
}

/** What a login comes to whose address has to be confirmed first. It says nothing about who has an account. */
export async function lookIntoMail(reader: PageReader): Promise<Response> {
  const { login: texts, 'verify-email': proving, 'resend-verification': another } = textsFor(reader).pages
  return page(
    reader,
    texts.mailTitle,
    html`<p>${texts.mailBody}</p>
<a class="button" href="${reader.basePath}/verify">${another.enter}</a>
<p class="more"><a href="${reader.basePath}/verify/resend">${proving.again}</a></p>`,
  )
}
