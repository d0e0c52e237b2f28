/**
 * Bodies that take their time (CWE-400).
 *
 * Invariant: a body is whole within 30 s of its headers, or its connection is closed. A file may take a quarter of an hour, as long as its answer is
 * awaited: whoever may send none is refused before it is read. Node's own bound (`requestTimeout`) knows of no routes, so it is off.
 *
 * @module
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Ambient } from '../kernel/ambient/ambient.ts'

const lookMs = 1_000
/** Leaves room for a look, and for a machine that is busy. */
const bodyMs = 28_000
const fileMs = 15 * 60_000

interface Coming {
  readonly res: ServerResponse
  readonly isFile: boolean
  readonly sinceMs: number
}

/** Closes connections whose bodies take too long, for as long as the server lives. */
export function boundBodies(
  server: Server,
  { clock, startTimer }: Pick<Ambient, 'clock' | 'startTimer'>,
  takesFile: (method: string, pathname: string) => boolean,
): void {
  const coming = new Map<IncomingMessage, Coming>()
  server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
    if (req.headers['transfer-encoding'] === undefined && !(Number(req.headers['content-length']) > 0)) return
    const [pathname = ''] = (req.url ?? '').split('?', 1)
    coming.set(req, { res, isFile: takesFile(req.method ?? '', pathname), sinceMs: clock.monotonicMs() })
  })
  const look = () => {
    const nowMs = clock.monotonicMs()
    for (const [req, { res, isFile, sinceMs }] of coming) {
      const isLate = nowMs - sinceMs > (isFile && !res.writableEnded ? fileMs : bodyMs)
      if (isLate && !req.complete) cutOff(req, res)
      if (isLate || req.complete || req.destroyed) coming.delete(req)
    }
  }
  server.once('listening', () => server.once('close', startTimer(lookMs, look)))
}

/** As Node does at its own bounds (RFC 9110 §15.5.9). */
function cutOff({ socket }: IncomingMessage, res: ServerResponse): void {
  if (!res.headersSent) socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
  socket.destroy()
}
