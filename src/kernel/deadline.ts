/**
 * Until when one request may ask the database.
 *
 * Invariant: after its deadline a request begins no statement, so it ends with the one that is under way. What was sent is waited for: a
 * commit is never given up.
 *
 * @module
 */
import type { Clock } from './ambient/ambient.ts'
import { AuthError, kernelErrors } from './contract/errors.ts'
import type { Ctx } from './ctx.ts'

/** The same caller for work that nobody waits for, or that takes back what must not stay half done. */
export const withoutDeadline = ({ deadlineMs: _, ...ctx }: Ctx): Ctx => ctx

/** @throws unavailable once the time of the request is over; trusted code and jobs have no deadline */
export function assertInTime({ deadlineMs }: Pick<Ctx, 'deadlineMs'>, clock: Pick<Clock, 'monotonicMs'>): void {
  if (deadlineMs === undefined || clock.monotonicMs() < deadlineMs) return
  const cause = new Error('the request has had its time: too many slow statements')
  throw new AuthError(kernelErrors.unavailable, { cause, retryAfterSeconds: 1 })
}
