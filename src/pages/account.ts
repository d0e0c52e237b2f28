import { html } from 'hono/html'
import { confirming } from './confirming.ts'
import { page, textsFor } from './layout.ts'

/** Where the mail leads that says an account will be deleted. */
export const restoreAccount = confirming({
  path: '/account/restore',
  endpoint: { contract: 'account', key: 'restore' },
  words: 'restore-account',
  async done(reader) {
    const texts = textsFor(reader).pages['restore-account']
    const forgotten = html`<p class="more"><a href="${reader.basePath}/password/forgot">${texts.password}</a></p>`
    const body = html`<p>${texts.doneBody}</p>
<a class="button" href="${reader.basePath}/login">${texts.login}</a>
${reader.canRecover ? forgotten : ''}`
    return page(reader, texts.doneTitle, body)
  },
})
