/**
 * What somebody reads whose session has just ended by a wish of theirs: these pages ask nobody who they are.
 *
 * @module
 */
import { html } from 'hono/html'
import { linkTo } from '../fields.ts'
import { page, say, textsFor } from '../layout.ts'
import type { PageReader } from '../pages.ts'
import { spell } from './section.ts'

/** A page that only says something. */
export interface Ending {
  readonly path: `/account/${string}`
  show(reader: PageReader, query: ReadonlyMap<string, string>): Promise<Response>
}

/** After "this was not me". */
export const locked: Ending = {
  path: '/account/locked',
  show(reader, query) {
    const texts = textsFor(reader).pages['not-me']
    if (query.get('next') !== 'mail') {
      const login = html`<a class="button" href="${linkTo(reader, '/login')}">${texts.login}</a>`
      return page(reader, texts.doneTitle, html`<p>${texts.doneLogin}</p>${login}`)
    }
    const again = html`<p class="more"><a href="${linkTo(reader, '/password/forgot')}">${texts.again}</a></p>`
    const body = html`<p>${texts.doneMail}</p><p>${texts.moved}</p>${reader.canRecover ? again : ''}`
    return page(reader, texts.doneTitle, body)
  },
}

/** After an account was deleted, or is to be. */
export const left: Ending = {
  path: '/account/left',
  show(reader, query) {
    const texts = textsFor(reader).pages['account-deletion']
    const until = new Date(Number(query.get('until') ?? Number.NaN))
    if (Number.isNaN(until.getTime())) return page(reader, texts.doneTitle, html`<p>${texts.doneBody}</p>`)
    const date = spell(reader, until.toISOString())
    return page(reader, texts.waitsTitle, html`<p>${say(reader, texts.waitsBody, { date })}</p>`)
  },
}
