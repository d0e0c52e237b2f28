/** A misconfiguration found at boot: what is wrong, and what the operator can do about it. */
export class BootError extends Error {
  override readonly name = 'BootError'
  readonly remedy: string

  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.remedy = remedy
  }
}
