import { html } from 'hono/html'
import { type Html, say, textsFor } from '../layout.ts'
import type { PageReader } from '../pages.ts'
import { type AccountPage, card, currentPassword, formOf, type Visit } from './section.ts'

const dataWords = (reader: PageReader) => textsFor(reader).pages['account-data']
const deletionWords = (reader: PageReader) => textsFor(reader).pages['account-deletion']

/** Taking along what is kept of one. */
export const ownData: AccountPage = {
  path: '/account/data',
  section: 'data',
  title: (reader) => dataWords(reader).title,
  forms: [
    {
      name: 'download',
      endpoint: { contract: 'account', key: 'exportProved' },
      input: (form) => ({ currentPassword: form.get('currentPassword') }),
      answer: (value) =>
        new Response(`${JSON.stringify(value, undefined, 2)}\n`, {
          headers: {
            'content-type': 'application/json',
            'content-disposition': 'attachment; filename="account-data.json"',
          },
        }),
    },
  ],
  async body(reader, visit) {
    const texts = dataWords(reader)
    const content = html`<p>${texts.fresh}</p>${currentPassword(reader, visit, 'download')}`
    const form = formOf(reader, visit, { page: '/account/data', name: 'download' }, { content, button: texts.button })
    return card(html`<p>${say(reader, texts.intro, { app: reader.app })}</p>${form}`)
  },
}

/** Going for good, or as good as. */
export const deletion: AccountPage = {
  path: '/account/deletion',
  section: 'deletion',
  title: (reader) => deletionWords(reader).title,
  forms: [
    {
      name: 'confirm',
      endpoint: { contract: 'account', key: 'delete' },
      input: (form) => ({ currentPassword: form.get('currentPassword') }),
      after(_reader, value) {
        const { status, deleteAt } = value as { status: string; deleteAt?: string }
        return status === 'deleted' || deleteAt === undefined ? '/account/left' : `/account/left?until=${Date.parse(deleteAt)}`
      },
    },
  ],
  async body(reader, visit) {
    const texts = deletionWords(reader)
    const content = currentPassword(reader, visit, 'confirm')
    const form = formOf(
      reader,
      visit,
      { page: '/account/deletion', name: 'confirm' },
      { content, button: texts.button, kind: 'danger' },
    )
    return card(html`<p>${texts.intro}</p><p class="weighty">${await whatFollows(reader, visit)}</p>${form}`)
  },
}

async function whatFollows(reader: PageReader, visit: Visit): Promise<Html | string> {
  const texts = deletionWords(reader)
  const hours = Math.round((await visit.graceMs()) / 3_600_000)
  const { email } = visit.viewer
  if (hours <= 0) return texts.atOnce
  const days = Math.max(1, Math.round(hours / 24))
  if (email === null) return say(reader, texts.unheard, { days, app: reader.app })
  return hours < 24 ? say(reader, texts.hours, { hours, email }) : say(reader, texts.grace, { days, email })
}
