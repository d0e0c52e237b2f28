/** Short-lived values by key. */
export interface IKvStore {
  /** @returns `undefined` when there is no such key, or it has expired */
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlMs: number): Promise<void>
  /**
   * Sets a value unless there is one.
   *
   * Must be atomic: of two concurrent calls with one key, exactly one answers `true`.
   */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>
  /**
   * Returns the value and removes it.
   *
   * Must be atomic: of two concurrent calls with one key, exactly one gets the value. A store that reads and then deletes lets a
   * single-use token be spent twice.
   *
   * @returns `undefined` when there is no such key, or it has expired
   */
  take(key: string): Promise<string | undefined>
  /**
   * Adds one and returns the sum; the first call sets the time to live, later ones leave it.
   *
   * Must be atomic: of 16 concurrent calls, each gets another number.
   */
  incr(key: string, ttlMs: number): Promise<number>
  delete(key: string): Promise<void>
}
