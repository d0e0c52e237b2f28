/**
 * The typed client for browsers and Node, derived from the contracts: one method an endpoint, nothing written by hand.
 *
 * Invariant: losing the server logs nobody out. Only the server's own refusal ends what the client knows of a session.
 * Not here: server code. Nothing this file reaches needs Node.
 *
 * @module
 */
import { type AuthApi, callGroups, callTree, faultOf, type PanelApi, panelContracts } from './app/contracts.ts'
import { createAdminTransport } from './client/admin.ts'
import { bearerCarrier, cookieCarrier, memoryTokens, type TokenStore } from './client/carrier.ts'
import { type ClientState, createStateHolder } from './client/state.ts'
import { createTransport } from './client/transport.ts'
import type { Calls } from './kernel/contract/call.ts'
import type { Contract } from './kernel/contract/endpoint.ts'
import { toCall } from './kernel/contract/to-call.ts'

export type { AuthApi, PanelApi } from './app/contracts.ts'
export type { TokenStore, Tokens } from './client/carrier.ts'
export type { ClientState, User } from './client/state.ts'
export { importFields, namingFields } from './features/imports/contract.ts'
export { isOperatorRole, operatorRoles } from './features/users/contract.ts'
export { AuthError, isAuthError } from './kernel/contract/errors.ts'
export type { FieldIssue } from './kernel/contract/issues.ts'

/** The groups of calls that an application's own contracts add. */
export type Groups<X extends readonly Contract[]> = { readonly [K in X[number] as K['name']]: Calls<K> }

/** Everything a caller can do, and what is known of the caller. */
export type Client<G = object> = AuthApi &
  G & {
    readonly state: ClientState
    /** Calls `listener` after each change of {@link ClientState}. @returns a function that stops it */
    subscribe(listener: () => void): () => void
  }

/** Where the server is and how the session travels. */
export interface ClientOptions<X extends readonly Contract[] = readonly Contract[]> {
  /** The server's `baseUrl`; in a browser, absent means the page's own origin. */
  readonly baseUrl?: string
  /** Where the server mounts its routes: its `http.basePath`. */
  readonly basePath?: string
  /** `cookie` (the default) for pages, `bearer` for everything else. */
  readonly mode?: 'cookie' | 'bearer'
  /** Where `bearer` keeps its tokens; absent, in memory. */
  readonly tokens?: TokenStore
  /** Contracts of the application's own features; each becomes a group of calls. */
  readonly contracts?: X
  readonly fetch?: typeof fetch
  /** Sees, and may replace, each request before it is sent. */
  onRequest?(request: Request): Request | Promise<Request>
  /** Sees a copy of each answer. */
  onResponse?(response: Response): void | Promise<void>
}

/**
 * Creates a client. Nothing is sent before the first call.
 *
 * A call throws an `AuthError` when it is refused; `.result()` is the same call as a value. After a 401 the session is refreshed once, for all
 * calls that are waiting, and the call is sent once more.
 *
 * @throws TypeError for contracts that cannot stand beside ours
 * @example
 * ```ts
 * import { createClient } from 'keywright/client'
 *
 * const client = createClient({ baseUrl: 'https://app.example.com' })
 * const form = await client.register({ email: 'ada@example.com', password: 'correct horse battery' }).result()
 * if (!form.ok && form.error.code === 'identifier_taken') console.log(form.error.help)
 * ```
 */
export function createClient<const X extends readonly Contract[] = []>(options: ClientOptions<X> = {}): Client<Groups<X>> {
  const { baseUrl = '', basePath = '/auth', mode = 'cookie', tokens = memoryTokens(), contracts = [], ...rest } = options
  const fault = faultOf(contracts)
  if (fault) throw new TypeError(`${fault.problem}. ${fault.remedy}`)
  const state = createStateHolder()
  const send = createTransport({
    ...rest,
    at: { root: trimmed(baseUrl), base: trimmed(baseUrl) + trimmed(basePath) },
    state,
    carrier: (fetchCsrfToken) => (mode === 'bearer' ? bearerCarrier(tokens) : cookieCarrier(fetchCsrfToken)),
    // Looked up at each call: pages replace `fetch` after scripts have loaded.
    fetch: rest.fetch ?? ((request) => fetch(request)),
  })
  const callOf = (contract: Contract, key: string, input: unknown) => {
    const endpoint = contract.endpoints[key]
    if (!endpoint) throw new Error(`there is no endpoint ${contract.name}.${key}`)
    return toCall(send(endpoint, input as object | undefined))
  }
  const client = {
    ...callTree(contracts, callOf),
    get state() {
      return state.current
    },
    subscribe: state.subscribe,
  }
  return client as Client<Groups<X>>
}

/** Where the operators' API is and what opens it. */
export interface AdminClientOptions {
  /** The server's `baseUrl`; in a browser, absent means the page's own origin. */
  readonly baseUrl?: string
  /** Where the server mounts the panel: what stands in the place of `/admin`. */
  readonly basePath?: string
  /** The secret of scripts; absent, the panel's cookie is sent. */
  readonly secret?: string
  /** A token that is known already; without one, the first `admin.ping()` brings it. */
  readonly csrfToken?: string
  readonly fetch?: typeof fetch
  /** Asked when the session is over: log in again, and say whether the same operator is back. Calls that wait are then sent once more. */
  onSessionOver?(): Promise<boolean>
}

/**
 * Creates a client for operators: everything the panel can do, for scripts too. Nothing is sent before the first call.
 *
 * @example
 * ```ts
 * import { createAdminClient } from 'keywright/client'
 *
 * const admin = createAdminClient({ baseUrl: 'https://app.example.com', secret: 'from your vault, 32 bytes or longer' })
 * const { users } = await admin.users.list({ limit: 100 })
 * console.log(users.length)
 * ```
 */
export function createAdminClient(options: AdminClientOptions = {}): PanelApi {
  const { baseUrl = '', basePath = '/admin', ...rest } = options
  const send = createAdminTransport({
    ...rest,
    base: trimmed(baseUrl) + trimmed(basePath),
    fetch: rest.fetch ?? ((request) => fetch(request)),
  })
  const invoke = (contract: Contract, key: string, input: unknown) => {
    const endpoint = contract.endpoints[key]
    if (!endpoint) throw new Error(`there is no endpoint ${contract.name}.${key}`)
    return toCall(send(endpoint, input as object | undefined))
  }
  return callGroups(panelContracts, invoke) as PanelApi
}

const trimmed = (url: string): string => url.replace(/\/+$/, '')
