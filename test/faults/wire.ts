/**
 * A wire between a house and its database, or its Redis, that a test can cut or clog: a TCP proxy on loopback. The server behind it notices
 * nothing.
 *
 * @module
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** The wire. */
export interface Wire {
  /** The server's URL by way of the wire. */
  readonly url: string
  /** Breaks what is connected and lets nobody connect. */
  cut(): void
  /** Breaks what is connected with a reset, and goes on working. */
  reset(): void
  /** What the database answers arrives this much later; 0 is a good wire. */
  delay(ms: number): void
  /** Nothing arrives on connections that are open, in either direction, and nobody hears of it; new ones work. */
  halfOpen(): void
  /** Takes connections and delivers nothing on any of them. */
  stall(): void
  /** Makes it a good wire for new connections; what was lost stays lost. */
  restore(): void
  close(): Promise<void>
}

interface Pair {
  readonly near: Socket
  readonly far: Socket
  dead: boolean
}

/** Lays a wire to the server of a URL. */
export async function layWire(location: string): Promise<Wire> {
  const target = new URL(location)
  const pairs = new Set<Pair>()
  const state = { isCut: false, isStalled: false, delayMs: 0 }
  const server = createServer((near) => {
    if (state.isCut) return void near.destroy()
    const pair: Pair = { near, far: connect(Number(target.port || 5432), target.hostname), dead: state.isStalled }
    pairs.add(pair)
    carry(pair, near, pair.far, () => 0)
    carry(pair, pair.far, near, () => state.delayMs)
    near.on('close', () => pairs.delete(pair))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = new URL(location)
  url.host = `127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`
  const killAll = (how: (socket: Socket) => void) => {
    for (const { near, far } of pairs) for (const socket of [near, far]) how(socket)
  }

  return {
    url: url.href,
    cut() {
      state.isCut = true
      killAll((socket) => socket.destroy())
    },
    reset: () => killAll((socket) => socket.resetAndDestroy()),
    delay(ms) {
      state.delayMs = ms
    },
    halfOpen() {
      for (const pair of pairs) pair.dead = true
    },
    stall() {
      state.isStalled = true
      for (const pair of pairs) pair.dead = true
    },
    restore() {
      Object.assign(state, { isCut: false, isStalled: false, delayMs: 0 })
    },
    async close() {
      killAll((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  }
}

/** Carries bytes one way; a timer keeps their order, since all of one direction wait equally long or the earlier ones longer. */
function carry(pair: Pair, from: Socket, to: Socket, delayMs: () => number): void {
  let clearAt = 0
  from.on('data', (chunk) => {
    if (pair.dead) return
    const now = performance.now()
    clearAt = Math.max(clearAt, now + delayMs())
    if (clearAt <= now) return void to.write(chunk)
    setTimeout(() => !pair.dead && to.writable && to.write(chunk), clearAt - now).unref()
  })
  from.on('error', () => to.destroy()) // a wire that breaks on one side is broken on the other; nobody here wants to know why
  from.on('close', () => {
    if (!pair.dead || to === pair.far) to.destroy()
  })
}
