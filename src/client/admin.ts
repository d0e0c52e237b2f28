/**
 * The transport of operators: the panel's cookie, or the secret of a script.
 *
 * Invariant: what was asked as one operator is never sent again as another. A call is repeated only after the server has said that nothing was
 * done, and only when whoever answers for the session says that it is the same one.
 *
 * @module
 */
import type { EndpointDef } from '../kernel/contract/endpoint.ts'
import { AuthError, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'
import { readAnswer, readDownload, toWire } from './wire.ts'

/** What the transport of operators is made of. */
export interface AdminTransportDeps {
  /** Origin, and what stands in the place of `/admin` in every path. */
  readonly base: string
  readonly secret?: string
  csrfToken?: string
  readonly fetch: (request: Request) => Promise<Response>
  /** Asked once for all calls that found the session over. @returns whether the same operator has one again */
  onSessionOver?(): Promise<boolean>
}

const anonymous = (endpoint: EndpointDef): boolean => endpoint.access === 'public' || endpoint.access === 'pending-login'

/** Builds the transport of one panel. */
export function createAdminTransport(deps: AdminTransportDeps) {
  const { base, secret } = deps
  let csrfToken = deps.csrfToken
  let returning: Promise<boolean> | undefined

  async function exchange(endpoint: EndpointDef, input: object): Promise<unknown> {
    const { url, method, body, type } = toWire({ root: base, base }, { ...endpoint, path: pathOf(endpoint) }, { ...input })
    const headers = {
      accept: 'application/json',
      ...(type !== undefined && { 'content-type': type }),
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      ...(method !== 'GET' && csrfToken !== undefined && { 'x-csrf-token': csrfToken }),
    }
    const credentials = secret === undefined ? 'same-origin' : 'omit'
    // A stream is sent as it comes, and the answer is read afterwards (Fetch, "duplex").
    const sent = body === undefined ? {} : ({ body: body as Blob, duplex: 'half' } as const)
    const response = await carried(deps.fetch(new Request(url, { method, headers, credentials, ...sent })))
    if (endpoint.download && response.ok) return readDownload(response)
    const value = readAnswer(response, await carried(response.text()), endpoint)
    learn(value)
    return value
  }

  function learn(value: unknown): void {
    if (typeof value === 'object' && value !== null && 'csrfToken' in value && typeof value.csrfToken === 'string') {
      csrfToken = value.csrfToken
    }
  }

  /** Only one question, however many calls found the session over. */
  function returned(): Promise<boolean> {
    if (!deps.onSessionOver) return Promise.resolve(false)
    returning ??= deps.onSessionOver().finally(() => {
      returning = undefined
    })
    return returning
  }

  return async (endpoint: EndpointDef, input: object = {}): Promise<unknown> => {
    try {
      return await exchange(endpoint, input)
    } catch (error) {
      const isOver = isAuthError(error) && error.status === 401 && !declares(endpoint, error.code)
      if (anonymous(endpoint) || secret !== undefined || !isOver || !(await returned())) throw error
      return exchange(endpoint, input)
    }
  }
}

const pathOf = ({ path }: EndpointDef): `/${string}` => path.replace(/^\/admin(?=\/)/, '') as `/${string}`

const declares = ({ errors = [] }: EndpointDef, code: string): boolean => errors.some((error) => error.code === code)

async function carried<T>(pending: Promise<T>): Promise<T> {
  try {
    return await pending
  } catch (cause) {
    throw new AuthError(kernelErrors.unreachable, { cause })
  }
}
