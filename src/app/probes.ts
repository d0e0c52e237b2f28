/**
 * Who asks regularly whether a server is ready, and how long it takes until all of them have asked once more.
 *
 * Invariant: whoever asks at least every 6 s is told of a stop before the port is let go, however many ask beside. They are told apart by their
 * address: of several behind one the gaps could not be known.
 *
 * @module
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/ambient/ambient.ts'

/** Whoever asks more rarely is not waited for: a monitor, a person. */
const regularMs = 15_000
/** What a stop may wait for at most: a stop as a whole has 10 s. */
const mostMs = 8_000
/** Below this a probe that is late because a machine is busy would be missed. */
const leastMs = 1_000
/** Probes are not punctual. */
const slack = 1.25
const keptGaps = 4
/** `/readyz` is open to everybody, so somebody may try to be very many. */
const mostProbers = 256

/** Watches who asks for readiness. */
export interface Probes {
  asked(from: string | undefined): void
  /** How long from now until everybody who asks regularly has asked; 0 where nobody does. */
  roundMs(): number
}

interface Prober {
  readonly atMs: number
  /** Between its last questions. One may have been asked by hand in between, so the longest counts. */
  readonly gapsMs: readonly number[]
}

/** Begins to watch. */
export function watchProbes({ monotonicMs }: Pick<Clock, 'monotonicMs'>): Probes {
  const probers = new LRUCache<string, Prober>({ max: mostProbers })

  /** 0 for one that has ceased, or never asked regularly. */
  function gapOf({ atMs, gapsMs }: Prober): number {
    const gapMs = Math.max(0, ...gapsMs)
    return monotonicMs() - atMs < Math.max(leastMs, 2 * gapMs) ? gapMs : 0
  }

  return {
    asked(from = '') {
      const atMs = monotonicMs()
      const last = probers.get(from)
      const gapMs = last ? atMs - last.atMs : Number.POSITIVE_INFINITY
      // After a pause it begins anew.
      const gapsMs = last && gapMs < regularMs ? [...last.gapsMs, gapMs].slice(-keptGaps) : []
      probers.set(from, { atMs, gapsMs })
    },
    roundMs() {
      const regular = [...probers.values()].filter(({ gapsMs }) => gapsMs.length > 0)
      const gapMs = Math.max(0, ...regular.map(gapOf))
      return gapMs === 0 ? 0 : Math.min(mostMs, Math.max(leastMs, slack * gapMs))
    },
  }
}
