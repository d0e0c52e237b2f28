/**
 * A request in node-auth's words, carried to the endpoint of ours that answers it, and back.
 *
 * Invariant: nothing is judged here. Origin, limits, access, input and answers are the pipeline's; this renames and rearranges.
 *
 * @module
 */
import { type Auth, isAuthError } from '../../index.ts'
import type { CsrfCookie } from './cookies.ts'
import { alreadyVerified, jsonAnswer, notFound, refusalAnswer, refusalBody } from './refusals.ts'
import { type FaceRoute, type Found, findRoute, type Row } from './routes.ts'
import type { Core, World } from './world.ts'

/** What a router is made of. */
export interface RouterParts {
  readonly auth: Auth
  readonly rows: readonly Row[]
  readonly cookie: CsrfCookie
  /** What our paths begin with. */
  readonly prefix: string
  /** What somebody is told whose address has to be proved first. */
  readonly unproved: Parameters<typeof refusalBody>[0]
  /** The address of a user, if it has still to be proved. */
  unprovedAddressOf(userId: string): Promise<string | undefined>
  /** Whether every change asks for a token, or only that of a password. */
  readonly asksForToken: boolean
  readonly world: Pick<World, 'readJson'>
}

/** Node-auth's router as something that answers requests, with paths under its mount. */
export function createRouterCore(parts: RouterParts): Core {
  const { auth, rows, cookie, asksForToken, prefix, world } = parts
  type From = Parameters<Auth['handle']>[1]

  async function handle(request: Request, from: From): Promise<Response> {
    const found = findRoute(rows, request.method, new URL(request.url).pathname)
    try {
      // A path whose dots lead elsewhere.
      if (!found) throw notFound()
      const forwarded = await forward(request, found)
      const answer = await auth.handle(forwarded, from)
      return withCookies(await translated(found.route, forwarded, answer), await csrfFor(forwarded, answer, from))
    } catch (error) {
      return refuse(request, error)
    }
  }

  async function forward(request: Request, { route, path }: Found): Promise<Request> {
    const headers = new Headers(request.headers)
    const cookies = headers.get('cookie')
    if (cookies !== null) headers.set('cookie', cookie.toOurs(cookies))
    for (const name of ['content-length', 'transfer-encoding']) headers.delete(name)
    const { method, signal } = request
    const init = { method, headers, signal }
    const url = new URL(prefix + path, request.url)
    if (route.isPage) return asForm(new URL(url.pathname + new URL(request.url).search, url), request, headers)
    if (method !== route.method || !route.body) return new Request(url, init)
    const sent = Object(await world.readJson(request))
    if (languageTag.test(String(sent.emailLang))) headers.set('accept-language', sent.emailLang)
    const about = route.ofCaller && sent.email === undefined ? { email: await ownAddress(new Request(url, init)) } : {}
    headers.set('content-type', 'application/json')
    return new Request(url, { ...init, body: JSON.stringify(route.body({ ...sent, ...about })) })
  }

  /** @throws what a guard refuses with, or that there is nothing to prove */
  async function ownAddress(request: Request): Promise<string> {
    const { userId } = await auth.require(request)
    const address = await parts.unprovedAddressOf(userId)
    if (address === undefined) throw alreadyVerified()
    return address
  }

  async function translated(route: FaceRoute, forwarded: Request, answer: Response): Promise<Response> {
    if (route.isPage || ['OPTIONS', 'HEAD'].includes(forwarded.method)) return answer
    if (answer.status >= 400) return jsonAnswer(answer, refusalBody(await readAnswer(answer)))
    const value: Readonly<Record<string, unknown>> = answer.status === 204 ? {} : await readAnswer(answer)
    if (value.status === 'verification_required') return jsonAnswer(answer, refusalBody(parts.unproved), 403)
    const caller = route.namesCaller && (await auth.authenticate(forwarded))
    const body = route.answer(value, caller?.status === 'active' ? caller.userId : undefined)
    return jsonAnswer(answer, body, answer.status === 204 ? 200 : answer.status)
  }

  /** A page whose token is lost, or was made under another secret, gets a new one with whatever it reads next, and with the refusal. */
  async function csrfFor({ method, headers, url }: Request, answer: Response, from: From): Promise<string[]> {
    const brings = answer.headers.getSetCookie()
    if (brings.length > 0 || isBearer(headers) || (method !== 'GET' && answer.status !== 403)) return brings
    // Where nothing but a change of password asks for a token, only who is logged in may need one.
    if (!asksForToken && !cookie.hasSession(headers.get('cookie'))) return brings
    if (await proves(headers)) return brings
    return (await auth.handle(new Request(new URL(`${prefix}/csrf`, url), { headers }), from)).headers.getSetCookie()
  }

  /** Whether the token in the cookie would do for a page of ours. */
  async function proves(sent: Headers): Promise<boolean> {
    const token = cookie.valueIn(sent.get('cookie'))
    if (token === undefined) return false
    const headers = { cookie: sent.get('cookie') ?? '', 'x-csrf-token': token, 'sec-fetch-site': 'same-origin' }
    const [judged] = await Promise.allSettled([auth.require({ method: 'POST', headers })])
    return !(judged.status === 'rejected' && isAuthError(judged.reason, 'csrf_rejected'))
  }

  function withCookies(answer: Response, lines: readonly string[]): Response {
    answer.headers.delete('set-cookie')
    for (const line of lines) answer.headers.append('set-cookie', cookie.toTheirs(line))
    return answer
  }

  const refuse = (request: Parameters<Auth['refuse']>[0], thrown: unknown) => refusalAnswer(auth.refuse(request, thrown), thrown)

  return { handle, refuse, owns: () => true }
}

/** Who shows a token owes no other, whatever cookies come along. */
const isBearer = (headers: Headers): boolean => /^bearer\s/i.test(headers.get('authorization') ?? '')

/** As a language tag begins; what follows it is nobody's header. */
const languageTag = /^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/i

/** What a page is sent is read where it is judged. */
function asForm(url: URL, { method, signal, body }: Request, headers: Headers): Request {
  const sent = body === null ? {} : { body, duplex: 'half' as const }
  return new Request(url, { method, headers, signal, ...sent })
}

type Answered = { readonly title: string; readonly code: string } & Readonly<Record<string, unknown>>

const readAnswer = async (answer: Response): Promise<Answered> => (await answer.json()) as Answered
