/**
 * Pages for people: rendered here, working without script, on the same calls as everybody else.
 *
 * Invariant: a form is taken from our own pages only (the call asserts it; the signed token of the page speaks for browsers that do not), and
 * what it answers is a redirect, so that reloading sends nothing twice. A page has no rights of its own: it calls endpoints with those of the
 * request.
 *
 * @module
 */
import { type AuthError, isAuthError } from '../kernel/contract/errors.ts'
import { readForm } from '../kernel/http/body.ts'
import type { HttpCore } from '../kernel/http/core.ts'
import { wishesOf } from '../kernel/http/languages.ts'
import type { ExtraRoute } from '../kernel/http/setup.ts'
import { type Language, languageOf } from '../messages/languages.ts'
import { csrfField, type Reader } from './layout.ts'
import { forgotPassword, resetPassword } from './password.ts'
import { style } from './style.ts'

/** Who reads, with what pages say of our rules. */
export interface PageReader extends Reader {
  readonly minLength: number
}

/** What was sent, or stands in the address, and what became of it. */
interface Sent {
  readonly form: ReadonlyMap<string, string>
  /** What the page's own form has to send back, see {@link csrfField}. */
  readonly csrfToken: string
  readonly error?: AuthError
}

/** One page with one form. */
export interface Page {
  readonly path: `/${string}`
  /** What the form calls. */
  readonly endpoint: { readonly contract: string; readonly key: string }
  input(form: ReadonlyMap<string, string>): object
  show(reader: PageReader, sent: Sent): Promise<Response>
  done(reader: PageReader): Promise<Response>
}

interface PagesOptions {
  readonly app: string
  readonly basePath: string
  readonly language: Language
  readonly minLength: number
  /** The core these routes become part of. */
  core(): HttpCore
}

/** Every page. One line a page. */
const all: readonly Page[] = [forgotPassword, resetPassword]

/** The routes of all pages, and of their style sheet. */
export function pages(options: PagesOptions): readonly ExtraRoute[] {
  const styled: ExtraRoute = {
    method: 'GET',
    path: '/pages.css',
    handle: () => new Response(style, { headers: { 'content-type': 'text/css; charset=utf-8' } }),
  }
  return [styled, ...all.flatMap((page) => routesOf(page, options))]
}

function routesOf(page: Page, { app, basePath, language, minLength, core }: PagesOptions): readonly ExtraRoute[] {
  const readerOf = (request: Request): PageReader => ({
    app,
    basePath,
    minLength,
    language: languageOf(wishesOf(request.headers.get('accept-language')), language),
  })
  async function show(request: Request, sent: Omit<Sent, 'csrfToken'>): Promise<Response> {
    const { token, setCookie } = core().csrfTokenFor(request)
    const response = await page.show(readerOf(request), { ...sent, csrfToken: token })
    if (setCookie !== undefined) response.headers.append('set-cookie', setCookie)
    return response
  }
  return [
    {
      method: 'GET',
      path: page.path,
      handle(request) {
        const query = new Map(new URL(request.url).searchParams)
        return query.has('done') ? page.done(readerOf(request)) : show(request, { form: query })
      },
    },
    {
      method: 'POST',
      path: `${page.path}/form`,
      async handle(request) {
        let form: ReadonlyMap<string, string> = new Map()
        try {
          form = await readForm(request)
          await core().call(page.endpoint, page.input(form), request, form.get(csrfField))
        } catch (error) {
          return show(request, { form, error: isAuthError(error) ? error : core().refusalOf(error) })
        }
        return new Response(null, { status: 303, headers: { location: `${basePath}${page.path}?done` } })
      },
    },
  ]
}
