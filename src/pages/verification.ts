import { html } from 'hono/html'
import type { AuthError } from '../kernel/contract/errors.ts'
import { field, hiddenToken } from './fields.ts'
import { alarm, type Html, page, problem, textsFor } from './layout.ts'
import { asksOwner, ownerForm, ownerIn } from './owner.ts'
import type { Page, PageReader, Sent } from './pages.ts'

/** Where the link of a mail leads, and where its code is typed. Looking spends nothing: mail scanners look at every link (ASVS 5.0 V3.5.3). */
export const verifyEmail: Page = {
  path: '/verify',
  endpoint: { contract: 'email', key: 'verify' },
  input: (form) => ({
    ...(form.has('token')
      ? { token: form.get('token') }
      : { email: form.get('email')?.trim(), code: form.get('code')?.replaceAll(/\s/g, '') }),
    ...ownerIn(form),
  }),
  async show(reader, sent) {
    const texts = textsFor(reader).pages['verify-email']
    const token = sent.form.get('token') ?? ''
    const isRejected = sent.error?.code === 'ticket_rejected'
    if (token !== '' && isRejected) {
      const refused = html`${alarm(textsFor(reader).refusals.ticket_rejected)}
<a class="button" href="${reader.basePath}/verify/resend">${texts.again}</a>`
      return page(reader, texts.title, refused, 400)
    }
    if (asksOwner(sent)) return page(reader, texts.title, ownerForm(reader, '/verify', sent), sent.error?.status)
    const wrong = isRejected ? alarm(texts.wrong) : problem(reader, sent.error)
    const form = token === '' ? codeForm(reader, sent) : linkForm(reader, sent, token)
    return page(reader, texts.title, html`${wrong}\n${form}`, sent.error?.status)
  },
  async done(reader) {
    const texts = textsFor(reader).pages['verify-email']
    const login = html`<a class="button" href="${reader.basePath}/login">${texts.login}</a>`
    return page(reader, texts.doneTitle, html`<p>${texts.doneBody}</p>\n${login}`)
  },
}

function linkForm(reader: PageReader, { csrfToken }: Sent, token: string): Html {
  const texts = textsFor(reader).pages['verify-email']
  return html`<p>${texts.intro}</p>
<form method="post" action="${reader.basePath}/verify/form">
${hiddenToken(csrfToken)}
<input type="hidden" name="token" value="${token}">
<button>${texts.button}</button>
</form>`
}

function codeForm(reader: PageReader, { form, csrfToken, error }: Sent): Html {
  const texts = textsFor(reader).pages['verify-email']
  return html`<p>${texts.codeIntro}</p>
<form method="post" action="${reader.basePath}/verify/form">
${hiddenToken(csrfToken)}
${emailField(reader, texts.email, form, error)}
${field(reader, { name: 'code', label: texts.code, type: 'text', autocomplete: 'one-time-code', error })}
<button>${texts.button}</button>
</form>
<p class="more"><a href="${reader.basePath}/verify/resend">${texts.again}</a></p>`
}

const emailField = (reader: PageReader, label: string, form: ReadonlyMap<string, string>, error: AuthError | undefined): Html =>
  field(reader, { name: 'email', label, type: 'email', autocomplete: 'email', value: form.get('email'), error })

/** Where another mail is asked for. */
export const resendVerification: Page = {
  path: '/verify/resend',
  endpoint: { contract: 'email', key: 'resend' },
  input: (form) => ({ email: form.get('email')?.trim() }),
  async show(reader, { form, error, csrfToken }) {
    const texts = textsFor(reader).pages['resend-verification']
    return page(
      reader,
      texts.title,
      html`${problem(reader, error)}
<p>${texts.intro}</p>
<form method="post" action="${reader.basePath}/verify/resend/form">
${hiddenToken(csrfToken)}
${emailField(reader, texts.email, form, error)}
<button>${texts.button}</button>
</form>`,
      error?.status,
    )
  },
  async done(reader) {
    const texts = textsFor(reader).pages['resend-verification']
    const enter = html`<a class="button" href="${reader.basePath}/verify">${texts.enter}</a>`
    return page(reader, texts.sentTitle, html`<p>${texts.sentBody}</p>\n${enter}`)
  },
}
