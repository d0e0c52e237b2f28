import { html } from 'hono/html'
import { field, hiddenReturn, hiddenToken, linkTo } from './fields.ts'
import { alarm, page, problem, say, textsFor } from './layout.ts'
import { lookIntoMail, onward } from './login.ts'
import type { Page } from './pages.ts'

/** Where somebody says that they have forgotten their password. */
export const forgotPassword: Page = {
  path: '/password/forgot',
  endpoint: { contract: 'password', key: 'forgot' },
  input: (form) => ({ email: form.get('email')?.trim() }),
  async show(reader, { form, error, csrfToken }) {
    const texts = textsFor(reader).pages['forgot-password']
    const email = {
      name: 'email',
      label: texts.email,
      type: 'email',
      autocomplete: 'email',
      value: form.get('email'),
      error,
    } as const
    return page(
      reader,
      texts.title,
      html`${problem(reader, error)}
<p>${texts.intro}</p>
<form method="post" action="${reader.basePath}/password/forgot/form">
${hiddenToken(csrfToken)}
${field(reader, email)}
<button>${texts.button}</button>
</form>
<p class="more"><a href="${linkTo(reader, '/login')}">${texts.back}</a></p>`,
      error?.status,
    )
  },
  async done(reader) {
    const texts = textsFor(reader).pages['forgot-password']
    const back = html`<p class="more"><a href="${linkTo(reader, '/login')}">${texts.back}</a></p>`
    return page(reader, texts.sentTitle, html`<p>${texts.sentBody}</p>${back}`)
  },
}

/** Where the link of a mail leads. Looking spends nothing: mail scanners look at every link (ASVS 5.0 V3.5.3). */
export const resetPassword: Page = {
  path: '/password/reset',
  endpoint: { contract: 'password', key: 'reset' },
  input: (form) => ({ token: form.get('token'), newPassword: form.get('newPassword') }),
  async show(reader, { form, error, csrfToken }) {
    const texts = textsFor(reader).pages['reset-password']
    const token = form.get('token') ?? ''
    if (token === '' || error?.code === 'ticket_rejected') {
      const refused = html`${alarm(textsFor(reader).refusals.ticket_rejected)}
<a class="button" href="${reader.basePath}/password/forgot">${texts.again}</a>`
      return page(reader, texts.title, refused, 400)
    }
    return page(
      reader,
      texts.title,
      html`${problem(reader, error)}
<p id="advice">${say(reader, texts.intro, { minLength: reader.minLength })}</p>
<form method="post" action="${reader.basePath}/password/reset/form">
${hiddenToken(csrfToken)}
<input type="hidden" name="token" value="${token}">
${field(reader, { name: 'newPassword', label: texts.password, type: 'password', autocomplete: 'new-password', error, help: 'advice' })}
<button>${texts.button}</button>
</form>`,
      error?.status,
    )
  },
  async done(reader) {
    const texts = textsFor(reader).pages['reset-password']
    return page(
      reader,
      texts.doneTitle,
      html`<p>${texts.doneBody}</p>
<a class="button" href="${linkTo(reader, '/login')}">${texts.login}</a>`,
    )
  },
}

/** The step of a login that owes a new password. Which login it is stands in a cookie. */
export const replacePassword: Page = {
  path: '/login/password',
  endpoint: { contract: 'password', key: 'finishLogin' },
  input: (form) => ({ newPassword: form.get('newPassword') }),
  after: onward,
  async show(reader, { form, error, csrfToken }) {
    const { 'reset-password': texts, 'replace-password': own } = textsFor(reader).pages
    if (error?.code === 'login_expired') {
      const again = html`${problem(reader, error)}
<a class="button" href="${linkTo(reader, '/login', form)}">${texts.login}</a>`
      return page(reader, own.title, again, error.status)
    }
    return page(
      reader,
      own.title,
      html`${problem(reader, error)}
<p>${own.intro}</p>
<p id="advice">${say(reader, texts.intro, { minLength: reader.minLength })}</p>
<form method="post" action="${reader.basePath}/login/password/form">
${hiddenToken(csrfToken)}
${hiddenReturn(reader, form)}
${field(reader, { name: 'newPassword', label: texts.password, type: 'password', autocomplete: 'new-password', error, help: 'advice' })}
<button>${own.button}</button>
</form>`,
      error?.status,
    )
  },
  done: lookIntoMail,
}
