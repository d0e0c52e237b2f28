/**
 * Where requests came from. A WHATWG request has no socket, so whoever sees both notes the peer's address for later: for
 * `auth.as(request)` in a handler, behind a guard.
 *
 * @module
 */
import type { RequestLike } from './headers.ts'

/** Where a request came from, as the adapter saw it. */
export interface Peer {
  readonly ip?: string | undefined
}

const peers = new WeakMap<object, Peer>()

/** Notes the peer of a request object; it is forgotten with the request. */
export const rememberPeer = (request: object, peer: Peer): void => void peers.set(request, peer)

/** The peer of a request: as told now, as told before, or its socket's. */
export const peerOf = (request: RequestLike, told?: Peer): Peer =>
  told ?? peers.get(request) ?? { ip: request.socket?.remoteAddress }
