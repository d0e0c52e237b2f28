/**
 * The door of the panel: what whoever may not pass sees in place of it, with a form that works without script.
 *
 * Invariant: nothing of the panel is served before an operator is known, so the form is the body of the 401 itself. Where it leads stays under the
 * panel's own path.
 *
 * @module
 */
import { html } from 'hono/html'
import { type AuthError, isAuthError } from '../kernel/contract/errors.ts'
import type { Ctx } from '../kernel/ctx.ts'
import { readForm } from '../kernel/http/body.ts'
import type { HttpCore } from '../kernel/http/core.ts'
import { wishesOf } from '../kernel/http/languages.ts'
import { withRefusal } from '../kernel/http/problem.ts'
import { type ExtraRoute, sitePathOf } from '../kernel/http/setup.ts'
import { catalogues, languageOf } from '../messages/languages.ts'
import { field, hiddenToken, returnField } from './fields.ts'
import { csrfField, type Face, faceOf, type Html, page, problem, type Reader, say, textsFor } from './layout.ts'
import { createGoals } from './return-to.ts'
import { style } from './style.ts'
import { themeOf } from './theme.ts'

/** What the door is told of the house. */
export interface PanelDoorOptions {
  readonly app: string
  readonly baseUrl: string
  /** What the paths of the panel's routes begin with. */
  readonly panelPath: `/${string}`
  minLength(ctx: Ctx): Promise<number>
  /** As our other pages have it. */
  face(ctx: Ctx): Promise<Face>
  core(): HttpCore
}

type Form = ReadonlyMap<string, string>

/** What a form of the door came to. */
interface LoginValue {
  readonly status: string
  readonly methods?: readonly string[]
}

/** Builds the door. */
export function panelDoor({ app, baseUrl, panelPath, minLength, face, core }: PanelDoorOptions) {
  const goals = createGoals(baseUrl, [])
  const sitePath = sitePathOf(baseUrl)
  const place = sitePath + panelPath
  const readerOf = async (request: Request): Promise<Reader> => {
    const language = languageOf(wishesOf(request.headers.get('accept-language')), 'en')
    return {
      ...faceOf(app, await face(core().callerCtx())),
      sitePath,
      basePath: place,
      leadsTo: [],
      language,
      texts: catalogues[language],
    }
  }

  async function answer(request: Request, title: string, body: (csrfToken: string) => Html, error: AuthError | undefined) {
    const { token, setCookie } = core().csrfTokenFor(request)
    const response = await page(await readerOf(request), title, body(token), error?.status ?? 401)
    if (setCookie !== undefined) response.headers.append('set-cookie', setCookie)
    if (error) withRefusal(response.headers, error)
    return response
  }

  /** The form to log in with; `error` is what the last try came to. */
  async function showLogin(request: Request, form: Form, error?: AuthError): Promise<Response> {
    const reader = await readerOf(request)
    const { panel, login, fields } = textsFor(reader).pages
    const name = { name: 'identifier', label: fields.identifier, type: 'text', autocomplete: 'username' } as const
    const password = { name: 'password', label: fields.password, type: 'password', autocomplete: 'current-password' } as const
    const onward = form.get(returnField) ?? ''
    return answer(
      request,
      panel.title,
      (token) => html`${problem(reader, error)}
<form method="post" action="${place}/login">
${hiddenToken(token)}
<input type="hidden" name="${returnField}" value="${onward}">
${field(reader, { ...name, value: form.get('identifier'), error, isFirst: true })}
${field(reader, { ...password, error })}
<button>${login.button}</button>
</form>`,
      error,
    )
  }

  async function showReplace(request: Request, form: Form, error?: AuthError): Promise<Response> {
    const reader = await readerOf(request)
    const { 'reset-password': texts, 'replace-password': own } = textsFor(reader).pages
    const advice = say(reader, texts.intro, { minLength: await minLength(core().callerCtx()) })
    const fresh = { name: 'newPassword', label: texts.password, type: 'password', autocomplete: 'new-password' } as const
    return answer(
      request,
      own.title,
      (token) => html`${problem(reader, error)}
<p>${own.intro}</p>
<p id="advice">${advice}</p>
<form method="post" action="${place}/login/password">
${hiddenToken(token)}
<input type="hidden" name="${returnField}" value="${form.get(returnField) ?? ''}">
${field(reader, { ...fresh, error, help: 'advice', isFirst: true })}
<button>${own.button}</button>
</form>`,
      error,
    )
  }

  /** Somebody is logged in who is no operator any more, or nobody can say. */
  async function showRefusal(request: Request, error: AuthError): Promise<Response> {
    const reader = await readerOf(request)
    const { panel, login } = textsFor(reader).pages
    const again = html`<a class="button" href="${place}/login">${login.button}</a>`
    return answer(request, panel.title, () => html`${problem(reader, error)}${error.status === 403 ? again : ''}`, error)
  }

  const onwardOf = (form: Form): string => {
    const wish = goals.accept(form.get(returnField))
    return wish !== undefined && `${wish}/`.startsWith(`${place}/`) ? wish : place
  }

  /** A form of the door: what was owed last is shown again when it is refused. */
  const takes =
    (key: 'login' | 'finishLogin', input: (form: Form) => object, show: typeof showLogin) =>
    async (request: Request): Promise<Response> => {
      let form: Form = new Map()
      try {
        form = await readForm(request)
        const call = { contract: 'admin', key }
        const { value, setCookies } = await core().submit(call, input(form), request, form.get(csrfField))
        const { status } = value as LoginValue
        const owed = `${place}/login/password?${new URLSearchParams({ [returnField]: onwardOf(form) })}`
        return redirect(status === 'factor_required' ? owed : onwardOf(form), setCookies)
      } catch (error) {
        return show(request, form, isAuthError(error) ? error : core().refusalOf(error))
      }
    }

  const queryOf = (request: Request): Form => new Map(new URL(request.url).searchParams)
  const routes: readonly ExtraRoute[] = [
    {
      method: 'GET',
      root: 'only',
      path: `${panelPath}/pages.css`,
      async handle(_request, ctx) {
        const sheet = style + themeOf((await face(ctx)).primaryColor)
        return new Response(sheet, { headers: { 'content-type': 'text/css; charset=utf-8' } })
      },
    },
    {
      method: 'GET',
      root: 'only',
      path: `${panelPath}/login`,
      handle: (request) => showLogin(request, queryOf(request)),
    },
    {
      method: 'POST',
      root: 'only',
      path: `${panelPath}/login`,
      handle: takes(
        'login',
        (form) => ({ identifier: form.get('identifier')?.trim(), password: form.get('password') }),
        showLogin,
      ),
    },
    {
      method: 'GET',
      root: 'only',
      path: `${panelPath}/login/password`,
      handle: (request) => showReplace(request, queryOf(request)),
    },
    {
      method: 'POST',
      root: 'only',
      path: `${panelPath}/login/password`,
      handle: takes('finishLogin', (form) => ({ newPassword: form.get('newPassword') }), showReplace),
    },
  ]

  return {
    routes,
    /** What stands in place of the panel. */
    refuse(request: Request, error: AuthError): Promise<Response> {
      const { pathname, search } = new URL(request.url)
      if (error.status !== 401) return showRefusal(request, error)
      return showLogin(request, new Map([[returnField, pathname + search]]))
    },
  }
}

function redirect(location: string, setCookies: readonly string[]): Response {
  const headers = new Headers({ location })
  for (const line of setCookies) headers.append('set-cookie', line)
  return new Response(null, { status: 303, headers })
}
