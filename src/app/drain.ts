/**
 * How a server lets go of its port.
 *
 * Invariant: load balancers that honour `/readyz` lose no request by a stop. While they ask, the port stays open until each has been told 503
 * and nothing has come for a moment; only then connections are closed, since a request may be on its way on any that is kept alive.
 *
 * @module
 */
import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import type { Clock } from '../kernel/ambient/ambient.ts'
import { watchProbes } from './probes.ts'

/** What a stop may take altogether; what takes longer is cut off. */
const drainMs = 10_000
/** What it may take to be noticed, so that the requests of that time can still be answered. */
const noticeMs = 8_000
/** Nothing came for this long: load balancers have turned elsewhere. */
const lullMs = 500
const lookMs = 50

/** Watches the traffic of a server, and ends it. */
export interface Drain {
  isDraining(): boolean
  /** A request has come that is answered with `res`. */
  arrived(res: ServerResponse): void
  /** Somebody at this address asks whether this server is ready. */
  probed(from: string | undefined): void
  /** Turns readiness off, waits until that is noticed and everything is answered, and closes the server. */
  end(): Promise<void>
}

/** Begins to watch. */
export function createDrain(server: Server, clock: Pick<Clock, 'monotonicMs'>): Drain {
  const open = new Set<ServerResponse>()
  const now = () => clock.monotonicMs()
  const probes = watchProbes(clock)
  let draining = false
  let arrivedMs = Number.NEGATIVE_INFINITY

  /** Resolves at once where nobody asks for readiness. */
  async function noticed(): Promise<void> {
    const sinceMs = now()
    const roundMs = probes.roundMs()
    if (roundMs === 0) return
    // Whoever was told last has sent what it sends before it hears of it.
    const isNoticed = () => now() - Math.max(arrivedMs, sinceMs + roundMs) >= lullMs
    while (now() - sinceMs < noticeMs && !isNoticed()) await new Promise((resolve) => setTimeout(resolve, lookMs))
  }

  return {
    isDraining: () => draining,
    arrived(res) {
      arrivedMs = now()
      open.add(res)
      res.once('close', () => open.delete(res))
    },
    probed: probes.asked,
    async end() {
      draining = true
      const cut = setTimeout(() => server.closeAllConnections(), drainMs)
      await noticed()
      await Promise.all([...open].map((res) => once(res, 'close')))
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeIdleConnections()
      })
      clearTimeout(cut)
    },
  }
}
