/**
 * The time by which sessions are removed for good.
 *
 * Invariant: one clock that is suddenly ahead removes nothing. A session it takes for expired is refused there until the clock is right again;
 * removed, it would be gone for every node. So a leap ahead is not believed before the clock has stood by it for a day.
 * Not here: a clock that was wrong before this process began. Where the database has a clock of its own, that one is asked too (`store.sql.ts`).
 *
 * @module
 */
import type { Clock, Logger } from '../../kernel/ambient/ambient.ts'

/** Further than a clock that is kept in step is ever set at once, between two looks. */
const leapMs = 60_000
/** A machine that slept has leapt for good: it is believed in the end. */
const doubtMs = 86_400_000

/** Builds the function that answers `at`, or an earlier instant while the clock that showed `at` is in doubt. */
export function createTrustedTime(clock: Clock, logger: Logger): (at: Date) => Date {
  const wallAhead = (): number => clock.now().getTime() - clock.monotonicMs()
  let trusted = wallAhead()
  let doubt: { readonly shown: number; readonly sinceMs: number } | undefined

  function look(): void {
    const [shown, sinceMs] = [wallAhead(), clock.monotonicMs()]
    const isBelieved = shown <= trusted + leapMs || (doubt && shown <= doubt.shown + leapMs && sinceMs - doubt.sinceMs >= doubtMs)
    if (isBelieved) {
      trusted = shown
      doubt = undefined
    } else if (!doubt || shown > doubt.shown + leapMs) {
      doubt = { shown, sinceMs }
      logger.warn(
        { aheadMs: shown - trusted },
        'the clock has leapt ahead; sessions it takes for expired are kept for another day',
      )
    }
  }

  return (at) => {
    look()
    const believedMs = trusted + clock.monotonicMs()
    return at.getTime() <= believedMs + leapMs ? at : new Date(believedMs)
  }
}
