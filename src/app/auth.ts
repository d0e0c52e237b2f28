import type { EventsService, Listener, ListenerOptions } from '../features/events/index.ts'
import type { User } from '../features/users/index.ts'

import type { Ambient } from '../kernel/ambient/ambient.ts'
import { BootError } from '../kernel/config/boot-error.ts'
import type { Active, Authentication, Demands, Look, Presented } from '../kernel/contract/access.ts'
import type { Calls, LocalCalls } from '../kernel/contract/call.ts'
import type { Contract } from '../kernel/contract/endpoint.ts'
import { AuthError, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'
import type { EventPattern } from '../kernel/contract/event.ts'
import { toCall } from '../kernel/contract/to-call.ts'
import type { Ctx } from '../kernel/ctx.ts'
import { assertActive, assertDemands, assertMayChange } from '../kernel/http/access.ts'
import type { HttpCore } from '../kernel/http/core.ts'
import { readDemands } from '../kernel/http/demands.ts'
import type { RequestLike } from '../kernel/http/headers.ts'
import { parseInput, splitInput } from '../kernel/http/input.ts'
import type { Database } from '../storage/types.ts'
import type { Background } from './background.ts'
import { closeAll } from './closing.ts'
import { type AdminApi, adminContracts, callGroups, callTree, type LocalApi } from './contracts.ts'
import type { Feature } from './host-feature.ts'
import type { Wired } from './wire.ts'

export type { User }

/** The calls of an application's own features, by contract name. */
export type CallsOf<F extends readonly Feature[]> = {
  readonly [K in F[number] as K['contract']['name']]: Calls<K['contract']>
}

/** Those of them that can be called in process. */
export type LocalCallsOf<F extends readonly Feature[]> = {
  readonly [K in F[number] as K['contract']['name']]: LocalCalls<K['contract']>
}

/** The identity system as one value. Nothing is opened before `ready()` or the first request. */
export interface Auth<C extends object = object, F extends readonly Feature[] = readonly Feature[]> {
  /** Answers one request; never throws. `from.ip` is the socket's peer. */
  handle(request: Request, from?: { readonly ip?: string | undefined }): Promise<Response>
  /** Whether a path is ours to answer. */
  owns(pathname: string): boolean
  /** Opens, checks or migrates, and seeds. @throws BootError */
  ready(): Promise<void>
  /** Finishes what is under way and lets go of everything, for at most ten seconds each. For good: nothing is answered afterwards. */
  close(): Promise<void>
  /** Who calls. Never throws: what cannot be known is `unavailable`. */
  authenticate(request: RequestLike): Promise<Active<C, User> | Exclude<Authentication, Active>>
  /**
   * Who calls, or a refusal; every guard is this call.
   *
   * @throws csrf_rejected | unauthorized | session_revoked | forbidden | step_up_required | impersonation_refused | unavailable
   * @throws BootError for a demand that is not known or has no value
   */
  require(request: RequestLike, demands?: Demands): Promise<Active<C, User>>
  /** The answer a guard gives for what `require` threw: a problem document. A bug is logged and says nothing. */
  refuse(request: RequestLike, thrown: unknown): Response
  /** In process, full pipeline, with that request's rights; never sets cookies. */
  as(request: RequestLike): LocalApi & LocalCallsOf<F>
  /** Trusted code; the reason is the audit actor. */
  asSystem(reason: string, on?: { tenantId?: string; onBehalfOf?: string }): AdminApi
  /**
   * Hears committed events: without a name those of this process, best effort; with one those of every process, at least once and on one
   * node. @returns a function that stops it
   *
   * @throws BootError when another listener has that name
   */
  on<T extends EventPattern>(pattern: T, listener: Listener<T>, options?: ListenerOptions): () => void
}

/** {@link Auth} before the application's types are known. */
export type InternalAuth = Auth

interface AuthParts {
  readonly core: HttpCore
  readonly house: Wired
  readonly background: Background
  readonly database: Database
  readonly ambient: Ambient
  readonly features: readonly Feature[]
  readonly events: EventsService
  verify(ctx: Ctx, presented: Presented, look?: Look): Promise<Authentication>
  boot(): Promise<void>
}

/** Puts the one object together that applications hold. */
export function createAuthObject({
  core,
  house,
  background,
  database,
  ambient,
  features,
  events,
  verify,
  boot,
}: AuthParts): InternalAuth {
  let booting: Promise<void> | undefined
  let isUp = false
  let closed = false
  const ready = async (): Promise<void> => {
    if (closed) throw new AuthError(kernelErrors.unavailable, { cause: new Error('auth.close() was called') })
    booting ??= boot().then(
      () => {
        isUp = true
      },
      (error: unknown) => {
        booting = undefined
        throw error
      },
    )
    return booting
  }
  /** For callers who asked for something else: the boot is tried again by the next of them. */
  const booted = async (): Promise<void> => {
    if (isUp) return
    await ready().catch((error: unknown) => {
      throw asUnavailable(error)
    })
  }

  async function authenticate(request: RequestLike, look?: Look): Promise<Authentication> {
    try {
      if (!isUp) await booted()
      const found = await verify(core.callerCtx(), core.presentedBy(request), look)
      return found.status === 'unavailable' ? { status: 'unavailable', error: core.refusalOf(found.error) } : found
    } catch (error) {
      return { status: 'unavailable', error: core.refusalOf(asUnavailable(error)) }
    }
  }

  async function callAs(request: RequestLike, contract: string, key: string, input: object | undefined): Promise<unknown> {
    await booted().catch((error: unknown) => {
      throw core.refusalOf(error)
    })
    return (await core.call({ contract, key }, input, request)).value
  }

  async function callAsSystem(contract: Contract, key: string, input: unknown, ctx: Ctx): Promise<unknown> {
    await ready()
    const endpoint = contract.endpoints[key]
    const handler = house.adminHandlers.get(`${contract.name}.${key}`)
    if (!endpoint || !handler)
      throw new BootError(`${contract.name} is switched off`, `Give createAuth the option ${contract.name}.`)
    const parsed = await parseInput(endpoint, splitInput(endpoint, { ...(input as object | undefined) }))
    const value = await handler({ ctx, input: parsed } as never)
    return endpoint.returns?.parse(value)
  }

  return {
    handle: (request, from) => core.handle(request, from, booted),
    owns: core.owns,
    refuse: core.refuse,
    ready,
    async close() {
      closed = true
      await booting?.catch(() => {}) // whoever started it hears of its failure
      isUp = false
      await background.close()
      await closeAll(house.collect('closing'), ambient.logger)
      await database.close()
    },
    authenticate: authenticate as InternalAuth['authenticate'],
    async require(request, demands) {
      const asked = readDemands(demands, 'require')
      core.assertOwn(request)
      const active = assertActive(await authenticate(request, asked))
      assertDemands(active, asked, ambient.clock.now())
      assertMayChange(active, request)
      return active as Active<object, User>
    },
    as: (request) =>
      callTree(
        features.map(({ contract }) => contract),
        (contract, key, input) => toCall(callAs(request, contract.name, key, input as object | undefined)),
      ) as LocalApi & LocalCallsOf<readonly Feature[]>,
    asSystem: (reason, on = {}) =>
      callGroups(adminContracts, (contract, key, input) => {
        const actor = { kind: 'system' as const, id: reason, ...(on.onBehalfOf !== undefined && { onBehalfOf: on.onBehalfOf }) }
        const ctx: Ctx = { poolId: 'default', tenantId: on.tenantId ?? 'default', actor, at: ambient.clock.now() }
        return toCall(callAsSystem(contract, key, input, ctx))
      }) as AdminApi,
    on: events.on,
  }
}

const asUnavailable = (error: unknown): AuthError =>
  isAuthError(error, 'unavailable') ? error : new AuthError(kernelErrors.unavailable, { cause: error })
