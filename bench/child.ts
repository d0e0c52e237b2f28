/**
 * Processes beside the benchmark, from `children/`. Each says something when it is ready, and ends when nobody listens any more.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that is ready. */
export interface Child<T> {
  readonly process: ChildProcess
  /** What it said first. */
  readonly ready: T
  /** Rejects when it ends. Nobody has to listen. */
  readonly ended: Promise<never>
  /** Sends a message. @returns the next one that comes back @throws Error when the child ends first */
  ask(message: object | string): Promise<unknown>
  close(): Promise<void>
}

/** Starts one. @throws Error when it ends before it is ready */
export async function startChild<T>(name: string, args: readonly string[]): Promise<Child<T>> {
  const child = fork(fileURLToPath(new URL(`./children/${name}.js`, import.meta.url)), args)
  const exited = once(child, 'exit')
  const ended = exited.then(([code]): never => {
    throw new Error(`${name} ended with ${code}`)
  })
  ended.catch(() => {})
  const said = async () => {
    const [message] = await Promise.race([once(child, 'message'), ended])
    return message
  }
  return {
    process: child,
    ready: await said(),
    ended,
    async ask(message) {
      const answer = said()
      child.send(message)
      return answer
    },
    async close() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
