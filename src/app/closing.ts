import type { Logger } from '../kernel/ambient/ambient.ts'

/**
 * Lets go of what belongs to others, such as a queue of the application. One that fails or never ends is logged, and keeps nobody else from
 * closing. `patienceMs` is how long they are waited for, all together.
 */
export async function closeAll(closers: readonly (() => Promise<void>)[], logger: Logger, patienceMs = 10_000): Promise<void> {
  let left = closers.length
  const ended = closers.map(async (close) => {
    try {
      await close()
    } catch (error) {
      logger.error({ err: error }, 'something could not be closed; closing without it')
    }
    left -= 1
  })
  let patience: NodeJS.Timeout | undefined
  const overdue = new Promise<void>((resolve) => {
    patience = setTimeout(resolve, patienceMs)
  })
  await Promise.race([Promise.all(ended), overdue])
  clearTimeout(patience)
  if (left > 0) logger.warn({ left }, 'something did not close in time; closing without it')
}
