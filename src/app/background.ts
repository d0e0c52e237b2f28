import type { Routine } from '../features/feature.ts'
import type { Ambient, Logger } from '../kernel/ambient/ambient.ts'

/** Work that outlives its request, and work by the clock; both end with the process, never before. */
export interface Background {
  /** Runs work once, soon. When it fails, `onFailure` is logged with the error: it says what is missing now. */
  later(work: () => Promise<void>, onFailure: string): void
  /** Aborted when `close` begins: what goes on by itself ends here. */
  readonly stopping: AbortSignal
  start(routines: readonly Routine[]): void
  /** Waits until nothing is under way. */
  settled(): Promise<void>
  /** Stops the timers and waits for what is under way, but not for ever: a listener that hangs must not hang the shutdown. */
  close(): Promise<void>
}

/** Runs background work. Timers never keep the process alive. `patienceMs` is how long `close` waits. */
export function createBackground(ambient: Pick<Ambient, 'startTimer'>, logger: Logger, patienceMs = 10_000): Background {
  const running = new Set<Promise<void>>()
  const stops: (() => void)[] = []
  const busy = new Set<string>()
  const stopper = new AbortController()

  function run(work: () => Promise<void>, failed: (error: unknown) => void): void {
    const done = new Promise<void>((resolve) => setImmediate(resolve))
      .then(work)
      .catch(failed)
      .finally(() => running.delete(done))
    running.add(done)
  }

  async function settled(): Promise<void> {
    while (running.size > 0) await Promise.all(running)
  }

  return {
    later: (work, onFailure) => run(work, (error) => logger.error({ err: error }, onFailure)),
    settled,
    stopping: stopper.signal,
    start(routines) {
      for (const routine of routines) {
        const tick = () => {
          if (busy.has(routine.name)) return
          busy.add(routine.name)
          const once = async () => {
            try {
              await routine.run()
            } finally {
              busy.delete(routine.name)
            }
          }
          run(once, (error) =>
            logger.warn({ err: error, routine: routine.name }, 'a routine failed; it runs again when it is next due'),
          )
        }
        stops.push(ambient.startTimer(routine.everyMs, tick))
      }
    },
    async close() {
      stopper.abort()
      for (const stop of stops.splice(0)) stop()
      let patience: NodeJS.Timeout | undefined
      const overdue = new Promise<void>((resolve) => {
        patience = setTimeout(resolve, patienceMs)
      })
      await Promise.race([settled(), overdue])
      clearTimeout(patience)
      if (running.size > 0) logger.warn({ left: running.size }, 'background work did not end in time; closing without it')
    },
  }
}
