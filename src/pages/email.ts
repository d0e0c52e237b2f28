import { html } from 'hono/html'
import { confirming } from './confirming.ts'
import { page, textsFor } from './layout.ts'

/** Where the mail to a new address leads. */
export const changeEmail = confirming({
  path: '/email/change/confirm',
  endpoint: { contract: 'email', key: 'confirmChange' },
  words: 'change-email',
  async done(reader) {
    const texts = textsFor(reader).pages['change-email']
    const onward = html`<a class="button" href="${reader.afterLogin}">${texts.onward}</a>`
    return page(reader, texts.doneTitle, html`<p>${texts.doneBody}</p>\n${onward}`)
  },
})

/** Where the mail to an old address leads. */
export const revertEmail = confirming({
  path: '/email/change/revert',
  endpoint: { contract: 'email', key: 'revertChange' },
  words: 'revert-email',
  async done(reader) {
    const texts = textsFor(reader).pages['revert-email']
    const body = html`<p>${texts.doneBody}</p>
<p class="more"><a href="${reader.basePath}/password/forgot">${texts.again}</a></p>`
    return page(reader, texts.doneTitle, body)
  },
})
