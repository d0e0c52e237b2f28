import { html } from 'hono/html'
import { hiddenToken } from './fields.ts'
import { alarm, page, problem, textsFor } from './layout.ts'
import { asksOwner, ownerForm, ownerIn } from './owner.ts'
import type { Page } from './pages.ts'

/** What such a page is about, and what it says. */
interface Confirming extends Pick<Page, 'path' | 'endpoint' | 'done'> {
  readonly words: 'change-email' | 'revert-email' | 'restore-account'
}

/** A page with one button, for the link of a mail. Looking spends nothing: mail scanners look at every link (ASVS 5.0 V3.5.3). */
export const confirming = ({ path, endpoint, words, done }: Confirming): Page => ({
  path,
  endpoint,
  input: (form) => ({ token: form.get('token'), ...ownerIn(form) }),
  async show(reader, sent) {
    const { form, error, csrfToken } = sent
    const texts = textsFor(reader).pages[words]
    const token = form.get('token') ?? ''
    if (token === '' || error?.code === 'ticket_rejected') {
      return page(reader, texts.title, alarm(textsFor(reader).refusals.ticket_rejected), 400)
    }
    if (asksOwner(sent)) return page(reader, texts.title, ownerForm(reader, path, sent), error?.status)
    return page(
      reader,
      texts.title,
      html`${problem(reader, error)}
<p>${texts.intro}</p>
<form method="post" action="${reader.basePath}${path}/form">
${hiddenToken(csrfToken)}
<input type="hidden" name="token" value="${token}">
<button>${texts.button}</button>
</form>`,
      error?.status,
    )
  },
  done,
})
