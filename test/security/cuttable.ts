/**
 * A wire between a house and its database that a test can cut: a TCP proxy on loopback. The server behind it notices nothing.
 *
 * @module
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** The wire. */
export interface Cuttable {
  /** The database's URL by way of the wire. */
  readonly url: string
  /** Breaks what is connected and lets nobody connect. */
  cut(): void
  restore(): void
  close(): Promise<void>
}

/** Lays a wire to the server of a PostgreSQL URL. */
export async function cuttable(location: string): Promise<Cuttable> {
  const target = new URL(location)
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return void near.destroy()
    const far = connect(Number(target.port || 5432), target.hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy()) // a wire that breaks on one side is broken on the other; nobody here wants to know why
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = new URL(location)
  url.host = `127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`

  return {
    url: url.href,
    cut() {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    restore() {
      isCut = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
