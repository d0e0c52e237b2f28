/**
 * How long a session that has ended goes on to open a door.
 *
 * @module
 */
import { pause } from './nodes.ts'

/** The bound of the contract: a revocation reaches every node within it, whatever becomes of the bus. */
export const boundMs = 2_000

/**
 * Looks until the session is known to have ended, or for twice the bound.
 *
 * @returns how long after now the last look was begun that was let in; "cannot know" (503) is not let in
 */
export async function lastEntry(look: () => Promise<number>): Promise<number> {
  const since = performance.now()
  let last = 0
  while (performance.now() - since < 2 * boundMs) {
    const asked = performance.now()
    const status = await look()
    if (status === 401) break
    if (status === 200) last = asked - since
    await pause(5)
  }
  return last
}
