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
import type { Download } from '../contract/file.ts'
import type { Ctx } from '../ctx.ts'
import { createGatekeeper } from './access.ts'
import { prefixOf } from './address.ts'
import { type Answer, answerOf, fileAnswer, jsonAnswer, seal } from './answer.ts'
import { createCookies } from './cookies.ts'
import { allowOrigin, answerOptions } from './cors.ts'
import { cookiesOf, withTokens } from './deliver.ts'
import type { RequestLike } from './headers.ts'
import { assertAllowed, createLimiter, type LimitReport } from './limits.ts'
import { createLocalCalls, type Delivered, type EndpointName } from './local-calls.ts'
import { createOriginGuard } from './origin.ts'
import { assertHeaderSize, createCtxReaders, httpPassage, idOf } from './passage.ts'
import { type Peer, rememberPeer } from './peer.ts'
import { createPipeline, type Outcome, type Route } from './pipeline.ts'
import { presentedBy } from './presented.ts'
import { problemAnswer } from './problem.ts'
import { createRefusals } from './refusals.ts'
import { createRouter } from './router.ts'
import { type ExtraRoute, type HttpSetup, mount, originOf, ownOriginOf, sitePathOf } from './setup.ts'

/** Everything that adapters, guards and in-process calls need. */
export interface HttpCore {
  /** With the path of the base URL before it. */
  readonly basePath: string
  /** Answers a request. Never throws. `before` has to succeed first: what it throws is the refusal. */
  handle(request: Request, from?: Peer, before?: () => Promise<void>): Promise<Response>
  /** The answer of a refusal outside of our routes, such as a guard's. A bug is logged and says nothing. */
  refuse(request: RequestLike, thrown: unknown): Response
  /** A refusal as it may be shown, its cause logged as `handle` would. */
  refusalOf(thrown: unknown): AuthError
  /** Whether a path is ours to answer, also with 404 or 405; an adapter passes the others on. */
  owns(pathname: string): boolean
  /** Whether what answers there takes a file, which may be long on its way. */
  takesFile(method: string, pathname: string): boolean
  /**
   * Calls an endpoint in process with the rights of `request`: every step but the parsing of HTTP.
   *
   * @param csrfToken the token a form sent, in place of the header
   * @throws AuthError as the endpoint would answer it
   * @throws Error for an endpoint that hands out a credential: nobody would deliver it
   */
  call(of: EndpointName, input: object | undefined, request: RequestLike, csrfToken?: string): Promise<Outcome>
  /**
   * As {@link HttpCore.call}, for a page of ours that hands the credential on: whatever was granted is delivered as cookies, and these lines
   * belong on its answer.
   *
   * @throws AuthError as the endpoint would answer it
   */
  submit(of: EndpointName, input: object, request: RequestLike, csrfToken?: string): Promise<Delivered>
  ctxOf(request: RequestLike, from?: Peer): Ctx
  /** The ctx of somebody who is only looked at: without where they come from. */
  callerCtx(): Ctx
  /** @throws csrf_rejected when another site made a browser send this */
  assertOwn(request: RequestLike): void
  /** The CSRF token for the form of a page that answers `request`, with the `Set-Cookie` value it may owe. */
  csrfTokenFor(request: RequestLike): { readonly token: string; readonly setCookie?: string }
  presentedBy(request: RequestLike): Presented
}

/**
 * Builds the core.
 *
 * @throws BootError for a base URL, an origin or a proxy that cannot be used
 */
export function createHttpCore(setup: HttpSetup): HttpCore {
  const parts = assemble(setup)
  const { ctxOf, cookies, origins, refusals, router, secure } = parts
  const basePath = sitePathOf(setup.baseUrl) + setup.basePath
  const answer = createAnswerer(setup, parts)

  return {
    basePath,
    ctxOf,
    callerCtx: parts.callerCtx,
    assertOwn: (request) => origins.assertOwn(request, {}),
    csrfTokenFor: (request) => origins.tokenFor(request, setup.ambient.clock.now()),
    presentedBy: (request) => presentedBy(request, cookies),
    owns: (pathname) => (basePath !== '' && `${pathname}/`.startsWith(`${basePath}/`)) || router.has(pathname),
    takesFile(method, pathname) {
      const found = router.find(method, pathname)
      return found.kind === 'target' && 'endpoint' in found.target && found.target.endpoint.upload !== undefined
    },
    refusalOf: (thrown) => refusals.of(thrown, ''),
    refuse(request, thrown) {
      const id = idOf(ctxOf(request))
      return seal(problemAnswer(refusals.of(thrown, id)), id, secure)
    },
    async handle(request, from, before) {
      if (from) rememberPeer(request, from)
      const ctx = ctxOf(request, from)
      const isHead = request.method === 'HEAD'
      const work = before ? before().then(() => answer(request, ctx)) : answer(request, ctx)
      const given = await (isHead ? work.then(unread) : work).catch((error: unknown) =>
        problemAnswer(refusals.of(error, idOf(ctx))),
      )
      if (given.status < 500) refusals.answered()
      if (setup.origins.length > 0) allowOrigin(given.headers, request.headers.get('origin'), origins.isListed)
      return seal(isHead ? { ...given, body: null } : given, idOf(ctx), secure)
    },
    ...createLocalCalls(setup, parts),
  }
}

/** A file is told that nobody reads it, so that it ends. */
async function unread(given: Answer): Promise<Answer> {
  if (given.body instanceof ReadableStream) await given.body.cancel()
  return given
}

function assemble(setup: HttpSetup) {
  const { ambient, keys, limitStore: store } = setup
  const { clock, logger } = ambient
  const base = ownOriginOf(setup.baseUrl)
  const secure = base.startsWith('https:')
  const cookies = createCookies(secure)
  const listed = setup.origins.map((origin) => originOf(origin, 'origins'))
  const limiter = createLimiter({ rows: setup.limits, store, keys, clock, logger })
  return {
    secure,
    cookies,
    limiter,
    refusals: createRefusals(ambient),
    origins: createOriginGuard(base, listed, keys, cookies, setup.csrf ?? 'origin'),
    ...createCtxReaders(setup, ambient),
    router: createRouter(mount(setup)),
    run: createPipeline({
      gatekeeper: createGatekeeper(setup.access, logger),
      limiter,
      strict: setup.strict,
      routes: setup.routes,
    }),
  }
}

/** Routes a request, runs it and delivers what it came to. May throw; `handle` turns that into a problem. */
function createAnswerer({ keys }: HttpSetup, parts: ReturnType<typeof assemble>) {
  const { cookies, limiter, origins, refusals, router, run } = parts

  async function answerRoute(
    route: Route,
    request: Request,
    ctx: Ctx,
    params: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const passage = httpPassage(parts, route, request, ctx, params)
    try {
      const { value, grant } = await run(route, passage)
      const answer = route.endpoint.download
        ? fileAnswer(value as Download)
        : jsonAnswer(withTokens(value, grant), route.endpoint.status)
      for (const line of grant ? cookiesOf(grant, cookies, keys, ctx.at) : []) answer.headers.append('set-cookie', line)
      const { cacheSeconds } = route.endpoint
      if (cacheSeconds !== undefined) answer.headers.set('cache-control', `public, max-age=${cacheSeconds}`)
      return withLimit(answer, passage.limit)
    } catch (error) {
      return withLimit(problemAnswer(refusals.of(error, idOf(ctx))), passage.limit)
    }
  }

  async function answerExtra(route: ExtraRoute, request: Request, ctx: Ctx): Promise<Answer> {
    const report = await limiter.byAddress('default', prefixOf(ctx.from?.ip), ctx)
    assertAllowed(report)
    return withLimit(answerOf(await route.handle(request, ctx)), report)
  }

  return async (request: Request, ctx: Ctx): Promise<Answer> => {
    assertHeaderSize(request)
    const { pathname } = new URL(request.url)
    const found = router.find(request.method, pathname)
    if (found.kind === 'unknown') throw new AuthError(kernelErrors.not_found)
    if (found.kind === 'other-method') {
      if (request.method === 'OPTIONS') return answerOf(answerOptions(request, found.allow, origins.isListed))
      const refused = problemAnswer(refusals.of(new AuthError(kernelErrors.method_not_allowed), idOf(ctx)))
      refused.headers.set('allow', found.allow.join(', '))
      return refused
    }
    const { target, params } = found
    return 'endpoint' in target ? answerRoute(target, request, ctx, params) : answerExtra(target, request, ctx)
  }
}

function withLimit(answer: Answer, report: LimitReport | undefined): Answer {
  if (!report) return answer
  answer.headers.set('ratelimit-limit', String(report.limit))
  answer.headers.set('ratelimit-remaining', String(report.verdict.remaining))
  answer.headers.set('ratelimit-reset', String(Math.ceil(report.verdict.resetMs / 1000)))
  return answer
}
