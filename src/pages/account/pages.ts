/**
 * The pages under `/account` as routes. They stand at the root, where people look for them.
 *
 * Invariant: a page shows what the calls answer to whoever looks, and a form is one call with their rights; who is not logged in, or no longer,
 * is sent to log in and comes back.
 *
 * @module
 */
import { isAuthError } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { readForm } from '../../kernel/http/body.ts'
import { withRefusal } from '../../kernel/http/problem.ts'
import type { ExtraRoute } from '../../kernel/http/setup.ts'
import { csrfField, type Html, problem } from '../layout.ts'
import type { PageReader } from '../pages.ts'
import { createReaders, type PagesOptions, redirect, viewerOf } from '../routes.ts'
import { activity, notMe } from './activity.ts'
import { type Ending, left, locked } from './afterwards.ts'
import { devices } from './devices.ts'
import { deletion, ownData } from './leaving.ts'
import { changePassword } from './password.ts'
import { profile } from './profile.ts'
import {
  type AccountForm,
  type AccountPage,
  accountPage,
  logOutPath,
  stopImpersonationPath,
  type Viewer,
  type Visit,
} from './section.ts'

/** Every page. One line a page. */
export const accountPages: readonly AccountPage[] = [profile, changePassword, devices, activity, notMe, ownData, deletion]
/** And what is read behind them. */
export const endings: readonly Ending[] = [locked, left]

/** The routes of all of them. */
export function accountRoutes(options: PagesOptions): readonly ExtraRoute[] {
  const readerOf = createReaders(options)
  const ended = endings.map(
    ({ path, show }): ExtraRoute => ({
      method: 'GET',
      path,
      root: 'only',
      handle: async (request, ctx) => show(await readerOf(request, ctx), queryOf(request)),
    }),
  )
  return [
    ...accountPages.flatMap((page) => routesOf(page, options, readerOf)),
    logOutRoute(options),
    ...stopRoutes(options),
    ...ended,
  ]
}

type ReaderOf = ReturnType<typeof createReaders>

function routesOf(page: AccountPage, options: PagesOptions, readerOf: ReaderOf): readonly ExtraRoute[] {
  const { core, sitePath, basePath, isMounted, graceMs } = options
  const toLogin = (back: string) => redirect(`${basePath}/login?returnTo=${encodeURIComponent(back)}`)

  async function show(request: Request, ctx: Ctx, viewer: Viewer, of: Pick<Visit, 'query' | 'done' | 'refused'>) {
    const { token, setCookie } = core().csrfTokenFor(request)
    const visit: Visit = {
      ...of,
      viewer,
      operator: viewer.impersonation ? await readerOf(request, ctx) : undefined,
      at: ctx.at,
      csrfToken: token,
      isMounted,
      graceMs: () => graceMs(ctx),
      ask: async (contract, key, input) => (await core().call({ contract, key }, input, request)).value,
    }
    const response = await render(await readerOf(request, ctx, viewer.locale), page, visit)
    if (setCookie !== undefined) response.headers.append('set-cookie', setCookie)
    return response
  }

  /** What was asked for can fail too: it is said where it would have stood. */
  async function render(reader: PageReader, of: AccountPage, visit: Visit): Promise<Response> {
    let body: Html | ''
    let error = visit.refused?.error
    try {
      body = await of.body(reader, visit)
    } catch (thrown) {
      error = isAuthError(thrown) ? thrown : core().refusalOf(thrown)
      body = problem(reader, error)
    }
    const response = await accountPage(reader, of, visit, body as Html, error?.status)
    if (error) withRefusal(response.headers, error)
    return response
  }

  async function look(request: Request, ctx: Ctx): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    const viewer = await viewerOf(core(), request)
    if (!viewer) return toLogin(pathname + search)
    const query = queryOf(request)
    return show(request, ctx, viewer, { query, done: query.get('done') })
  }

  const take = (form: AccountForm) => async (request: Request, ctx: Ctx) => {
    let sent: ReadonlyMap<string, string> = new Map()
    try {
      sent = await readForm(request)
      const { value, setCookies } = await core().submit(form.endpoint, form.input(sent), request, sent.get(csrfField))
      if (form.answer) return form.answer(value)
      const to = form.after?.(await readerOf(request, ctx), value) ?? `${page.path}?done=${form.name}`
      return redirect(sitePath + to, setCookies)
    } catch (thrown) {
      const error = isAuthError(thrown) ? thrown : core().refusalOf(thrown)
      const viewer = await viewerOf(core(), request)
      if (!viewer) return toLogin(sitePath + page.path)
      return show(request, ctx, viewer, { query: sent, refused: { form: form.name, error, sent } })
    }
  }

  const there = page.forms.filter(({ endpoint }) => isMounted(endpoint))
  return [
    { method: 'GET', path: page.path, root: 'only', handle: look },
    ...there.flatMap((form): ExtraRoute[] => [
      { method: 'POST', path: `${page.path}/${form.name}`, root: 'only', handle: take(form) },
      // What stands in the address bar after a refusal, opened anew.
      { method: 'GET', path: `${page.path}/${form.name}`, root: 'only', handle: () => redirect(sitePath + page.path) },
    ]),
  ]
}

function logOutRoute({ core, basePath }: PagesOptions): ExtraRoute {
  return {
    method: 'POST',
    path: logOutPath,
    root: 'only',
    async handle(request) {
      const form = await readForm(request)
      const { setCookies } = await core().submit({ contract: 'sessions', key: 'logout' }, {}, request, form.get(csrfField))
      return redirect(`${basePath}/welcome?done`, setCookies)
    },
  }
}

/** Back to where an operator came from: the page of this user in the panel. */
function stopRoutes({ core, isMounted, sitePath, panelPath }: PagesOptions): readonly ExtraRoute[] {
  const endpoint = { contract: 'impersonation', key: 'stop' }
  if (!isMounted(endpoint)) return []
  async function stop(request: Request): Promise<Response> {
    const form = await readForm(request)
    const viewer = await viewerOf(core(), request)
    const people = `${sitePath}${panelPath}/users`
    if (!viewer) return redirect(people)
    const { setCookies } = await core().submit(endpoint, {}, request, form.get(csrfField))
    return redirect(`${people}/${encodeURIComponent(viewer.id)}`, setCookies)
  }
  return [{ method: 'POST', path: stopImpersonationPath, root: 'only', handle: stop }]
}

const queryOf = (request: Request): ReadonlyMap<string, string> => new Map(new URL(request.url).searchParams)
