import { html } from 'hono/html'
import { field } from '../fields.ts'
import { type Html, say, textsFor } from '../layout.ts'
import type { PageReader } from '../pages.ts'
import { type AccountPage, card, currentPassword, errorIn, formOf, nameOf, sentIn, type Visit } from './section.ts'

const path = '/account/password'
const wordsOf = (reader: PageReader) => textsFor(reader).pages['account-password']

/** Another password, for the one there is. */
export const changePassword: AccountPage = {
  path,
  section: 'password',
  title: (reader) => wordsOf(reader).title,
  forms: [
    {
      name: 'change',
      endpoint: { contract: 'password', key: 'change' },
      input: (form) => ({ currentPassword: form.get('currentPassword'), newPassword: form.get('newPassword') }),
    },
  ],
  done: (reader) => ({ change: wordsOf(reader).saved }),
  async body(reader, visit) {
    const texts = wordsOf(reader)
    const { 'reset-password': choosing } = textsFor(reader).pages
    const fresh = {
      name: 'newPassword',
      label: choosing.password,
      type: 'password',
      autocomplete: 'new-password',
      error: errorIn(visit, 'change'),
      help: 'advice',
    } as const
    // Password managers save what is typed under the name they find beside it.
    const content = html`<input type="text" name="username" autocomplete="username" value="${nameOf(visit.viewer)}" hidden>
${currentPassword(reader, visit, 'change')}
${field(reader, fresh)}
<p class="hint" id="advice">${say(reader, choosing.intro, { minLength: reader.minLength })}</p>
${await advice(visit)}`
    const form = formOf(reader, visit, { page: path, name: 'change' }, { content, button: texts.button })
    return card(html`<p>${texts.intro}</p>${form}`)
  },
}

/** What would make a refused password better, where the house gives such advice. */
async function advice(visit: Visit): Promise<Html | ''> {
  const isAdvised = visit.isMounted({ contract: 'password', key: 'advice' })
  const tried = sentIn(visit, 'change', 'newPassword')
  if (!isAdvised || !tried || errorIn(visit, 'change')?.code !== 'password_rejected') return ''
  const { suggestions } = (await visit.ask('password', 'advice', { password: tried })) as { suggestions: { text: string }[] }
  return html`<ul class="hint">${suggestions.map(({ text }) => html`<li>${text}</li>`)}</ul>`
}
