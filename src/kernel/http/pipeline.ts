/**
 * The life of a request between routing and responding: origin, limit by address, access, parse, limit by subject, handler, strip.
 *
 * Invariant: the order never varies by endpoint, and HTTP requests and in-process calls go through the same steps. What an answer may carry is
 * what its response schema names; everything else is stripped.
 *
 * @module
 */
import type { Presented } from '../contract/access.ts'
import type { HandlerCall } from '../contract/call.ts'
import type { EndpointDef, Grant, Granted } from '../contract/endpoint.ts'
import { isAuthError, kernelErrors } from '../contract/errors.ts'
import type { Ctx } from '../ctx.ts'
import { assertMayCall, type Gatekeeper } from './access.ts'
import { type ReadAccess, readAccess } from './demands.ts'
import { parseInput, type RawInput } from './input.ts'
import { assertAllowed, type Limiter, type LimitReport, tighter } from './limits.ts'

/** One endpoint, mounted. */
export interface Route {
  /** The name of the contract it belongs to. */
  readonly contract: string
  /** Its key in the contract. */
  readonly key: string
  readonly endpoint: EndpointDef
  /** Whether it is of the application, and so is what it changes. */
  readonly isHosts?: boolean
  handler(call: HandlerCall<EndpointDef>): Promise<unknown>
}

/** One call on its way, from HTTP or from inside the process. */
export interface Passage {
  readonly ctx: Ctx
  readonly presented: Presented
  /** What the limit by address counts; `undefined` for a call of code that has none. */
  readonly addressPrefix: string | undefined
  /** Filled while it passes; also read when the call was refused. */
  limit?: LimitReport
  /** @throws csrf_rejected */
  assertOwn(): void
  /** The token of a pending login, if the input names one. */
  loginToken(): Promise<string | undefined>
  /** The input as it was sent. */
  input(): Promise<RawInput>
  /** Waits for the end of a file that the call has not read to its end. */
  hearOut?(): Promise<void>
}

/** What a call came to. */
export interface Outcome {
  readonly value: unknown
  readonly grant?: Grant
}

/** Runs calls. */
export type Pipeline = (route: Route, passage: Passage) => Promise<Outcome>

/** What a pipeline is made of. */
export interface PipelineParts {
  readonly routes: readonly Route[]
  readonly gatekeeper: Gatekeeper
  readonly limiter: Limiter
  /** An error that the endpoint does not declare is a bug and says so. */
  readonly strict: boolean
}

/**
 * Builds the pipeline.
 *
 * @throws BootError for an endpoint whose access is not known
 */
export function createPipeline({ routes, gatekeeper, limiter, strict }: PipelineParts): Pipeline {
  const accesses = new Map(routes.map((route) => [route.endpoint, accessOf(route)]))

  function count(passage: Passage, report: LimitReport | undefined): void {
    const tightest = tighter(passage.limit, report)
    if (tightest) passage.limit = tightest
    assertAllowed(report)
  }

  async function run(route: Route, passage: Passage): Promise<Outcome> {
    const { endpoint } = route
    const { ctx: caller, presented } = passage
    const access = accesses.get(endpoint) ?? accessOf(route)
    const row = endpoint.rateLimit ?? (typeof access === 'object' && 'operator' in access ? 'operators' : 'default')
    passage.assertOwn()
    count(passage, await limiter.byAddress(row, passage.addressPrefix, caller))
    const { ctx, auth } = await gatekeeper.admit(caller, access, presented, passage.loginToken)
    if (auth?.status === 'active') assertMayCall(auth, route)
    const input = await parseInput(endpoint, await passage.input())
    const on = typeof access === 'object' && 'operator' in access && access.on !== undefined ? access.on : undefined
    if (on !== undefined && auth?.status === 'operator')
      await gatekeeper.assertMayActOn(ctx, auth, on, String((input as Record<string, unknown>)[on]))
    const subject = endpoint.limitBy?.(input as never, presented) ?? auth?.userId
    if (subject !== undefined) count(passage, await limiter.bySubject(row, subject, ctx))
    const call = { ctx, auth, input, presented } as HandlerCall<EndpointDef> // `access` has just decided what `auth` is
    const answer = await (strict ? assertDeclared(route, route.handler(call)) : route.handler(call))
    if (!endpoint.grants) return { value: await strip(route, answer) }
    const { value, grant } = answer as Granted<unknown>
    if (endpoint.grants === 'clear' && (grant.set || grant.tokens)) throw new Error(`${nameOf(route)} grants more than it says`)
    return { value: await strip(route, value), grant }
  }

  return async (route, passage) => {
    try {
      return await run(route, passage)
    } finally {
      await passage.hearOut?.()
    }
  }
}

const nameOf = ({ contract, key }: Route): string => `${contract}.${key}`

const accessOf = (route: Route): ReadAccess => readAccess(route.endpoint.access, `${nameOf(route)}.access`)

/** Reduces a value to its response schema. A value that does not fit is a bug of ours, and nothing of it is sent. */
async function strip(route: Route, value: unknown): Promise<unknown> {
  const { endpoint } = route
  if (!endpoint.returns) return undefined
  const parsed = await endpoint.returns.safeParseAsync(value)
  if (parsed.success) return parsed.data
  throw new Error(`${nameOf(route)} answered a value outside its schema: ${describe(parsed.error.issues)}`)
}

const describe = (issues: readonly { path: PropertyKey[]; message: string }[]): string =>
  issues.map(({ path, message }) => `${path.map(String).join('.')} ${message}`).join('; ')

async function assertDeclared(route: Route, answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (!isAuthError(error) || isDeclared(route.endpoint, error.code)) throw error
    throw new Error(`${nameOf(route)} refused with "${error.code}", which it does not declare`, { cause: error })
  }
}

const isDeclared = (endpoint: EndpointDef, code: string): boolean =>
  code in kernelErrors || (endpoint.errors ?? []).some((error) => error.code === code)
