/**
 * Sends calls, and keeps a session alive while doing so.
 *
 * Invariant: only the server's own 401 ends a session. An unanswered, failed or foreign answer changes neither credentials nor what is known
 * of the user; and an answer to a question asked before a login or logout never undoes it.
 *
 * @module
 */
import { sessionsContract } from '../features/sessions/contract.ts'
import { usersContract } from '../features/users/contract.ts'
import type { EndpointDef } from '../kernel/contract/endpoint.ts'
import { AuthError, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'
import { asksForSession, type Carrier } from './carrier.ts'
import type { StateHolder, User } from './state.ts'
import { readAnswer, toWire } from './wire.ts'

/** What a transport is made of. */
export interface TransportDeps {
  /** Base URL and base path. */
  readonly base: string
  readonly state: StateHolder
  carrier(fetchCsrfToken: () => Promise<string>): Carrier
  readonly fetch: (request: Request) => Promise<Response>
  onRequest?(request: Request): Request | Promise<Request>
  onResponse?(response: Response): void | Promise<void>
}

/** Calls an endpoint with its flat input. */
export type Transport = (endpoint: EndpointDef, input: object | undefined) => Promise<unknown>

const { refresh, logout, logoutAll, csrf } = sessionsContract.endpoints
const carriesProof = new Set<EndpointDef>([refresh, logout])
const ends = new Set<EndpointDef>([logout, logoutAll])
const shows = new Set<EndpointDef>(Object.values(usersContract.endpoints))

/** Builds the transport of one client. */
export function createTransport(deps: TransportDeps): Transport {
  const { base, state } = deps
  const carrier = deps.carrier(async () => ((await exchange(csrf, {})) as { csrfToken: string }).csrfToken)
  /** Counts logins, refreshes and logouts: what was sent under an older number says nothing about today's session. */
  let generation = 0
  let refreshing: Promise<unknown> | undefined

  async function exchange(endpoint: EndpointDef, given: object): Promise<unknown> {
    const asked = generation
    const input = carriesProof.has(endpoint) ? { ...(await carrier.proof()), ...given } : given
    const { url, method, body } = toWire(base, endpoint, { ...input })
    const headers = {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(await carrier.headersFor(endpoint)),
    }
    const { credentials } = carrier
    const plain = new Request(url, { method, headers, credentials, ...(body !== undefined && { body }) })
    const request = (await deps.onRequest?.(plain)) ?? plain
    const response = await answered(deps.fetch(request))
    await deps.onResponse?.(response.clone())
    const value = readAnswer(response, await answered(response.text()))
    await learn(endpoint, value, asked)
    return value
  }

  async function answered<T>(pending: Promise<T>): Promise<T> {
    try {
      const answer = await pending
      state.reached(true)
      return answer
    } catch (cause) {
      state.reached(false)
      throw new AuthError(kernelErrors.unreachable, { cause })
    }
  }

  async function learn(endpoint: EndpointDef, value: unknown, asked: number): Promise<void> {
    const isStale = asked !== generation
    if (ends.has(endpoint)) await end()
    else if (shows.has(endpoint) && !isStale) state.active(value as User)
    else if (endpoint.grants && isActiveLogin(value) && !(endpoint === refresh && isStale)) {
      await carrier.keep(value)
      generation++
      state.active(value.user)
    }
  }

  async function end(): Promise<void> {
    await carrier.drop()
    generation++
    state.none()
  }

  /** Parallel calls that find the credential stale share one refresh: the second one would look like the replay of a stolen token. */
  function refreshOnce(input: object): Promise<unknown> {
    refreshing ??= rotate(input).finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  async function rotate(input: object): Promise<unknown> {
    const asked = generation
    try {
      return await attempt(refresh, input)
    } catch (error) {
      if (isSessionOver(error) && asked === generation) await end()
      throw error
    }
  }

  /** @returns whether there is a credential to try again with @throws when nobody could say */
  async function renewed(): Promise<boolean> {
    try {
      if (!(await carrier.mayRefresh())) throw new AuthError(kernelErrors.unauthorized)
      await refreshOnce({})
      return true
    } catch (error) {
      if (!isSessionOver(error)) throw error
      return false
    }
  }

  async function attempt(endpoint: EndpointDef, input: object): Promise<unknown> {
    const asked = generation
    try {
      return await exchange(endpoint, input)
    } catch (error) {
      if (!(await canRecover(endpoint, error, asked))) throw error
      return exchange(endpoint, input)
    }
  }

  async function canRecover(endpoint: EndpointDef, error: unknown, asked: number): Promise<boolean> {
    if (isAuthError(error, 'csrf_rejected')) return carrier.distrusted()
    if (!asksForSession(endpoint) || !isSessionOver(error) || declares(endpoint, error.code)) return false
    if (asked !== generation) return carrier.mayRefresh()
    if (await renewed()) return true
    if (asked === generation) await end()
    return false
  }

  return (endpoint, input = {}) => (endpoint === refresh ? refreshOnce(input) : attempt(endpoint, input))
}

const isSessionOver = (error: unknown): error is AuthError => isAuthError(error) && error.status === 401

/** A 401 of the endpoint's own, such as a wrong current password, says nothing about the session. */
const declares = ({ errors = [] }: EndpointDef, code: string): boolean => errors.some((error) => error.code === code)

const isActiveLogin = (value: unknown): value is { user: User } =>
  typeof value === 'object' && value !== null && 'status' in value && value.status === 'active' && 'user' in value
