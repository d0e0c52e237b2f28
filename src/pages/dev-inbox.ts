/**
 * The mails of a server in development, as a page and as JSON for scripts.
 *
 * Invariant: they open accounts, so they are shown on loopback only, to whoever asked for this server by its own name (a page of another
 * site that has its name resolve to loopback did not).
 *
 * @module
 */
import { html } from 'hono/html'
import { AuthError, kernelErrors } from '../kernel/contract/errors.ts'
import type { ExtraRoute } from '../kernel/http/setup.ts'
import { catalogues } from '../messages/languages.ts'
import { page, type Reader } from './layout.ts'

/** A mail as the box shows it. */
export interface InboxMail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly at: Date
}

interface DevInboxOptions extends Omit<Reader, 'language' | 'texts'> {
  readonly baseUrl: string
  /** Newest first. */
  mails(): readonly InboxMail[]
}

/** The routes of the box. */
export function devInbox({ baseUrl, mails, ...place }: DevInboxOptions): readonly ExtraRoute[] {
  const { host } = new URL(baseUrl)
  const toNeighbours =
    (answer: () => Response | Promise<Response>): ExtraRoute['handle'] =>
    (request, ctx) => {
      if (new URL(request.url).host !== host || !isLoopback(ctx.from?.ip)) throw new AuthError(kernelErrors.not_found)
      return answer()
    }
  return [
    {
      method: 'GET',
      root: true,
      path: '/dev/inbox',
      handle: toNeighbours(() => inboxPage({ ...place, language: 'en', texts: catalogues.en }, mails())),
    },
    {
      method: 'GET',
      root: true,
      path: '/dev/inbox.json',
      handle: toNeighbours(() => Response.json({ messages: mails().map(shown) })),
    },
  ]
}

const isLoopback = (ip = ''): boolean => ip === '::1' || /^(::ffff:)?127\./.test(ip)

const shown = ({ to, subject, text, html, at }: InboxMail) => ({
  to,
  kind: 'mail',
  subject,
  text,
  html,
  links: linksIn(text),
  ...(codeIn(text) !== undefined && { code: codeIn(text) }),
  at,
})

/** A code stands on a line of its own. */
const codeIn = (text: string): string | undefined => /^\d{6}$/m.exec(text)?.[0]

const linksIn = (text: string): readonly string[] => text.match(/https?:\/\/\S+/g) ?? []

function inboxPage(reader: Reader, mails: readonly InboxMail[]): Promise<Response> {
  const empty = html`<p>Nothing was sent yet.</p>`
  const list = mails.map(
    ({ to, subject, text, at }) => html`<article>
<h2>${subject}</h2>
<p class="app">${to} · ${at.toISOString()}</p>
<pre>${text}</pre>
${linksIn(text).map((link) => html`<p><a href="${link}">${link}</a></p>`)}
</article>`,
  )
  return page(reader, 'Inbox', mails.length === 0 ? empty : html`${list}`)
}
