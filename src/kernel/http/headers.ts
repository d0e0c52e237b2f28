/**
 * Reading a request, whether it is a WHATWG `Request` or what Node's frameworks hand around.
 *
 * @module
 */

/** A request as `auth.as()`, `auth.authenticate()` and the guards take it: WHATWG, Node, Express, Fastify, Koa. */
export interface RequestLike {
  readonly headers: { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>
  /** Where it is missing the request counts as one that changes something: cookies in it are good for our own pages only. */
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly socket?: { readonly remoteAddress?: string | undefined } | null | undefined
  readonly signal?: AbortSignal | null | undefined
}

/** The value of one header; repeated ones joined as Node joins them. `undefined` when it was not sent. */
export function headerOf({ headers }: RequestLike, name: Lowercase<string>): string | undefined {
  if (isHeaders(headers)) return headers.get(name) ?? undefined
  const value = headers[name] ?? headers[spellingOf(name, headers)]
  return typeof value === 'string' || value === undefined ? value : value.join(name === 'cookie' ? '; ' : ', ')
}

/** How a name is spelt in headers that code has written; Node's own are in lower case, and every request passes here. */
function spellingOf(name: string, headers: object): string {
  for (const key in headers)
    if (key.length === name.length && key.toLowerCase() === name && Object.hasOwn(headers, key)) return key
  return name
}

const isHeaders = (headers: RequestLike['headers']): headers is { get(name: string): string | null } =>
  'get' in headers && typeof headers.get === 'function'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method promises to change nothing (RFC 9110 §9.2.1). */
export const isSafeMethod = (method: string): boolean => safeMethods.has(method.toUpperCase())

/**
 * Whether a request promises to change nothing: by its method, unless it opens a socket, over which anything may be said and which a page of another
 * site can open with our cookies (RFC 6455 §10.2).
 */
export const isSafe = (request: RequestLike): boolean =>
  isSafeMethod(request.method ?? 'POST') && headerOf(request, 'upgrade')?.toLowerCase() !== 'websocket'
