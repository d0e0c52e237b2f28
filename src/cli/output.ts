import { AuthError, BootError } from '../index.ts'

/** What an exit code means to the script that called. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, boot: 3, unavailable: 4 } as const

/** A command that was called in a way it cannot work. */
export class UsageError extends Error {}

/** Prints a value: JSON on one line for scripts, else the lines that people read. */
export function print(json: boolean | undefined, value: unknown, lines: () => string | readonly string[]): void {
  const text = json ? JSON.stringify(value) : [lines()].flat().join('\n')
  if (text !== '') process.stdout.write(`${text}\n`)
}

/** Lines up columns; rows of one list that come in parts pass the same `widths`, which only grow. */
export function table(rows: readonly (readonly (string | null | undefined)[])[], widths: number[] = []): string[] {
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, (cell ?? '-').length)
  return rows.map((row) =>
    row
      .map((cell, at) => (cell ?? '-').padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Says why a command failed. @returns the exit code */
export function printFailure(json: boolean, error: unknown): number {
  const { code, exit, title, remedy } = failureOf(error)
  const text = json
    ? JSON.stringify({ error: { code, title, ...(remedy !== undefined && { remedy }) } })
    : [`error: ${title}`, ...(remedy === undefined ? [] : [`       ${remedy}`])].join('\n')
  process.stderr.write(`${text}\n`)
  return exit
}

function failureOf(error: unknown): { code: string; exit: number; title: string; remedy?: string | undefined } {
  if (error instanceof BootError) return { code: 'boot_error', exit: exitCodes.boot, title: error.message, remedy: error.remedy }
  if (error instanceof UsageError) return { code: 'usage', exit: exitCodes.usage, title: error.message }
  if (error instanceof AuthError) {
    const exit = error.code === 'unavailable' ? exitCodes.unavailable : exitCodes.refused
    return { code: error.code, exit, title: error.detail ?? error.title, remedy: error.help }
  }
  return { code: 'internal_error', exit: exitCodes.refused, title: error instanceof Error ? error.message : String(error) }
}
