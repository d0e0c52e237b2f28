/** Where password hashes are kept. The text is ours to write and read: a PHC string (argon2id), or the foreign hash you imported. */
export interface IPasswordStore {
  find(userId: string): Promise<string | null | undefined>
  /**
   * Sets the hash; `null` removes it.
   *
   * With `ifCurrent` it must compare and set in one statement (`... where hash = $ifCurrent`): two changes of one password race, and the
   * loser must be told.
   *
   * @returns whether the row was changed
   */
  set(userId: string, hash: string | null, ifCurrent?: string | null): Promise<boolean>
}
