import type { Logger } from '../kernel/ambient/ambient.ts'
import { isAuthError } from '../kernel/contract/errors.ts'

/** Hears how calls of a database end. */
export interface Outages {
  answered(): void
  failed(error: unknown): void
}

/** One line when a database stops answering and one when it answers again, however many callers were refused in between. */
export function createOutages(logger: Logger, location: string): Outages {
  let down = false
  return {
    answered() {
      if (!down) return
      down = false
      logger.warn({ location }, 'the database answers again')
    },
    failed(error) {
      if (down || !isAuthError(error, 'unavailable')) return
      down = true
      logger.warn({ err: error.cause, location }, 'the database does not answer; callers are told to try again')
    },
  }
}
