/**
 * An endpoint as data. Routing, validation, limits, OpenAPI, the typed client and the in-process calls all read this one definition.
 *
 * @module
 */
import type { z } from 'zod'
import type { Access, Presented } from './access.ts'
import type { ErrorDef } from './errors.ts'
import type { EventDef } from './event.ts'
import type { Upload } from './file.ts'
import type { LimitClass } from './limits.ts'

/** Everything there is to say about one endpoint. */
export interface EndpointDef {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Under the base path, unless `root` says otherwise; `:name` segments are `params`. */
  readonly path: `/${string}`
  readonly access: Access
  readonly summary: string
  readonly description?: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** The body is a file, read as a stream: `body` is `fileBody()`. */
  readonly upload?: Upload
  /** The answer is a file: `returns` is `download()`. */
  readonly download?: true
  /** Absent: nothing to return, 204. */
  readonly returns?: z.ZodType
  readonly status?: 200 | 201 | 202
  readonly errors?: readonly ErrorDef[]
  readonly rateLimit?: LimitClass
  /** Picks from the parsed input, or from what was presented, what the row's `subject` limit counts; it is digested before it is stored. */
  readonly limitBy?: (input: never, presented: Presented) => string | undefined
  /**
   * The handler answers a {@link Granted} value, which `deliver` turns into cookies or tokens. `'clear'`: it only takes cookies away. What
   * hands out a credential cannot be called in process, where nobody would deliver it.
   */
  readonly grants?: true | 'clear'
  /** Credentials are at stake: a signed CSRF token is asked for besides the origin check, whatever the deployment asks elsewhere. */
  readonly csrf?: 'token'
  /**
   * Whether an operator may call it who sees what a user sees. Absent: what only shows, and of the application also what changes something where
   * the operator was let do that.
   */
  readonly impersonated?: boolean
  /** How long a public answer may be kept by caches; absent: not at all. */
  readonly cacheSeconds?: number
  /** Also mounted outside the base path (`/.well-known/...`); `'only'`: nowhere else. */
  readonly root?: true | 'only'
}

/**
 * Declares one endpoint.
 *
 * @example
 * ```ts
 * const show = endpoint({ method: 'GET', path: '/invoices/latest', access: 'session', summary: 'My latest invoice', returns: Invoice })
 * ```
 */
export function endpoint<const D extends EndpointDef>(def: D): D {
  return def
}

/** The endpoints and events of one feature. */
export interface Contract<
  N extends string = string,
  E extends Record<string, EndpointDef> = Record<string, EndpointDef>,
  V extends Record<string, EventDef> = Record<string, EventDef>,
> {
  readonly name: N
  readonly endpoints: E
  readonly events: V
}

/**
 * Names a set of endpoints, so that server, client and OpenAPI can share it.
 *
 * @example
 * ```ts
 * const invoices = contract('invoices', {
 *   list: endpoint({ method: 'GET', path: '/invoices', access: 'session', summary: 'My invoices', returns: z.array(Invoice) }),
 * })
 * ```
 */
export function contract<
  const N extends string,
  const E extends Record<string, EndpointDef>,
  const V extends Record<string, EventDef> = Record<never, EventDef>,
>(name: N, endpoints: E, events?: V): Contract<N, E, V> {
  return { name, endpoints, events: events ?? ({} as V) }
}

/** The roles a cookie of ours can play; its wire name depends on the scheme. */
export type CookieRole = 'session' | 'csrf' | 'login' | 'device' | 'oauth' | 'admin'

/** What a handler hands out besides its value. `deliver` alone knows how it travels. */
export interface Grant {
  readonly set?: readonly { readonly cookie: CookieRole; readonly value: string; readonly expiresAt?: Date }[]
  readonly clear?: readonly CookieRole[]
  readonly tokens?: { readonly accessToken: string; readonly refreshToken: string; readonly expiresIn: number }
  /** The session a fresh CSRF token is bound to. */
  readonly csrfBinding?: string
}

/** A value with what has to be delivered beside it. */
export interface Granted<T> {
  readonly value: T
  readonly grant: Grant
}
