/**
 * A request of the kernel, carried to the endpoint of ours that answers it, and back.
 *
 * Invariant: nothing is judged here, and no cookie passes: who calls is said by a bearer token, and by no other header.
 *
 * @module
 */
import type { Auth } from '../../index.ts'
import type { Verifier } from '../../verify.ts'
import type { Settings } from './config.ts'
import type { JsonRequest, JsonResponse } from './kernel.ts'
import type { Proofs } from './proofs.ts'
import type { FaceRoute, Refusal } from './routes.ts'
import { externalClaims } from './verifying.ts'
import type { World } from './world.ts'

interface Deps {
  readonly auth: Auth
  readonly settings: Settings
  readonly world: Pick<World, 'now'>
  readonly external: readonly Verifier[]
  readonly proofs: Proofs
}

type Answered = Readonly<Record<string, unknown>>

/** What of a request is ours to read. Without cookies there is nothing another site could make a browser spend. */
const forwarded = ['authorization', 'user-agent', 'accept-language', 'x-correlation-id']

/** Builds the handler of a row. */
export function handlerOf(route: FaceRoute, { auth, settings, world, external, proofs }: Deps) {
  /** What the external issuer says of somebody; an issuer that cannot be asked is no answer. */
  async function strangerOf(carried: Request) {
    try {
      const claims = await externalClaims(external, carried.headers.get('authorization') ?? '')
      return claims && { claims }
    } catch (error) {
      return { refusal: auth.refuse(carried, error) }
    }
  }

  return async (request: JsonRequest): Promise<JsonResponse> => {
    const sent = { ...(route.takesQuery && request.query), ...Object(request.body) } as Answered
    const [fields = [], missing = ''] = route.needs ?? []
    const isThere = (field: string) => typeof sent[field] === 'string' && sent[field] !== ''
    if (!fields.every(isThere)) return refused([400, missing])
    const carried = forward(route, request, sent, settings.baseUrl)
    const proof = route.namesProved && proofs.expect(carried.headers)
    const own = await auth.handle(carried, { ip: request.ip })
    const stranger = own.status === 401 && route.ofClaims ? await strangerOf(carried) : undefined
    if (stranger && 'claims' in stranger) return { statusCode: 200, body: route.ofClaims?.(stranger.claims) }
    const response = stranger?.refusal ?? own
    const said = response.status === 204 ? {} : ((await response.json()) as Answered)
    const value = proof ? { ...said, proved: await proof() } : said
    const headers = limitsOf(response.headers, world.now())
    const answer = response.ok ? route.answer(value, sent) : refused(refusalOf(route, value, response.status, settings))
    return { ...answer, ...(Object.keys(headers).length > 0 && { headers }) }
  }
}

function forward({ method, path, body }: FaceRoute, request: JsonRequest, sent: Answered, baseUrl: string): Request {
  const headers = new Headers({ 'x-auth-strategy': 'bearer', 'content-type': 'application/json' })
  for (const [name, value] of Object.entries(request.headers))
    if (forwarded.includes(name.toLowerCase()) && typeof value === 'string') headers.set(name, value)
  return new Request(new URL(path, baseUrl), {
    method,
    headers,
    ...(method === 'POST' && { body: JSON.stringify(body?.(sent) ?? {}) }),
  })
}

const refused = ([statusCode, error]: Refusal): JsonResponse => ({
  statusCode,
  body: statusCode === 200 ? { ok: true } : { error },
})

function refusalOf(route: FaceRoute, problem: Answered, status: number, settings: Settings): Refusal {
  const code = String(problem.code)
  if (code === 'rate_limited') return [429, 'Too many requests. Please retry later.']
  if (code === 'password_rejected') return [400, reasonOf(problem, settings)]
  return route.refusals[code] ?? [status, String(code === 'denied_by_app' ? problem.detail : problem.title)]
}

const reasons: Readonly<Record<string, string>> = {
  too_long: 'password is too long',
  common: 'password is one of the most common ones',
  guessable: 'password is too easy to guess',
}

function reasonOf({ errors }: Answered, { minPasswordLength }: Settings): string {
  const [first] = errors as readonly { readonly code: string }[]
  if (first?.code === 'too_short') return `password must be at least ${minPasswordLength} characters`
  return reasons[first?.code ?? ''] ?? 'password is not accepted'
}

/** Limits under the names the clients of JSON Express read; when they end is an instant there. */
function limitsOf(headers: Headers, now: Date): Record<string, string> {
  const reset = headers.get('ratelimit-reset')
  const named = {
    'Retry-After': headers.get('retry-after'),
    'X-RateLimit-Limit': headers.get('ratelimit-limit'),
    'X-RateLimit-Remaining': headers.get('ratelimit-remaining'),
    'X-RateLimit-Reset': reset && String(Math.ceil(now.getTime() / 1000) + Number(reset)),
  }
  return Object.fromEntries(Object.entries(named).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
}
