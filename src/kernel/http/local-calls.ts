/**
 * Calls from inside the process: every step of the pipeline but the parsing of HTTP.
 *
 * Invariant: a credential leaves by a page of ours that delivers it, or not at all; whoever calls without one would have it made for nothing.
 *
 * @module
 */
import type { Ctx } from '../ctx.ts'
import type { Cookies } from './cookies.ts'
import { cookiesOf } from './deliver.ts'
import type { RequestLike } from './headers.ts'
import type { OriginGuard } from './origin.ts'
import { type CtxReader, idOf, localPassage } from './passage.ts'
import type { Outcome, Passage, Pipeline, Route } from './pipeline.ts'
import type { Refusals } from './refusals.ts'
import type { HttpSetup } from './setup.ts'

/** An endpoint by its names. */
export interface EndpointName {
  readonly contract: string
  readonly key: string
}

/** What a page's call came to, with the `Set-Cookie` values that deliver it. */
export interface Delivered {
  readonly value: unknown
  readonly setCookies: readonly string[]
}

interface LocalParts {
  readonly cookies: Cookies
  readonly origins: OriginGuard
  readonly refusals: Refusals
  readonly run: Pipeline
  readonly ctxOf: CtxReader
}

/** Builds the calls of one deployment. */
export function createLocalCalls({ routes, keys }: Pick<HttpSetup, 'routes' | 'keys'>, parts: LocalParts) {
  const { cookies, ctxOf, refusals, run } = parts
  const byName = new Map(routes.map((route) => [nameOf(route), route]))

  function routeOf(name: EndpointName): Route {
    const route = byName.get(nameOf(name))
    if (!route) throw new Error(`there is no endpoint ${nameOf(name)}`)
    return route
  }

  async function runAs(ctx: Ctx, route: Route, passage: Passage): Promise<Outcome> {
    try {
      return await run(route, passage)
    } catch (error) {
      throw refusals.of(error, idOf(ctx))
    }
  }

  async function call(of: EndpointName, input: object | undefined, request: RequestLike, csrfToken?: string): Promise<Outcome> {
    const route = routeOf(of)
    if (route.endpoint.grants === true) throw new Error(`${nameOf(of)} hands out a credential: call it over HTTP`)
    const ctx = ctxOf(request)
    return runAs(ctx, route, localPassage(parts, route, request, ctx, { ...input }, csrfToken))
  }

  async function submit(of: EndpointName, input: object, request: RequestLike, csrfToken?: string): Promise<Delivered> {
    const [route, ctx] = [routeOf(of), ctxOf(request)]
    const passage = localPassage(parts, route, request, ctx, { ...input }, csrfToken)
    // Whatever a header asks for: tokens in a page would be read by nobody.
    const presented = { ...passage.presented, delivery: 'cookie' as const }
    const { value, grant } = await runAs(ctx, route, { ...passage, presented })
    return { value, setCookies: grant ? cookiesOf(grant, cookies, keys, ctx.at) : [] }
  }

  return { call, submit }
}

const nameOf = ({ contract, key }: EndpointName): string => `${contract}.${key}`
