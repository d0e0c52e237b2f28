/**
 * A page as routes: one that shows it, one that takes its form.
 *
 * Invariant: who looks is asked at every look, through the pipeline; not knowing is 503 and no guess. What a call granted leaves with the
 * redirect that follows it, or not at all.
 *
 * @module
 */
import { isAuthError } from '../kernel/contract/errors.ts'
import type { Ctx } from '../kernel/ctx.ts'
import { readForm } from '../kernel/http/body.ts'
import type { HttpCore } from '../kernel/http/core.ts'
import { wishesOf } from '../kernel/http/languages.ts'
import type { EndpointName } from '../kernel/http/local-calls.ts'
import { withRefusal } from '../kernel/http/problem.ts'
import { type ExtraRoute, originOf } from '../kernel/http/setup.ts'
import type { Messages } from '../messages/en.ts'
import { type Language, languageOf } from '../messages/languages.ts'
import { nameOf, type Viewer } from './account/section.ts'
import { csrfField, type Face, faceOf } from './layout.ts'
import type { Page, PageReader, Sent, Visitor } from './pages.ts'
import { createGoals } from './return-to.ts'

/** What pages are told of the house. */
export interface PagesOptions {
  readonly app: string
  readonly baseUrl: string
  /** As a reader's. */
  readonly sitePath: string
  readonly basePath: string
  /** Origins besides ours that a login may lead to. */
  readonly origins: readonly string[]
  /** Where a login leads that was asked for nothing, if not to a page of ours. */
  readonly afterLogin: string | undefined
  readonly identifiers: PageReader['identifiers']
  /** What holds now; `language` is that of readers whose browser asks for none of ours. Asked at every look: an operator may change it. */
  policy(ctx: Ctx): Promise<PagesPolicy>
  /** How long a deleted account waits. */
  graceMs(ctx: Ctx): Promise<number>
  /** Whether `/account` is ours. */
  readonly hasAccount: boolean
  /** What the panel's paths begin with. */
  readonly panelPath: string
  /** The words of a language, as operators have them. */
  textsIn(ctx: Ctx, language: Language): Promise<Messages>
  isMounted(endpoint: EndpointName): boolean
  /** The core these routes become part of. */
  core(): HttpCore
}

/** What operators may change of pages while the house runs. */
export interface PagesPolicy extends Face {
  readonly language: Language
  readonly minLength: number
  readonly registration: boolean
}

/** The routes of one page. */
export function routesOf(page: Page, options: PagesOptions): readonly ExtraRoute[] {
  const { basePath, core } = options
  const readerOf = createReaders(options)
  const here = basePath + page.path

  async function show(request: Request, ctx: Ctx, sent: Omit<Sent, 'csrfToken'>): Promise<Response> {
    const { token, setCookie } = core().csrfTokenFor(request)
    const response = await page.show(await readerOf(request, ctx), { ...sent, csrfToken: token })
    if (setCookie !== undefined) response.headers.append('set-cookie', setCookie)
    if (sent.error) withRefusal(response.headers, sent.error)
    return response
  }

  const refuse = (request: Request, ctx: Ctx, form: Sent['form'], thrown: unknown) =>
    show(request, ctx, { form, error: isAuthError(thrown) ? thrown : core().refusalOf(thrown) })

  async function look(request: Request, ctx: Ctx): Promise<Response> {
    const reader = await readerOf(request, ctx)
    const form = new Map(new URL(request.url).searchParams)
    if (form.has('done')) return page.done(reader)
    try {
      const visitor = page.for && (await visitorOf(core(), request))
      if (page.for === 'guests' && visitor) return redirect(reader.accept(form.get('returnTo')) ?? reader.afterLogin)
      if (page.for === 'users' && !visitor) return redirect(`${basePath}/login`)
      return await show(request, ctx, { form, ...(visitor && { visitor }) })
    } catch (error) {
      return refuse(request, ctx, form, error)
    }
  }

  async function take(request: Request, ctx: Ctx): Promise<Response> {
    let form: Sent['form'] = new Map()
    try {
      form = await readForm(request)
      const { value, setCookies } = await core().submit(page.endpoint, page.input(form), request, form.get(csrfField))
      return redirect(page.after?.(await readerOf(request, ctx), form, value) ?? `${here}?done`, setCookies)
    } catch (error) {
      return refuse(request, ctx, form, error)
    }
  }

  return [
    { method: 'GET', path: page.path, handle: look },
    { method: 'POST', path: `${page.path}/form`, handle: take },
    // What stands in the address bar after a refusal, opened anew.
    { method: 'GET', path: `${page.path}/form`, handle: () => redirect(here) },
  ]
}

/** Readers as their browsers ask; `locale` is what one has chosen here. */
export function createReaders(options: PagesOptions) {
  const { sitePath, basePath, identifiers, isMounted, baseUrl, hasAccount } = options
  const listed = options.origins.map((origin) => originOf(origin, 'http.origins'))
  const leadsTo = [...listed, ...(options.afterLogin === undefined ? [] : [new URL(options.afterLogin).origin])]
  const canRecover = isMounted({ contract: 'password', key: 'forgot' })
  const { accept } = createGoals(baseUrl, listed)
  const afterLogin = options.afterLogin ?? `${basePath}/welcome`
  const standing = { sitePath, basePath, identifiers, canRecover, accept, afterLogin, hasAccount, leadsTo: [...new Set(leadsTo)] }
  return async (request: Request, ctx: Ctx, locale?: string | null): Promise<PageReader> => {
    const { registration, minLength, siteName, logoUrl, ...ours } = await options.policy(ctx)
    const language = languageOf([locale, ...wishesOf(request.headers.get('accept-language'))], ours.language)
    const face = faceOf(options.app, { siteName, logoUrl })
    return { ...standing, ...face, minLength, language, texts: await options.textsIn(ctx, language), canRegister: registration }
  }
}

async function visitorOf(core: HttpCore, request: Request): Promise<Visitor | undefined> {
  const viewer = await viewerOf(core, request)
  return viewer && { name: nameOf(viewer) }
}

/** Who looks, if anybody. @throws AuthError when it cannot be known */
export async function viewerOf(core: HttpCore, request: Request): Promise<Viewer | undefined> {
  try {
    return (await core.call({ contract: 'users', key: 'me' }, undefined, request)).value as Viewer
  } catch (error) {
    if (isAuthError(error) && error.status === 401) return undefined
    throw error
  }
}

/** Leads on, with the cookies that go along. */
export function redirect(location: string, setCookies: readonly string[] = []): Response {
  const headers = new Headers({ location })
  for (const line of setCookies) headers.append('set-cookie', line)
  return new Response(null, { status: 303, headers })
}
