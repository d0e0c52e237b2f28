/**
 * A misconfiguration found at boot: what is wrong, and what the operator can do about it.
 *
 * @example
 * ```ts
 * await auth.ready().catch((thrown) => {
 *   if (thrown instanceof BootError) console.error(thrown.message, thrown.remedy)
 * })
 * ```
 */
export class BootError extends Error {
  override readonly name = 'BootError'
  readonly remedy: string

  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.remedy = remedy
  }
}
