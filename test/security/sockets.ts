/**
 * Callers on real sockets: each keeps a connection of its own open, so that a race begins with requests and not with handshakes.
 *
 * @module
 */
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import type { Answer } from '../flows/browser.ts'

/** What came back over a socket. */
export interface Answered {
  readonly status: number
  readonly body: Answer
  readonly headers: IncomingHttpHeaders
  /** Whether the socket was open before. */
  readonly warm: boolean
}

/** A number of sockets to one server. */
export interface Sockets {
  /** @throws Error when the connection breaks before the whole answer is there */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>
  close(): void
}

/** How often the races of this lane are run: 3 times in CI, 20 times with `KEYWRIGHT_ROUNDS=20 npm run test:security`. */
export const rounds = Array.from({ length: Number(process.env.KEYWRIGHT_ROUNDS ?? 3) }, (_, round) => round)

/** Opens `count` sockets to a server and keeps them open. */
export async function openSockets(origin: string, count: number): Promise<Sockets> {
  const agent = new Agent({ keepAlive: true, maxSockets: count })
  const sockets: Sockets = {
    send: (method, path, body, headers = {}) => send(agent, new URL(path, origin), method, body, headers),
    close: () => agent.destroy(),
  }
  await Promise.all(Array.from({ length: count }, () => sockets.send('GET', '/auth/csrf')))
  return sockets
}

function send(agent: Agent, url: URL, method: string, body: unknown, headers: Record<string, string>): Promise<Answered> {
  const payload = body === undefined ? '' : JSON.stringify(body)
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { agent, method, headers: { ...type, 'content-length': Buffer.byteLength(payload), ...headers } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          if (!response.complete) return reject(new Error('the answer was cut off'))
          const text = Buffer.concat(chunks).toString('utf8')
          const { statusCode: status = 0, headers } = response
          resolve({ status, headers, warm: sent.reusedSocket, body: (text === '' ? {} : JSON.parse(text)) as Answer })
        })
      },
    )
    sent.on('error', reject)
    sent.end(payload)
  })
}

/**
 * Sends until somebody judges: a caller whom a busy server puts off (503) asks again at once.
 *
 * @throws Error when the server puts it off 1000 times
 */
export async function insist(ask: () => Promise<Answered>): Promise<Answered> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const answer = await ask()
    if (answer.status !== 503) return answer
  }
  throw new Error('the server put a caller off a thousand times')
}
