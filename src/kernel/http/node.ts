/**
 * The bridge to Node: one listener for raw http, Express, Koa and Fastify, over Hono's.
 *
 * Invariant: the host's request object is never written to. A body the host has parsed, and the URL before a mount was cut off, are shown to
 * the core on a view of the request.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { AuthError, kernelErrors } from '../contract/errors.ts'
import type { HttpCore } from './core.ts'

/** What a framework knows of a request that Node's own object does not say any more. */
export interface HostView {
  /** The URL before a mount was cut off (Express, Connect, Koa). */
  originalUrl?: string
  /** A body the host has read and parsed. */
  body?: unknown
  /** The bytes of that body, where the host kept them. */
  rawBody?: unknown
}

/** Node's request with what frameworks write on it. */
export type HostRequest = IncomingMessage & HostView

/** A listener for `http.createServer`, and a middleware where there is a `next`. */
export type NodeListener = (req: HostRequest, res: ServerResponse, next?: (error?: unknown) => void) => void

/** Answers a request that is ours. @returns whether it is */
export type Bridge = (req: IncomingMessage, res: ServerResponse, host: HostView) => boolean

type Core = Pick<HttpCore, 'handle' | 'owns' | 'refuse'>

/**
 * Makes a Node listener of the core. With a `next`, paths that are not ours are passed on; without one they are answered with 404.
 *
 * @example
 * ```ts
 * createServer(toNodeListener(auth)).listen(3000)
 * ```
 */
export function toNodeListener(core: Core): NodeListener {
  const answer = answererOf(core)
  return (req, res, next) => {
    if (next && !core.owns(pathOf(req, req))) return next()
    answer(req, res, req)
  }
}

/** Makes the bridge for hosts that keep what they know of a request beside Node's object. */
export function toBridge(core: Core): Bridge {
  const answer = answererOf(core)
  return (req, res, host) => {
    const isOurs = core.owns(pathOf(req, host))
    if (isOurs) answer(req, res, host)
    return isOurs
  }
}

const urlOf = (req: IncomingMessage, { originalUrl }: HostView): string => originalUrl ?? req.url ?? '/'
const pathOf = (req: IncomingMessage, host: HostView): string => urlOf(req, host).split('?', 1)[0] ?? '/'

function answererOf({ handle, refuse }: Core) {
  const listen = getRequestListener((request, { incoming }) => handle(request, { ip: incoming.socket?.remoteAddress }), {
    overrideGlobalObjects: false,
    // Host headers and request targets that are no URL never become a `Request`.
    errorHandler: () => refuse({ headers: {} }, new AuthError(kernelErrors.validation_failed)),
  })
  return (req: IncomingMessage, res: ServerResponse, host: HostView): void => void listen(viewOf(req, host), res)
}

/** The request itself when it says all there is to say, else a view of it. */
function viewOf(req: IncomingMessage, host: HostView): IncomingMessage {
  const url = urlOf(req, host)
  const rawBody = req.readableDidRead ? bytesOf(host) : undefined
  const shown = new Map<PropertyKey, unknown>()
  if (url !== req.url) shown.set('url', url)
  if (rawBody) shown.set('rawBody', rawBody)
  return shown.size === 0 ? req : overlay(req, shown)
}

function bytesOf({ body, rawBody }: HostView): Buffer | undefined {
  if (Buffer.isBuffer(rawBody)) return rawBody
  if (Buffer.isBuffer(body) || body === undefined) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Shows `shown` instead of the target's own properties and keeps every write to itself. Methods run on the target: a stream is no copy. */
function overlay(target: IncomingMessage, shown: Map<PropertyKey, unknown>): IncomingMessage {
  return new Proxy(target, {
    has: (_, key) => shown.has(key) || Reflect.has(target, key),
    get(_, key) {
      if (shown.has(key)) return shown.get(key)
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set(_, key, value) {
      shown.set(key, value)
      return true
    },
  })
}
