/**
 * Sends calls, and keeps a session alive while doing so.
 *
 * Invariant: only the server's own 401 ends a session. An unanswered, failed or foreign answer changes neither credentials nor what is known
 * of the user. What was asked as one user is neither sent nor sent again as another, and its answer never undoes a later login or logout.
 *
 * @module
 */

import { accountContract } from '../features/account/contract.ts'
import { sessionsContract } from '../features/sessions/contract.ts'
import { usersContract } from '../features/users/contract.ts'
import type { EndpointDef } from '../kernel/contract/endpoint.ts'
import { AuthError, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'
import { asksForSession, type Carrier } from './carrier.ts'
import type { StateHolder, User } from './state.ts'
import { isForeign, type Place, readAnswer, readDownload, toWire } from './wire.ts'

/** What a transport is made of. */
export interface TransportDeps {
  /** Where endpoints are: under the base path, and those that stand at the root only. */
  readonly at: Place
  readonly state: StateHolder
  carrier(fetchCsrfToken: () => Promise<string>): Carrier
  readonly fetch: (request: Request) => Promise<Response>
  onRequest?(request: Request): Request | Promise<Request>
  onResponse?(response: Response): void | Promise<void>
}

/** Calls an endpoint with its flat input. */
export type Transport = (endpoint: EndpointDef, input: object | undefined) => Promise<unknown>

/** What was true when a call was made. */
interface Moment {
  readonly identity: number
  readonly generation: number
}

const { refresh, logout, logoutAll, csrf } = sessionsContract.endpoints
const carriesProof = new Set<EndpointDef>([refresh, logout])
const ends = new Set<EndpointDef>([logout, logoutAll, accountContract.endpoints.delete])
const shows = new Set<EndpointDef>(Object.values(usersContract.endpoints))

/** Whether a call is made as somebody. A login is not: it makes somebody. */
const isPersonal = (endpoint: EndpointDef): boolean => asksForSession(endpoint) || carriesProof.has(endpoint)

/** Builds the transport of one client. */
export function createTransport(deps: TransportDeps): Transport {
  const { at, state } = deps
  const carrier = deps.carrier(async () => ((await exchange(csrf, {}, moment())) as { csrfToken: string }).csrfToken)
  /** Counts logins and logouts: a call that was made under another number was made as somebody else. */
  let identity = 0
  /** Counts refreshes too: a 401 to a credential of an older number says nothing about today's. */
  let generation = 0
  let refreshing: Promise<unknown> | undefined

  const moment = (): Moment => ({ identity, generation })

  async function exchange(endpoint: EndpointDef, given: object, asked: Moment): Promise<unknown> {
    const input = carriesProof.has(endpoint) ? { ...(await carrier.proof()), ...given } : given
    const { url, method, body, type } = toWire(at, endpoint, { ...input })
    const headers = {
      accept: 'application/json',
      ...(type !== undefined && { 'content-type': type }),
      ...(await carrier.headersFor(endpoint)),
    }
    const { credentials } = carrier
    // A stream is sent as it comes, and the answer is read afterwards (Fetch, "duplex").
    const plain = new Request(url, {
      method,
      headers,
      credentials,
      ...(body !== undefined && { body: body as Blob, duplex: 'half' }),
    })
    const request = (await deps.onRequest?.(plain)) ?? plain
    // A login may have finished while this was being put together: it would go out as somebody it was not meant for.
    if (isPersonal(endpoint) && asked.identity !== identity) throw new AuthError(kernelErrors.unauthorized)
    const value = await answerTo(endpoint, request)
    await learn(endpoint, value, asked)
    return value
  }

  async function answerTo(endpoint: EndpointDef, request: Request): Promise<unknown> {
    const response = await carried(deps.fetch(request))
    await deps.onResponse?.(response.clone())
    if (endpoint.download && response.ok) {
      state.reached(true)
      return readDownload(response)
    }
    const text = await carried(response.text())
    try {
      const value = readAnswer(response, text, endpoint)
      state.reached(true)
      return value
    } catch (error) {
      state.reached(!isForeign(error))
      throw error
    }
  }

  async function carried<T>(pending: Promise<T>): Promise<T> {
    try {
      return await pending
    } catch (cause) {
      state.reached(false)
      throw new AuthError(kernelErrors.unreachable, { cause })
    }
  }

  async function learn(endpoint: EndpointDef, value: unknown, asked: Moment): Promise<void> {
    const isLate = asked.identity !== identity
    if (ends.has(endpoint)) {
      // A browser clears the cookie it has, whosever it is; tokens of a newer login are untouched by an older logout.
      if (!isLate || carrier.credentials === 'include') await end()
    } else if (isLate && isPersonal(endpoint)) return
    else if (shows.has(endpoint)) state.active(value as User)
    else if (endpoint.grants && isActiveLogin(value)) {
      // A refresh may answer for somebody else: another tab has logged in with the cookies or tokens we share.
      if (isPersonal(endpoint) && (state.current.user?.id ?? value.user.id) === value.user.id) await carrier.keep(value)
      else await become(() => carrier.keep(value))
      generation++
      state.active(value.user)
    }
  }

  /** Changes who we are. A call that is made while that is under way is made as neither. */
  async function become(change: () => Promise<void>): Promise<void> {
    identity++
    refreshing = undefined
    await change()
    identity++
    generation++
  }

  async function end(): Promise<void> {
    await become(() => carrier.drop())
    state.none()
  }

  /** Parallel calls that find the credential stale share one refresh: the second one would look like the replay of a stolen token. */
  function refreshOnce(input: object): Promise<unknown> {
    if (refreshing) return refreshing
    const own = rotate(input).finally(() => {
      if (refreshing === own) refreshing = undefined
    })
    refreshing = own
    return own
  }

  async function rotate(input: object): Promise<unknown> {
    const asked = moment()
    try {
      return await attempt(refresh, input)
    } catch (error) {
      if (isSessionOver(error) && asked.generation === generation && asked.identity === identity) await end()
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
    const asked = moment()
    try {
      return await exchange(endpoint, input, asked)
    } catch (error) {
      if (!(await canRecover(endpoint, error, asked))) throw error
      return exchange(endpoint, input, asked)
    }
  }

  /** Whether sending a call once more can help. {@link exchange} itself sees to it that it goes out as the same user or not at all. */
  async function canRecover(endpoint: EndpointDef, error: unknown, asked: Moment): Promise<boolean> {
    if (isPersonal(endpoint) && asked.identity !== identity) return false
    if (isAuthError(error, 'csrf_rejected')) return carrier.distrusted()
    if (!asksForSession(endpoint) || !isSessionOver(error) || declares(endpoint, error.code)) return false
    if (asked.generation !== generation) return carrier.mayRefresh()
    if (await renewed()) return asked.identity === identity
    if (asked.generation === generation && asked.identity === identity) await end()
    return false
  }

  return (endpoint, input = {}) => (endpoint === refresh ? refreshOnce(input) : attempt(endpoint, input))
}

const isSessionOver = (error: unknown): error is AuthError => isAuthError(error) && error.status === 401

/** A 401 of the endpoint's own, such as a wrong current password, says nothing about the session. */
const declares = ({ errors = [] }: EndpointDef, code: string): boolean => errors.some((error) => error.code === code)

const isActiveLogin = (value: unknown): value is { user: User } =>
  typeof value === 'object' && value !== null && 'status' in value && value.status === 'active' && 'user' in value
