/**
 * How a call enters the pipeline: from HTTP, where the body is read once and only when it is needed, or from inside the process.
 *
 * @module
 */

import type { Ambient } from '../ambient/ambient.ts'
import { AuthError, kernelErrors } from '../contract/errors.ts'
import type { Ctx } from '../ctx.ts'
import { createAddressReader, prefixOf } from './address.ts'
import { assertJsonType, readFile, readJson } from './body.ts'
import type { Cookies } from './cookies.ts'
import { headerOf, isSafeMethod, type RequestLike } from './headers.ts'
import { queryOf, splitInput } from './input.ts'
import { wishesOf } from './languages.ts'
import type { OriginGuard } from './origin.ts'
import { type Peer, peerOf } from './peer.ts'
import type { Passage, Route } from './pipeline.ts'
import { presentedBy } from './presented.ts'
import type { HttpSetup } from './setup.ts'

const maxHeaderBytes = 16 * 1024
const safeId = /^[\w.-]{8,64}$/

/** Makes the ctx of a caller nobody has looked at yet. */
export type CtxReader = (request: RequestLike, from?: Peer) => Ctx

/** Builds what makes the ctx of callers of one deployment. */
export function createCtxReaders(
  { trustProxy, deadline }: Pick<HttpSetup, 'trustProxy' | 'deadline'>,
  { clock, newId }: Ambient,
) {
  const addressOf = createAddressReader(trustProxy)
  const callerCtx = (): Ctx => ({
    poolId: 'default',
    tenantId: 'default',
    actor: anonymous,
    at: clock.now(),
    deadlineMs: clock.monotonicMs() + deadline,
  })
  const ctxOf: CtxReader = (request, from) => {
    const sentId = headerOf(request, 'x-correlation-id')
    return {
      ...callerCtx(),
      from: {
        ip: addressOf(peerOf(request, from).ip, headerOf(request, 'x-forwarded-for')),
        userAgent: (headerOf(request, 'user-agent') ?? '').slice(0, 512),
        correlationId: sentId !== undefined && safeId.test(sentId) ? sentId : newId(),
        get languages() {
          return wishesOf(headerOf(request, 'accept-language'))
        },
        // Hosts make the signal when it is first read, so only those who have to wait read it.
        get signal() {
          return request.signal ?? undefined
        },
      },
    }
  }
  return { ctxOf, callerCtx }
}

const anonymous = { kind: 'anonymous', id: 'anonymous' } as const

/** The id that joins an answer to its log lines. */
export const idOf = (ctx: Ctx): string => ctx.from?.correlationId ?? ''

/** What passages of one deployment are made with. */
export interface PassageTools {
  readonly cookies: Cookies
  readonly origins: OriginGuard
}

/** An HTTP request on its way to `route`. */
export function httpPassage(
  { cookies, origins }: PassageTools,
  { endpoint }: Route,
  request: Request,
  ctx: Ctx,
  params: Readonly<Record<string, string>>,
): Passage {
  let read: Promise<unknown> | undefined
  let incoming: ReturnType<typeof readFile> | undefined
  const body = async () => {
    if (endpoint.upload) {
      incoming ??= readFile(request, endpoint.upload)
      return { file: incoming.file }
    }
    read ??= endpoint.body && endpoint.method !== 'GET' ? readJson(request) : Promise.resolve(undefined)
    return read
  }
  return {
    ctx,
    presented: presentedBy(request, cookies),
    addressPrefix: prefixOf(ctx.from?.ip),
    assertOwn: () => origins.assertOwn(request, endpoint),
    loginToken: async () => loginTokenOf(await body()),
    async input() {
      if (!endpoint.upload && !isSafeMethod(request.method)) assertJsonType(request)
      const query = endpoint.query ? queryOf(new URL(request.url).searchParams) : {}
      return { params, query, body: await body() }
    },
    hearOut: async () => incoming?.hearOut().catch(() => {}), // what goes wrong with the rest changes no answer
  }
}

/** A call from inside the process with the rights of `request`. */
export function localPassage(
  { cookies, origins }: PassageTools,
  { endpoint }: Route,
  request: RequestLike,
  ctx: Ctx,
  input: Readonly<Record<string, unknown>>,
  csrfToken?: string,
): Passage {
  return {
    ctx,
    presented: presentedBy(request, cookies),
    // A call of code with no connection behind it has no address; counted as one, all of them would share a bucket.
    addressPrefix: ctx.from?.ip === undefined ? undefined : prefixOf(ctx.from.ip),
    // The signed token is asked for at HTTP endpoints only: here code of ours decides.
    assertOwn: () => origins.assertOwn(request, {}, csrfToken),
    loginToken: async () => loginTokenOf(input),
    input: async () => splitInput(endpoint, input),
  }
}

/**
 * Bounds what has to be parsed of credentials; Node bounds whole headers by itself, other hosts may not.
 *
 * @throws header_too_large
 */
export function assertHeaderSize(request: RequestLike): void {
  const size = (headerOf(request, 'cookie')?.length ?? 0) + (headerOf(request, 'authorization')?.length ?? 0)
  if (size > maxHeaderBytes) throw new AuthError(kernelErrors.header_too_large)
}

const loginTokenOf = (body: unknown): string | undefined => {
  const token = typeof body === 'object' && body !== null && 'loginToken' in body ? body.loginToken : undefined
  return typeof token === 'string' && token !== '' ? token : undefined
}
