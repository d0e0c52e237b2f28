/**
 * The HTTP core: a function from `Request` to `Response`, and the same calls from inside the process.
 *
 * Invariant: `handle` never throws, and every answer, also a refusal and also of a route that is no contract's, is sealed in one place.
 * Not here: frameworks (`node.ts` bridges them) and what a credential means (`AccessPort`).
 *
 * @module
 */
import type { Presented } from '../contract/access.ts'
import { AuthError, kernelErrors } from '../contract/errors.ts'
import type { Ctx } from '../ctx.ts'
import { createGatekeeper } from './access.ts'
import { type Answer, answerOf, jsonAnswer, seal } from './answer.ts'
import { createCookies } from './cookies.ts'
import { allowOrigin, answerOptions } from './cors.ts'
import { cookiesOf, withTokens } from './deliver.ts'
import type { RequestLike } from './headers.ts'
import { createLimiter, type LimitReport } from './limits.ts'
import { createOriginGuard } from './origin.ts'
import { assertHeaderSize, createCtxReaders, httpPassage, idOf, localPassage, type Peer } from './passage.ts'
import { createPipeline, type Outcome, type Route } from './pipeline.ts'
import { presentedBy } from './presented.ts'
import { problemAnswer, refusalOf } from './problem.ts'
import { createRouter } from './router.ts'
import { basePathOf, type HttpSetup, mount, originOf } from './setup.ts'

/** Everything that adapters, guards and in-process calls need. */
export interface HttpCore {
  /** Answers a request. Never throws. */
  handle(request: Request, from?: Peer): Promise<Response>
  /** Whether the deployment is https. */
  readonly secure: boolean
  /** Whether a path is ours to answer, also with 404 or 405; an adapter passes the others on. */
  owns(pathname: string): boolean
  /**
   * Calls an endpoint in process with the rights of `request`: every step but the parsing of HTTP.
   *
   * @throws AuthError as the endpoint would answer it
   */
  call(of: { readonly contract: string; readonly key: string }, input: object | undefined, request: RequestLike): Promise<Outcome>
  ctxOf(request: RequestLike, from?: Peer): Ctx
  /** The ctx of somebody who is only looked at: without where they come from. */
  callerCtx(): Ctx
  /** @throws csrf_rejected when another site made a browser send this */
  assertOwn(request: RequestLike): void
  presentedBy(request: RequestLike): Presented
}

/**
 * Builds the core.
 *
 * @throws BootError for a base URL, an origin or a proxy that cannot be used
 */
export function createHttpCore(setup: HttpSetup): HttpCore {
  const parts = assemble(setup)
  const { ctxOf, cookies, origins, router, run, secure, logger } = parts
  const basePath = basePathOf(setup.basePath)
  const answer = createAnswerer(setup, parts)
  const routes = new Map(setup.routes.map((route) => [`${route.contract}.${route.key}`, route]))

  return {
    secure,
    ctxOf,
    callerCtx: parts.callerCtx,
    assertOwn({ headers, method }) {
      if (method !== undefined) origins.assertOwn({ headers, method }, {})
    },
    presentedBy: (request) => presentedBy(request, cookies),
    owns: (pathname) => (basePath !== '' && `${pathname}/`.startsWith(`${basePath}/`)) || router.methodsOf(pathname).length > 0,
    async handle(request, from) {
      const ctx = ctxOf(request, from)
      const given = await answer(request, ctx).catch((error: unknown) => problemAnswer(refusalOf(error, idOf(ctx), logger)))
      if (setup.origins.length > 0) allowOrigin(given.headers, request.headers.get('origin'), origins.isListed)
      return seal(request.method === 'HEAD' ? { ...given, body: null } : given, idOf(ctx), secure)
    },
    async call({ contract, key }, input, request) {
      const route = routes.get(`${contract}.${key}`)
      if (!route) throw new Error(`there is no endpoint ${contract}.${key}`)
      const ctx = ctxOf(request)
      try {
        return await run(route, localPassage(parts, route, request, ctx, { ...input }))
      } catch (error) {
        throw refusalOf(error, idOf(ctx), logger)
      }
    },
  }
}

function assemble(setup: HttpSetup) {
  const { ambient, keys, limitStore: store } = setup
  const { logger } = ambient
  const base = originOf(setup.baseUrl, 'baseUrl')
  const secure = base.startsWith('https:')
  const cookies = createCookies(secure)
  const listed = setup.origins.map((origin) => originOf(origin, 'origins'))
  const limiter = createLimiter({ rows: setup.limits, store, keys, logger })
  return {
    logger,
    secure,
    cookies,
    origins: createOriginGuard(base, listed, keys, cookies),
    ...createCtxReaders(setup, ambient),
    router: createRouter(mount(setup)),
    run: createPipeline(createGatekeeper(setup.access, logger), limiter, setup.strict),
  }
}

/** Routes a request, runs it and delivers what it came to. May throw; `handle` turns that into a problem. */
function createAnswerer({ keys }: HttpSetup, parts: ReturnType<typeof assemble>) {
  const { cookies, logger, origins, router, run } = parts

  async function answerRoute(
    route: Route,
    request: Request,
    ctx: Ctx,
    params: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const passage = httpPassage(parts, route, request, ctx, params)
    try {
      const { value, grant } = await run(route, passage)
      const answer = jsonAnswer(withTokens(value, grant), route.endpoint.status)
      for (const line of grant ? cookiesOf(grant, cookies, keys, ctx.at) : []) answer.headers.append('set-cookie', line)
      const { cacheSeconds } = route.endpoint
      if (cacheSeconds !== undefined) answer.headers.set('cache-control', `public, max-age=${cacheSeconds}`)
      return withLimit(answer, passage.limit)
    } catch (error) {
      return withLimit(problemAnswer(refusalOf(error, idOf(ctx), logger)), passage.limit)
    }
  }

  return async (request: Request, ctx: Ctx): Promise<Answer> => {
    assertHeaderSize(request)
    const { pathname } = new URL(request.url)
    const found = router.find(request.method, pathname)
    if (found.kind === 'unknown') throw new AuthError(kernelErrors.not_found)
    if (found.kind === 'other-method') {
      if (request.method === 'OPTIONS') return answerOf(answerOptions(request, found.allow, origins.isListed))
      const refused = problemAnswer(refusalOf(new AuthError(kernelErrors.method_not_allowed), idOf(ctx), logger))
      refused.headers.set('allow', found.allow.join(', '))
      return refused
    }
    const { target, params } = found
    return 'endpoint' in target ? answerRoute(target, request, ctx, params) : answerOf(await target.handle(request))
  }
}

function withLimit(answer: Answer, report: LimitReport | undefined): Answer {
  if (!report) return answer
  answer.headers.set('ratelimit-limit', String(report.limit))
  answer.headers.set('ratelimit-remaining', String(report.verdict.remaining))
  answer.headers.set('ratelimit-reset', String(Math.ceil(report.verdict.resetMs / 1000)))
  return answer
}
