/**
 * Another node on a database, as the benchmark of revocations sees it.
 *
 * @module
 */
import { startChild } from './child.ts'

/** What the other node says of a token, and when: by the clock of the machine, which its processes share. */
export interface Said {
  readonly accessToken: string
  readonly what: 'let in' | 'refused'
  readonly atMs: number
}

/** A process that checks sessions. */
export interface OtherNode {
  /** Checks a token until it is refused. Answers once it was let in from memory. */
  watch(accessToken: string): Promise<{ readonly refusedMs: Promise<number> }>
  close(): Promise<void>
}

/** The clock that both processes read. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1_000_000

/** Starts the other node, see `children/checker.ts`. */
export async function otherNode(location: string, bus: readonly string[]): Promise<OtherNode> {
  const { process: child, ended, close } = await startChild('checker', [location, ...bus])
  const waiting = new Map<string, (atMs: number) => void>()
  const key = (accessToken: string, what: Said['what']) => `${what} ${accessToken}`
  const hears = (accessToken: string, what: Said['what']): Promise<number> =>
    Promise.race([ended, new Promise<number>((resolve) => waiting.set(key(accessToken, what), resolve))])
  child.on('message', ({ accessToken, what, atMs }: Said) => {
    waiting.get(key(accessToken, what))?.(atMs)
    waiting.delete(key(accessToken, what))
  })
  return {
    async watch(accessToken) {
      const [letIn, refusedMs] = [hears(accessToken, 'let in'), hears(accessToken, 'refused')]
      child.send(accessToken)
      await letIn
      return { refusedMs }
    },
    close,
  }
}
