/**
 * From anything thrown to a refusal that may leave the house, and the log lines that go with it.
 *
 * Invariant: no cause is lost. A bug is `internal_error` with an id, and the log line with that id has the cause; what is missing while
 * requests are refused with 503 is logged once when it begins, and once when it is over.
 *
 * @module
 */
import type { Ambient } from '../ambient/ambient.ts'
import { AuthError, isAuthError, kernelErrors } from '../contract/errors.ts'

/** Makes refusals of one deployment. */
export interface Refusals {
  /** A refusal is copied, so that two requests never share one; whatever else was thrown is a bug. */
  of(thrown: unknown, id: string): AuthError
  /** Notes that a request was answered: an outage may be over. */
  answered(): void
}

/** An outage is over when nothing was refused for this long; until then one request may be lucky. */
const quietMs = 10_000

/** Builds the refusals of one deployment. */
export function createRefusals({ logger, clock }: Pick<Ambient, 'logger' | 'clock'>): Refusals {
  let refusedMs: number | undefined

  function noteOutage(error: AuthError, id: string): void {
    // A house that only guards hears of no answer that ended the outage: one that begins after a quiet time is another one.
    if (refusedMs === undefined || clock.monotonicMs() - refusedMs >= quietMs)
      logger.error({ err: error.cause ?? error, id }, 'requests are refused: something we need is away')
    refusedMs = clock.monotonicMs()
  }

  return {
    of(thrown, id) {
      if (isAuthError(thrown) && thrown.status >= 400) {
        if (thrown.status === 503) noteOutage(thrown, id)
        return copyOf(thrown, id)
      }
      logger.error({ err: thrown, id }, 'a request failed')
      return new AuthError(kernelErrors.internal_error, { cause: thrown, id })
    },
    answered() {
      if (refusedMs === undefined || clock.monotonicMs() - refusedMs < quietMs) return
      refusedMs = undefined
      logger.warn({}, 'requests are answered again')
    },
  }
}

function copyOf(error: AuthError, id: string): AuthError {
  const { code, status, title, detail, help, retryAfterSeconds, issues } = error
  const wait = retryAfterSeconds ?? (status === 503 ? 1 : undefined)
  return new AuthError(
    { code, status, title, ...(detail !== undefined && { detail }), ...(help !== undefined && { help }) },
    {
      id,
      ...('cause' in error && { cause: error.cause }),
      ...(wait !== undefined && { retryAfterSeconds: wait }),
      ...(issues && { issues }),
    },
  )
}
