import { html } from 'hono/html'
import type { z } from 'zod'
import type { OwnEntry } from '../../features/audit/contract.ts'
import { type Html, say, textsFor } from '../layout.ts'
import type { PageReader } from '../pages.ts'
import { deviceIn } from './devices.ts'
import { type AccountPage, card, formOf, nameOf, spell, time, type Visit } from './section.ts'

type Entry = z.output<typeof OwnEntry>

const path = '/account/activity'
const notMePath = '/account/not-me'
const wordsOf = (reader: PageReader) => textsFor(reader).pages['account-activity']

/** A session that began says the same, and on what; one that ended says it too. */
const toldElsewhere = ['identity.auth.login.success', 'identity.impersonation.ended']
/** What somebody else could have done in an account, with a session of their own or without. */
const doubtful = (entry: Entry): boolean => ['you', 'somebody'].includes(entry.by)

/** What happened to an account. */
export const activity: AccountPage = {
  path,
  section: 'activity',
  title: (reader) => wordsOf(reader).title,
  forms: [],
  async body(reader, visit) {
    const texts = wordsOf(reader)
    const cursor = visit.query.get('cursor')
    const asked = { limit: 50, ...(cursor !== undefined && { cursor }) }
    const { entries, nextCursor } = (await visit.ask('audit', 'mine', asked)) as { entries: Entry[]; nextCursor: string | null }
    const shown = entries.filter(({ action }) => !toldElsewhere.includes(action))
    const older =
      nextCursor === null
        ? ''
        : html`<a href="${reader.sitePath}${path}?cursor=${encodeURIComponent(nextCursor)}">${texts.older}</a>`
    const newest = cursor === undefined ? '' : html`<a href="${reader.sitePath}${path}">${texts.newest}</a>`
    return html`<p class="intro">${texts.intro}</p>
${card(html`${shown.length === 0 ? html`<p>${texts.none}</p>` : html`<ul class="rows">${shown.map((one) => row(reader, one))}</ul>`}
<p class="pager">${newest}${older}</p>`)}`
  },
}

function row(reader: PageReader, entry: Entry): Html {
  const texts = wordsOf(reader)
  const what = happening(reader, entry.action)
  const date = spell(reader, entry.at)
  const facts = [
    ...(entry.device === null ? [] : [deviceIn(reader, entry.device)]),
    ...(entry.ip === null ? [] : [say(reader, texts.network, { ip: entry.ip })]),
    ...(entry.by === 'operator' ? [say(reader, texts.byOperator, { app: reader.app })] : []),
  ]
  const label = say(reader, texts.notMeOf, { what, date })
  const doubt = html`<a class="doubt" href="${reader.sitePath}${notMePath}?entry=${encodeURIComponent(entry.id)}" aria-label="${label}">${texts.notMe}</a>`
  return html`<li><div>
<strong>${what}</strong>
<p><span>${time(entry.at, date)}</span>${facts.map((fact) => html`<span>${fact}</span>`)}</p>
</div>${doubtful(entry) ? doubt : ''}</li>`
}

function happening(reader: PageReader, action: string): string {
  const { happenings } = textsFor(reader).pages
  return action !== 'other' && Object.hasOwn(happenings, action)
    ? happenings[action as keyof typeof happenings]
    : say(reader, happenings.other, { action })
}

/** Where somebody says that it was not them, once they know what follows. */
export const notMe: AccountPage = {
  path: notMePath,
  section: 'activity',
  title: (reader) => textsFor(reader).pages['not-me'].title,
  forms: [
    {
      name: 'lock',
      endpoint: { contract: 'password', key: 'notMe' },
      input: (form) => ({ ...(form.get('entry') && { entry: form.get('entry') }) }),
      after: (_reader, value) => `/account/locked?next=${(value as { next: string }).next}`,
    },
  ],
  async body(reader, visit) {
    const texts = textsFor(reader).pages['not-me']
    const way = hasMail(visit) ? say(reader, texts.byMail, { email: nameOf(visit.viewer) }) : texts.byLogin
    const entry = visit.query.get('entry') ?? ''
    const content = html`<input type="hidden" name="entry" value="${entry}">`
    const form = formOf(reader, visit, { page: notMePath, name: 'lock' }, { content, button: texts.button, kind: 'danger' })
    return card(html`<p>${texts.intro}</p>
<ul><li>${texts.everywhere}</li><li>${way}</li></ul>
${form}
<p class="more"><a href="${reader.sitePath}${path}">${texts.back}</a></p>`)
  },
}

/** Whether a mail can reach them with a link. */
const hasMail = ({ viewer, isMounted }: Visit): boolean =>
  viewer.email !== null && isMounted({ contract: 'password', key: 'reset' })
