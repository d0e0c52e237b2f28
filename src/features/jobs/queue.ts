/**
 * A queue of the application between its processes, such as BullMQ. Ours needs none: the table is the queue, and stays the truth behind
 * this one, so a message that gets lost or arrives twice loses and doubles nothing.
 *
 * @module
 */

/**
 * Carries jobs between processes.
 *
 * @example
 * ```ts
 * import type { IQueueAdapter } from 'keywright/stores'
 *
 * const workers = new Map<string, Parameters<IQueueAdapter['registerWorker']>[1]>()
 * const queue: IQueueAdapter = {
 *   async enqueue(name, job, payload) {
 *     setImmediate(() => workers.get(name)?.({ name: job, payload }))
 *     return job
 *   },
 *   registerWorker: (name, work) => void workers.set(name, work),
 * }
 * const auth = createAuth({ ...options, infra: { queue } })
 * ```
 */
export interface IQueueAdapter {
  /**
   * Hands a job over; at least one worker of the queue gets it.
   *
   * @param options - `delay` in milliseconds; `cron` a repetition
   * @returns the queue's own id of it
   */
  enqueue(
    queue: string,
    job: string,
    payload: Readonly<Record<string, unknown>>,
    options?: { readonly delay?: number; readonly cron?: string },
  ): Promise<string>
  /** Registers this process as a worker. A rejection says that the job has failed. */
  registerWorker(
    queue: string,
    work: (job: { readonly name: string; readonly payload: Readonly<Record<string, unknown>> }) => Promise<void>,
  ): void | Promise<void>
  shutdown?(): Promise<void>
}
