import type { EventsService, Listener } from '../features/events/index.ts'
import type { User } from '../features/users/index.ts'

import type { Ambient } from '../kernel/ambient/ambient.ts'
import type { Active, Authentication, Demands, Look, Presented } from '../kernel/contract/access.ts'
import type { Calls } from '../kernel/contract/call.ts'
import type { Contract } from '../kernel/contract/endpoint.ts'
import { AuthError, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'
import type { EventPattern } from '../kernel/contract/event.ts'
import { toCall } from '../kernel/contract/to-call.ts'
import type { Ctx } from '../kernel/ctx.ts'
import { assertActive, assertDemands } from '../kernel/http/access.ts'
import { seal } from '../kernel/http/answer.ts'
import type { HttpCore } from '../kernel/http/core.ts'
import type { RequestLike } from '../kernel/http/headers.ts'
import { parseInput, splitInput } from '../kernel/http/input.ts'
import { problemAnswer } from '../kernel/http/problem.ts'
import type { Database } from '../storage/types.ts'
import type { Background } from './background.ts'
import { type AdminApi, type AuthApi, adminContracts, callGroups, callTree } from './contracts.ts'
import type { Feature } from './host-feature.ts'
import type { Wired } from './wire.ts'

export type { User }

/** The calls of an application's own features, by contract name. */
export type CallsOf<F extends readonly Feature[]> = {
  readonly [K in F[number] as K['contract']['name']]: Calls<K['contract']>
}

/** The identity system as one value. Nothing is opened before `ready()` or the first request. */
export interface Auth<C extends object = object, F extends readonly Feature[] = readonly Feature[]> {
  /** Answers one request; never throws. `from.ip` is the socket's peer. */
  handle(request: Request, from?: { ip?: string }): Promise<Response>
  /** Whether a path is ours to answer. */
  owns(pathname: string): boolean
  /** Opens, checks or migrates, and seeds. @throws BootError */
  ready(): Promise<void>
  /** Finishes what is under way and lets go of everything. */
  close(): Promise<void>
  /** Who calls. Never throws: what cannot be known is `unavailable`. */
  authenticate(request: RequestLike): Promise<Active<C, User> | Exclude<Authentication, Active>>
  /** Who calls, or a refusal; every guard is this call. @throws csrf_rejected | unauthorized | session_revoked | forbidden | step_up_required | unavailable */
  require(request: RequestLike, demands?: Demands): Promise<Active<C, User>>
  /** In process, full pipeline, with that request's rights; never sets cookies. */
  as(request: RequestLike): AuthApi & CallsOf<F>
  /** Trusted code; the reason is the audit actor. */
  asSystem(reason: string, on?: { tenantId?: string; onBehalfOf?: string }): AdminApi
  /** Hears committed events of this process, best effort. @returns a function that stops it */
  on<T extends EventPattern>(pattern: T, listener: Listener<T>): () => void
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
  let booted = false
  const ready = (): Promise<void> => {
    booting ??= boot().then(
      () => {
        booted = true
      },
      (error: unknown) => {
        booting = undefined
        throw error
      },
    )
    return booting
  }

  async function authenticate(request: RequestLike, look?: Look): Promise<Authentication> {
    try {
      if (!booted) await ready()
      return await verify(core.callerCtx(), core.presentedBy(request), look)
    } catch (error) {
      return { status: 'unavailable', error: asUnavailable(error) }
    }
  }

  async function callAsSystem(contract: Contract, key: string, input: unknown, ctx: Ctx): Promise<unknown> {
    await ready()
    const endpoint = contract.endpoints[key]
    const handler = house.adminHandlers.get(`${contract.name}.${key}`)
    if (!endpoint || !handler) throw new Error(`no feature handles ${contract.name}.${key}`)
    const parsed = await parseInput(endpoint, splitInput(endpoint, { ...(input as object | undefined) }))
    const value = await handler({ ctx, input: parsed } as never)
    return endpoint.returns?.parse(value)
  }

  return {
    async handle(request, from) {
      try {
        await ready()
      } catch (error) {
        ambient.logger.error({ error }, 'the boot failed; the next request tries again')
        return seal(problemAnswer(asUnavailable(error)), '', core.secure)
      }
      return core.handle(request, from)
    },
    owns: core.owns,
    ready,
    async close() {
      await background.close()
      await database.close()
    },
    authenticate: authenticate as InternalAuth['authenticate'],
    async require(request, demands = {}) {
      core.assertOwn(request)
      const active = assertActive(await authenticate(request, demands))
      assertDemands(active, demands, ambient.clock.now())
      return active as Active<object, User>
    },
    as: (request) =>
      callTree(
        features.map(({ contract }) => contract),
        (contract, key, input) =>
          toCall(ready().then(async () => (await core.call({ contract: contract.name, key }, input as object, request)).value)),
      ) as AuthApi & CallsOf<readonly Feature[]>,
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
