/**
 * What every framework's `guard` and `current` are made of: the callers that were let in, by request.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import { isAuthError } from '../contract/errors.ts'
import { seal } from './answer.ts'
import { problemAnswer } from './problem.ts'

/** Remembers who a request turned out to be. */
export interface Admissions<A> {
  remember(request: object, active: A): void
  /** @throws Error where no guard ran: a bug of the application, never a refusal */
  current(request: object): A
}

/** One memory per adapter; it forgets with the request. */
export function createAdmissions<A>(): Admissions<A> {
  const admitted = new WeakMap<object, A>()
  return {
    remember: (request, active) => void admitted.set(request, active),
    current(request) {
      const active = admitted.get(request)
      if (active === undefined) throw new Error('current() was called where no guard ran')
      return active
    },
  }
}

/** A refusal as a response. @throws whatever is no refusal: the framework's error handling knows what to do with a bug */
export function refusal(error: unknown): Response {
  if (!isAuthError(error)) throw error
  return seal(problemAnswer(error), error.id, false)
}

/** Writes a refusal to Node's response. */
export async function writeRefusal(response: ServerResponse, error: unknown): Promise<void> {
  const { status, headers, body } = refusal(error)
  response.writeHead(status, Object.fromEntries(headers))
  response.end(body === null ? undefined : Buffer.from(await new Response(body).arrayBuffer()))
}
