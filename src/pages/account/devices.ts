import { html } from 'hono/html'
import type { z } from 'zod'
import type { Session as SessionSchema } from '../../features/sessions/contract.ts'
import { type Html, say, textsFor } from '../layout.ts'
import type { PageReader } from '../pages.ts'
import { type AccountPage, ago, card, errorIn, formOf, spell, time, type Visit } from './section.ts'

type Session = z.output<typeof SessionSchema>

const path = '/account/devices'
const wordsOf = (reader: PageReader) => textsFor(reader).pages['account-devices']

/** Where somebody is logged in. */
export const devices: AccountPage = {
  path,
  section: 'devices',
  title: (reader) => wordsOf(reader).title,
  forms: [
    {
      name: 'end',
      endpoint: { contract: 'sessions', key: 'revoke' },
      input: (form) => ({ sessionHandle: form.get('sessionHandle') }),
    },
    { name: 'end-others', endpoint: { contract: 'sessions', key: 'revokeOthers' }, input: () => ({}) },
  ],
  done: (reader) => ({ end: wordsOf(reader).ended, 'end-others': wordsOf(reader).endedOthers }),
  async body(reader, visit) {
    const texts = wordsOf(reader)
    const { sessions } = (await visit.ask('sessions', 'list')) as { sessions: readonly Session[] }
    const here = sessions.filter(({ current }) => current)
    const others = sessions.filter(({ current }) => !current)
    const end = formOf(reader, visit, { page: path, name: 'end-others' }, { button: texts.endOthers, kind: 'quiet' })
    return html`<p class="intro">${texts.intro}</p>
${card(html`<ul class="rows">${[...here, ...others].map((one) => row(reader, visit, one))}</ul>
${others.length === 0 ? html`<p class="hint">${texts.alone}</p>` : end}`)}`
  },
}

function row(reader: PageReader, visit: Visit, session: Session): Html {
  const texts = wordsOf(reader)
  const device = session.impersonated ? say(reader, texts.impersonated, { app: reader.app }) : deviceIn(reader, session.device)
  const when = ago(reader, session.lastActiveAt, visit.at)
  const network = session.ipAddress === null ? '' : html`<span>${say(reader, texts.network, { ip: session.ipAddress })}</span>`
  const label = say(reader, texts.endOf, { device, when })
  const handle = html`<input type="hidden" name="sessionHandle" value="${session.sessionHandle}">`
  const isRefused = errorIn(visit, 'end') !== undefined && visit.refused?.sent.get('sessionHandle') === session.sessionHandle
  const asked = isRefused ? visit : { ...visit, refused: undefined }
  const end = formOf(reader, asked, { page: path, name: 'end' }, { content: handle, button: texts.end, kind: 'quiet', label })
  return html`<li><div>
<strong>${device}</strong>${session.current ? html` <span class="mark">${texts.here}</span>` : ''}
<p><span>${time(session.lastActiveAt, say(reader, texts.active, { when }))}</span>${network}<span>${time(session.createdAt, say(reader, texts.since, { date: spell(reader, session.createdAt) }))}</span></p>
</div>${session.current ? '' : end}</li>`
}

/** What a session says it runs on, in the reader's words. */
export function deviceIn(reader: PageReader, label: string): string {
  const texts = wordsOf(reader)
  const [browser = '', system] = label.split(' on ', 2)
  if (label === 'Unknown device') return texts.unknown
  return system === undefined ? browser : say(reader, texts.device, { browser, system })
}
