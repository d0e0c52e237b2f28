import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { UserState } from '../users/index.ts'
import { type Credential, isDigestOf } from './credential.ts'
import type { SessionState } from './store.ts'

/** Everything of ours that decides whether a session holds, as of two versions. */
export interface Standing {
  readonly state: SessionState
  readonly user: UserState
  /** Number of the session's latest change; 0 when it never changed. */
  readonly version: number
  /** Number of the user's latest change. */
  readonly userVersion: number
}

/** How long the parent of a rotated credential is still taken: other tabs may hold it. */
const graceMs = 30_000
/** How far the clock of the node that rotated may be ahead of ours. */
const skewMs = 30_000

/** Whether nothing has ended this session: its own end, its time, the user's standing. */
export const isAlive = (state: SessionState, user: UserState, at: Date): boolean =>
  state.revokedAt === null &&
  state.expiresAt.getTime() > at.getTime() && // by number: comparing the dates themselves was a tenth of a warm check
  user.disabledAt === null &&
  state.tokenVersion === user.tokenVersion

/** @throws unauthorized when the session has ended, or was never there */
export function assertStanding(standing: Standing | undefined, at: Date): void {
  if (!standing || !isAlive(standing.state, standing.user, at)) throw new AuthError(kernelErrors.unauthorized)
}

/** Whether what was shown is the session's current credential, or its parent within the grace. */
export const holds = (state: SessionState, shown: Credential, at: Date): boolean =>
  isDigestOf(state.currentDigest, shown) || (isDigestOf(state.previousDigest, shown) && isInGrace(state, at))

/** Whether the parent of the current credential may still be shown. */
export const isInGrace = (state: SessionState, at: Date): boolean => {
  const ageMs = msSinceRotation(state, at)
  return ageMs >= -skewMs && ageMs <= graceMs
}

/** Whether the rotation is dated so far ahead that one of two clocks is wrong: nobody here can say how long ago it was. */
export const isDatedAhead = (state: SessionState, at: Date): boolean => msSinceRotation(state, at) < -skewMs

const msSinceRotation = ({ rotatedAt }: SessionState, at: Date): number =>
  rotatedAt === null ? Number.POSITIVE_INFINITY : at.getTime() - rotatedAt.getTime()
