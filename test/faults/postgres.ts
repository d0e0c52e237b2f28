/**
 * A PostgreSQL of the run's own: Debian's binaries, a folder that goes away afterwards, a port nobody else has.
 *
 * It keeps what it acknowledges (`fsync=on`), since that is what the experiments are about. initdb refuses root, so under root everything
 * runs as the user `postgres`.
 *
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { chown, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from '../../src/cli/test-desk.ts'
import { pause } from './nodes.ts'

const run = promisify(execFile)

/** A server that may be killed. */
export interface PrivatePostgres {
  /** The URL of a database. */
  url(database: string): string
  /** Makes an empty database. @returns its URL */
  create(database: string): Promise<string>
  /** Ends every connection of clients, as an operator or a failover does. @returns how many */
  terminateBackends(): Promise<number>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Stops in the way `pg_ctl restart -m fast` does, and starts again. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** Makes one and starts it. */
export async function privatePostgres(): Promise<PrivatePostgres> {
  const bin = await binaries()
  const folder = await mkdtemp(join(tmpdir(), 'keywright-postgres-'))
  const leave = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', leave) // a run that is stopped leaves nothing behind either
  const asOwner = await ownership(folder)
  const data = join(folder, 'data')
  const port = await freePort()
  const url = (database: string) => `postgres://faults@127.0.0.1:${port}/${database}`
  let server: ChildProcess | undefined

  const [command = '', ...args] = [
    ...asOwner,
    join(bin, 'initdb'),
    '-D',
    data,
    '-U',
    'faults',
    '--auth=trust',
    '-E',
    'UTF8',
    '--no-sync',
  ]
  await run(command, args, { cwd: folder })

  async function start(): Promise<void> {
    const settings = Object.entries({
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: folder,
      fsync: 'on',
      max_connections: 200,
    }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const [file = '', ...rest] = [...asOwner, join(bin, 'postgres'), '-D', data, ...settings]
    // After a kill the backends need a moment to notice that they are orphans; until then the new server refuses to start.
    for (let tries = 1; ; tries += 1) {
      server = spawn(file, rest, { cwd: folder, stdio: 'ignore' })
      if (await answers(url('postgres'), server)) return
      if (tries === 100) throw new Error('PostgreSQL does not start')
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const dying = server
    server = undefined
    if (!dying || dying.exitCode !== null || dying.signalCode !== null) return
    const ended = once(dying, 'exit')
    dying.kill(signal)
    await ended
  }

  await start()
  return {
    url,
    async create(database) {
      await ask(url('postgres'), `create database ${database}`)
      return url(database)
    },
    async terminateBackends() {
      const rows = await ask(
        url('postgres'),
        `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      )
      return rows.length
    },
    kill: () => end('SIGKILL'),
    start,
    async restart() {
      await end('SIGINT')
      await start()
    },
    async close() {
      await end('SIGQUIT')
      leave()
      process.removeListener('exit', leave)
    },
  }
}

/** Runs one statement on a connection of its own. */
export async function ask<R extends pg.QueryResultRow>(url: string, statement: string, values: unknown[] = []): Promise<R[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  client.on('error', () => {}) // who waits for an answer is told; a connection that is cut later concerns nobody
  await client.connect()
  try {
    return (await client.query<R>(statement, values)).rows
  } finally {
    await client.end()
  }
}

/** Waits while a server starts or recovers. @returns whether it answers; `false` when it has ended */
async function answers(url: string, server: ChildProcess): Promise<boolean> {
  while (server.exitCode === null && server.signalCode === null) {
    try {
      await ask(url, 'select 1')
      return true
    } catch (error) {
      if (!(error instanceof Error)) throw error
      await pause(50)
    }
  }
  return false
}

/** Debian keeps each major version in a folder of its own; elsewhere the binaries are on the path. */
async function binaries(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? '' : `/usr/lib/postgresql/${newest}/bin`
}

/** @returns what stands before each command */
async function ownership(folder: string): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return []
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (which) => Number((await run('id', [which, 'postgres'])).stdout)))
  await chown(folder, uid ?? 0, gid ?? 0)
  // A server whose runner was killed must not stay behind: the kernel ends it with its parent.
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--pdeathsig=KILL', '--']
}
