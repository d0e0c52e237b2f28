/**
 * The second step of a page behind a mail: whoever has the mail shows that they opened the account too.
 *
 * @module
 */
import { html } from 'hono/html'
import { field, hiddenToken } from './fields.ts'
import { alarm, type Html, problem, textsFor } from './layout.ts'
import type { PageReader, Sent } from './pages.ts'

/** What a form of this step adds to a call; nothing where there was none, or its field was left empty. */
export const ownerIn = (form: Sent['form']): { password?: string } => {
  const password = form.get('password')
  return password ? { password } : {}
}

/** Whether the step is owed. A mail that no longer works is not saved by a password. */
export const asksOwner = ({ form, error }: Sent): boolean =>
  error?.code === 'password_required' || (form.has('password') && error?.code !== 'ticket_rejected')

/** What came with the mail goes along unseen: it was right. */
export function ownerForm(reader: PageReader, path: `/${string}`, { form, csrfToken, error }: Sent): Html {
  const { account, fields, 'confirm-owner': texts } = textsFor(reader).pages
  const isWrong = error?.code === 'invalid_credentials'
  const other = error?.code === 'password_required' ? '' : problem(reader, error)
  const shown = ['token', 'email', 'code'].filter((name) => form.has(name))
  const password = { name: 'password', label: fields.password, type: 'password', autocomplete: 'current-password' } as const
  return html`${isWrong ? alarm(account.wrongPassword) : other}
<p>${texts.intro}</p>
<form method="post" action="${reader.basePath}${path}/form">
${hiddenToken(csrfToken)}
${shown.map((name) => html`<input type="hidden" name="${name}" value="${form.get(name)}">`)}
${field(reader, { ...password, error, isRefused: isWrong })}
<button>${texts.button}</button>
</form>
<p class="more"><a href="${reader.basePath}/password/forgot">${texts.notMine}</a></p>`
}
