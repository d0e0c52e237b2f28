/**
 * A load balancer that honours `/readyz`: sends each request to one of the nodes that said 200 when last asked, and never twice.
 *
 * @module
 */
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** It. */
export interface Front {
  readonly origin: string
  /** The nodes there are; who is ready among them it finds out itself. */
  setBackends(origins: readonly string[]): void
  /** Resolves once it sends requests to `count` nodes. */
  hasReady(count: number): Promise<void>
  /** Requests that a node did not answer, or that no node was there for. */
  readonly dropped: readonly string[]
  close(): Promise<void>
}

const everyMs = 100

/** Starts it. `path` is what it asks a node by; without one a node that was named is ready. */
export async function startFront(path?: string): Promise<Front> {
  const agent = new Agent({ keepAlive: true })
  const dropped: string[] = []
  let backends: readonly string[] = []
  let ready = new Set<string>()
  let turn = 0

  function forward(req: IncomingMessage, res: ServerResponse): void {
    const able = backends.filter((origin) => path === undefined || ready.has(origin))
    const origin = able[turn++ % Math.max(1, able.length)]
    const fail = (why: string): void => {
      dropped.push(`${req.method} ${req.url} to ${origin}: ${why}`)
      if (res.headersSent) res.destroy()
      else res.writeHead(502).end('{}')
    }
    if (origin === undefined) {
      fail('nobody is ready')
      return
    }
    const onward = request(new URL(req.url ?? '/', origin), { agent, method: req.method, headers: req.headers }, (answer) => {
      const { connection: _, 'keep-alive': __, ...headers } = answer.headers
      res.writeHead(answer.statusCode ?? 502, headers)
      answer.on('error', (error) => fail(error.message))
      answer.pipe(res)
    })
    onward.on('error', (error) => fail(error.message))
    req.pipe(onward)
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, forward)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()

  async function look(): Promise<void> {
    const answers = await Promise.all(
      backends.map(async (origin) => {
        const isReady = await fetch(origin + path).then(
          ({ ok }) => ok,
          () => false,
        )
        return isReady ? [origin] : []
      }),
    )
    ready = new Set(answers.flat())
  }
  const timer = path === undefined ? undefined : setInterval(() => void look(), everyMs)

  return {
    origin: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`,
    setBackends(origins) {
      backends = origins
    },
    async hasReady(count) {
      while (ready.size < count) await new Promise((resolve) => setTimeout(resolve, everyMs))
    },
    dropped,
    async close() {
      clearInterval(timer)
      agent.destroy()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
