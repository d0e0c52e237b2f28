/**
 * A house with one more path below its base: `GET .../ticks` sends a line and keeps the answer open until `POST .../ticks` sends the last one.
 * Nothing of ours streams yet, and every adapter has to be able to.
 *
 * @module
 */
import type { Auth } from 'keywright'

/** The same house, ticking. */
export function withTicks(auth: Auth): Auth {
  let open: ReadableStreamDefaultController<Uint8Array> | undefined
  const line = (text: string) => new TextEncoder().encode(`${text}\n`)

  function tick(request: Request): Response {
    if (request.method === 'POST') {
      open?.enqueue(line('last'))
      open?.close()
      return new Response(null, { status: 204 })
    }
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        open = controller
        controller.enqueue(line('first'))
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/plain' } })
  }

  return {
    ...auth,
    handle: async (request, from) =>
      new URL(request.url).pathname.endsWith('/ticks') ? tick(request) : auth.handle(request, from),
  }
}
