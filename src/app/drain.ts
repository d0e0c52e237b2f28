/**
 * How a server lets go of its port.
 *
 * Invariant: a load balancer that honours `/readyz` loses no request by a stop. While one asks, the port stays open until it has been told 503
 * and has sent nothing for a moment; only then connections are closed, since a request may be on its way on any that is kept alive.
 *
 * @module
 */
import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import type { Clock } from '../kernel/ambient/ambient.ts'

/** What a stop may take altogether; what takes longer is cut off. */
const drainMs = 10_000
/** What it may take to be noticed, so that the requests of that time can still be answered. */
const noticeMs = 8_000
/** Whoever asked for readiness twice in this time asks regularly. */
const regularMs = 15_000
/** Nothing came for this long: a load balancer has turned elsewhere. */
const lullMs = 500
const lookMs = 50

/** Watches the traffic of a server, and ends it. */
export interface Drain {
  isDraining(): boolean
  /** A request has come that is answered with `res`. */
  arrived(res: ServerResponse): void
  /** Somebody asks whether this server is ready. */
  probed(): void
  /** Turns readiness off, waits until that is noticed and everything is answered, and closes the server. */
  end(): Promise<void>
}

/** Begins to watch. */
export function createDrain(server: Server, clock: Pick<Clock, 'monotonicMs'>): Drain {
  const open = new Set<ServerResponse>()
  const now = () => clock.monotonicMs()
  let draining = false
  let probedMs = Number.NEGATIVE_INFINITY
  let gapMs = Number.POSITIVE_INFINITY
  let arrivedMs = Number.NEGATIVE_INFINITY
  let toldMs: number | undefined

  /** Whether the next question for readiness can still be expected. */
  const isProbed = () => gapMs < regularMs && now() - probedMs < Math.max(1_000, 2 * gapMs)

  /** Resolves at once where nobody asks for readiness. */
  async function noticed(): Promise<void> {
    const sinceMs = now()
    while (now() - sinceMs < noticeMs) {
      if (toldMs === undefined ? !isProbed() : now() - Math.max(arrivedMs, toldMs) >= lullMs) return
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
  }

  return {
    isDraining: () => draining,
    arrived(res) {
      arrivedMs = now()
      open.add(res)
      res.once('close', () => open.delete(res))
    },
    probed() {
      gapMs = now() - probedMs
      probedMs = now()
      if (draining) toldMs ??= probedMs
    },
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
