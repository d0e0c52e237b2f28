/**
 * What every framework's `guard` and `current` are made of: one call of `auth.require`, and the callers that were let in, by request.
 *
 * Invariant: a check answers or lets in; it never throws and never lets in by mistake. What is demanded is read when the guard is made.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Demands } from '../contract/access.ts'
import { readDemands } from './demands.ts'
import type { RequestLike } from './headers.ts'

/** What a guard asks. */
export interface GuardPort<A> {
  require(request: RequestLike, demands?: Demands): Promise<A>
  refuse(request: RequestLike, thrown: unknown): Response
}

/** Lets a caller in, or answers the refusal to send. Never throws. */
export type Check = (request: RequestLike) => Promise<Response | undefined>

/** The guards of one adapter. */
export interface Guards<A> {
  /** @throws BootError for demands that cannot be meant */
  check(demands: Demands | undefined): Check
  /** @throws Error where no guard ran: a bug of the application, never a refusal */
  current(request: object): A
}

/** One memory per adapter; it forgets with the request. */
export function createGuards<A>(auth: GuardPort<A>): Guards<A> {
  const admitted = new WeakMap<object, A>()
  return {
    check(demands) {
      const asked = readDemands(demands)
      return async (request) => {
        try {
          admitted.set(request, await auth.require(request, asked))
          return undefined
        } catch (thrown) {
          return auth.refuse(request, thrown)
        }
      }
    },
    current(request) {
      const active = admitted.get(request)
      if (active === undefined) throw new Error('current() was called where no guard ran')
      return active
    },
  }
}

/** An answer as values, for hosts that send it their own way. */
export async function valuesOf({ status, headers, body }: Response) {
  return { status, headers: Object.fromEntries(headers), bytes: Buffer.from(await new Response(body).arrayBuffer()) }
}

/** Writes an answer to Node's response. One that has begun cannot be taken back: it is cut off, so that nobody takes it for whole. */
export async function writeResponse(to: ServerResponse, answer: Response): Promise<void> {
  if (to.headersSent) return void (to.writableEnded || to.destroy())
  const { status, headers, bytes } = await valuesOf(answer)
  to.writeHead(status, headers).end(bytes)
}
