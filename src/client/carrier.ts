/**
 * How a session travels with requests: a cookie the browser holds, or tokens the client holds.
 *
 * Invariant: one request carries one kind of credential. Cookies come with a CSRF token where one is owed; tokens leave the cookies at home.
 *
 * @module
 */
import type { EndpointDef } from '../kernel/contract/endpoint.ts'

/** What a bearer client has to keep. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Where a bearer client keeps its tokens: memory unless the application brings something that lasts. */
export interface TokenStore {
  get(): Tokens | undefined | Promise<Tokens | undefined>
  /** `undefined` forgets them: the session is over. */
  set(tokens: Tokens | undefined): void | Promise<void>
}

/** One way of carrying a session. */
export interface Carrier {
  readonly credentials: 'include' | 'omit'
  headersFor(endpoint: EndpointDef): Promise<Record<string, string>>
  /** What refresh and logout send beside what the caller gave. */
  proof(): Promise<{ refreshToken?: string }>
  /** Whether asking for a new credential can lead anywhere. */
  mayRefresh(): Promise<boolean>
  /** The server did not believe that a request came from us. @returns whether it can be told better */
  distrusted(): boolean
  /** A session began or went on. */
  keep(answer: object): Promise<void>
  /** The session is over. */
  drop(): Promise<void>
}

/** Whether an endpoint is for logged-in callers. */
export const asksForSession = ({ access }: EndpointDef): boolean => access !== 'public' && access !== 'pending-login'

/** Cookies. @param fetchToken asks the server for a CSRF token */
export function cookieCarrier(fetchToken: () => Promise<string>): Carrier {
  let token: Promise<string> | undefined
  let isOut = false
  let sendsAlways = false

  /** One question for parallel calls; a failed one is not remembered. */
  function csrfToken(): Promise<string> {
    if (token) return token
    const asked = fetchToken()
    token = asked
    asked.catch(() => {
      if (token === asked) token = undefined
    })
    return asked
  }

  return {
    credentials: 'include',
    async headersFor({ method, csrf }): Promise<Record<string, string>> {
      const owes = method !== 'GET' && (csrf === 'token' || sendsAlways)
      return owes ? { 'x-csrf-token': await csrfToken() } : {}
    },
    proof: async () => ({}),
    mayRefresh: async () => !isOut,
    distrusted() {
      // Another tab got a newer token, or there is no browser here to say where requests come from.
      token = undefined
      sendsAlways = true
      return true
    },
    async keep() {
      token = undefined
      isOut = false
    },
    async drop() {
      token = undefined
      isOut = true
    },
  }
}

/** Tokens in `store`. */
export function bearerCarrier(store: TokenStore): Carrier {
  return {
    credentials: 'omit',
    async headersFor(endpoint): Promise<Record<string, string>> {
      const tokens = asksForSession(endpoint) ? await store.get() : undefined
      return { 'x-auth-strategy': 'bearer', ...(tokens && { authorization: `Bearer ${tokens.accessToken}` }) }
    },
    async proof() {
      const tokens = await store.get()
      return tokens ? { refreshToken: tokens.refreshToken } : {}
    },
    mayRefresh: async () => (await store.get()) !== undefined,
    distrusted: () => false,
    async keep(answer) {
      if (hasTokens(answer)) await store.set({ accessToken: answer.accessToken, refreshToken: answer.refreshToken })
    },
    drop: async () => store.set(undefined),
  }
}

const hasTokens = (answer: object): answer is Tokens =>
  'accessToken' in answer &&
  typeof answer.accessToken === 'string' &&
  'refreshToken' in answer &&
  typeof answer.refreshToken === 'string'

/** Forgets everything with the page or the process. */
export function memoryTokens(): TokenStore {
  let kept: Tokens | undefined
  return {
    get: () => kept,
    set(tokens) {
      kept = tokens
    },
  }
}
