/**
 * Other processes on a test's database: jobs that start at the same moment, and servers that can be killed.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { AuthOptions } from '../src/index.ts'
import type { Death } from './stores/application.ts'

/** Starts `count` processes on one database, lets them go together, and answers what each of them printed. */
export async function inProcesses(count: number, location: string, job: string): Promise<readonly unknown[]> {
  return released(Array.from({ length: count }, (_, index) => start('race', [location, job, `process-${index}`])))
}

/** Starts `count` processes that take from one limit in Redis at once, and answers how many takes passed in each. */
export async function takesInProcesses(count: number, url: string, prefix: string): Promise<readonly unknown[]> {
  return released(Array.from({ length: count }, () => start('redis-takes', [url, prefix])))
}

async function released(children: readonly ReturnType<typeof start>[]): Promise<readonly unknown[]> {
  for (const child of children) await child.next()
  for (const child of children) child.process.stdin.end('go\n')
  return Promise.all(children.map(async (child) => JSON.parse(await child.next())))
}

/** What a server of its own process is given; with `application` its people, hashes and session records are in that SQLite file. */
export interface ServerOptions extends Pick<AuthOptions, 'http' | 'mail' | 'email' | 'admin'> {
  readonly application?: { readonly path: string; readonly death?: Death }
}

/** A server in a process of its own, whose clock moves only when told to. */
export interface ServerProcess {
  readonly origin: string
  advance(ms: number): Promise<void>
  /** Has an operator reset a password. @returns the temporary one */
  reset(userId: string): Promise<string>
  /** @returns the bytes it has held at most so far */
  memory(): Promise<number>
  /** Waits for its end. */
  readonly ended: Promise<unknown>
  /** Has it stand still wherever it is, until it is killed. */
  freeze(): void
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Lets it close its database and end. */
  stop(): Promise<void>
}

/** Starts a server on a database and answers once it listens. */
export async function startServer(location: string, options: ServerOptions = {}): Promise<ServerProcess> {
  const child = start('server', [location, JSON.stringify(options)])
  const ended = once(child.process, 'exit')
  const origin = `http://127.0.0.1:${await child.next()}`
  return {
    origin,
    async advance(ms) {
      child.process.stdin.write(`${ms}\n`)
      await child.next()
    },
    async reset(userId) {
      child.process.stdin.write(`reset ${userId}\n`)
      return child.next()
    },
    async memory() {
      child.process.stdin.write('memory\n')
      return Number(await child.next())
    },
    ended,
    freeze: () => void child.process.kill('SIGSTOP'),
    async kill() {
      child.process.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.process.stdin.end()
      await ended
    },
  }
}

/** Starts a process with a listener that writes what it hears to a file; `ready` once it has made a user. */
export const startListener = (location: string, file: string, manner: 'hears' | 'hangs' | 'does not work') =>
  killable(start('listener', [location, file, manner]))

/** Starts a process that owes somebody a mail, or sends what is owed; `ready` once it does. */
export const startMailer = (location: string, transport: string, manner: 'owes' | 'sends') =>
  killable(start('mailer', [location, transport, manner]))

function killable(child: ReturnType<typeof start>) {
  const ended = once(child.process, 'exit')
  return {
    ready: child.next(),
    advance: (ms: number) => void child.process.stdin.write(`${ms}\n`),
    /** Ends it as a power cut would. */
    async kill() {
      child.process.kill('SIGKILL')
      await ended
    },
  }
}

function start(script: 'race' | 'redis-takes' | 'server' | 'listener' | 'mailer', args: readonly string[]) {
  const path = new URL(`./children/${script}.ts`, import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'jiti/register', path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {}) // it was killed; who writes to it hears so from its silence
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    process: child,
    async next(): Promise<string> {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the process of ${script}.ts ended without an answer`)
      return value
    },
  }
}
