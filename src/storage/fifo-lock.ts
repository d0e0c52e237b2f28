import { AuthError, kernelErrors } from '../kernel/contract/errors.ts'

/** Gives the lock to the next in line; a second call does nothing. */
export type Release = () => void

/** A lock inside this process, given out in the order it was asked for. */
export interface FifoLock {
  /**
   * Waits for the lock.
   *
   * @throws unavailable when it is not free in time, so that work which waits for itself ends instead of hanging
   */
  acquire(): Promise<Release>
}

/** Makes a {@link FifoLock} nobody waits for longer than `patienceMs`. */
export function createFifoLock(patienceMs: number): FifoLock {
  const waiting = new Set<() => void>()
  let held = false

  function handOver(): void {
    const [next] = waiting
    if (next === undefined) held = false
    else {
      waiting.delete(next)
      next()
    }
  }
  function releaseOnce(): Release {
    let released = false
    return () => {
      if (released) return
      released = true
      handOver()
    }
  }

  return {
    acquire() {
      if (!held) {
        held = true
        return Promise.resolve(releaseOnce())
      }
      return new Promise((resolve, reject) => {
        const turn = () => {
          clearTimeout(timer)
          resolve(releaseOnce())
        }
        const timer = setTimeout(() => {
          waiting.delete(turn)
          reject(
            new AuthError(kernelErrors.unavailable, {
              retryAfterSeconds: 1,
              cause: new Error('the writer lock was not free in time'),
            }),
          )
        }, patienceMs)
        waiting.add(turn)
      })
    },
  }
}
