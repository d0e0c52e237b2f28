import { BootError, isAuthError } from '../index.ts'

/** What one look found. */
export interface Finding {
  readonly check: string
  readonly level: 'ok' | 'advice' | 'fault'
  /** Whether the server can work in spite of it. */
  readonly ok: boolean
  readonly detail: string
  /** What to do about it. */
  readonly remedy?: string
}

/** Something that works and could be better. */
export class Advice extends Error {
  readonly remedy: string | undefined

  constructor(message: string, remedy?: string) {
    super(message)
    this.remedy = remedy
  }
}

/** Ends a look with a fault. @throws BootError */
export function refuse(message: string, remedy: string): never {
  throw new BootError(message, remedy)
}

/** Takes one look. */
export async function finding(check: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { check, level: 'ok', ok: true, detail: await look() }
  } catch (error) {
    const remedy = error instanceof Advice || error instanceof BootError ? error.remedy : undefined
    const told = { detail: reasonOf(error), ...(remedy !== undefined && { remedy }) }
    return error instanceof Advice ? { check, level: 'advice', ok: true, ...told } : { check, level: 'fault', ok: false, ...told }
  }
}

/** What was thrown, in words for an operator. */
export function reasonOf(error: unknown): string {
  if (isAuthError(error)) return error.detail ?? error.title
  return error instanceof Error ? error.message : String(error)
}
