import { html } from 'hono/html'
import { hiddenToken, page, problem, say, textsFor } from './layout.ts'
import type { Page } from './pages.ts'

/** Where somebody says that they have forgotten their password. */
export const forgotPassword: Page = {
  path: '/password/forgot',
  endpoint: { contract: 'password', key: 'forgot' },
  input: (form) => ({ email: form.get('email')?.trim() }),
  async show(reader, { form, error, csrfToken }) {
    const texts = textsFor(reader).pages['forgot-password']
    return page(
      reader,
      texts.title,
      html`${problem(reader, error)}
<p>${texts.intro}</p>
<form method="post" action="${reader.basePath}/password/forgot/form">
${hiddenToken(csrfToken)}
<label for="email">${texts.email}</label>
<input id="email" name="email" type="email" autocomplete="email" required maxlength="254" value="${form.get('email') ?? ''}">
<button>${texts.button}</button>
</form>`,
      error?.status,
    )
  },
  async done(reader) {
    const texts = textsFor(reader).pages['forgot-password']
    return page(reader, texts.sentTitle, html`<p>${texts.sentBody}</p>`)
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
      const refused = html`<div class="problem" role="alert">${textsFor(reader).refusals.ticket_rejected}</div>
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
<label for="newPassword">${texts.password}</label>
<input id="newPassword" name="newPassword" type="password" autocomplete="new-password" required aria-describedby="advice">
<button>${texts.button}</button>
</form>`,
      error?.status,
    )
  },
  async done(reader) {
    const texts = textsFor(reader).pages['reset-password']
    return page(reader, texts.doneTitle, html`<p>${texts.doneBody}</p>`)
  },
}
