/**
 * Where password hashes are kept. The text is ours to write and read: a PHC string (argon2id), or the foreign hash you imported.
 *
 * @example
 * ```ts
 * import type { IPasswordStore } from 'keywright/stores'
 *
 * const hashes = new Map<string, string | null>()
 * const passwords: IPasswordStore = {
 *   find: async (userId) => hashes.get(userId),
 *   async set(userId, hash, ifCurrent) {
 *     if (ifCurrent !== undefined && (hashes.get(userId) ?? null) !== ifCurrent) return false
 *     hashes.set(userId, hash)
 *     return true
 *   },
 * }
 * const auth = createAuth({ ...options, stores: { passwords } })
 * ```
 */
export interface IPasswordStore {
  /** Asked for an id of nobody, a UUID, when an unknown name logs in: answers nothing then. What it throws is taken for an outage. */
  find(userId: string): Promise<string | null | undefined>
  /**
   * Sets the hash; `null` removes it.
   *
   * Called before a person is there for the first hash, and with `null` to take it back when they never came to be.
   *
   * With `ifCurrent` it must compare and set in one statement (`... where hash = $ifCurrent`): two changes of one password race, and the
   * loser must be told.
   *
   * @returns whether the row was changed
   */
  set(userId: string, hash: string | null, ifCurrent?: string | null): Promise<boolean>
}
