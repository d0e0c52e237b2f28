/**
 * A product that is compared with, in a process of its own; from the lockfile under `bench/peers`, which is installed when it is first needed.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './child.ts'

/** What one round asks of a peer. */
export interface Round {
  readonly ms: number
  readonly atOnce: number
}

/** A peer with somebody logged in. */
export interface Peer {
  /** @returns session checks per second of its processor time */
  round(of: Round): Promise<number>
  close(): Promise<void>
}

/** Where peers are installed. */
export const folder = join(process.cwd(), 'bench/peers')

/** Opens better-auth on an empty database; with `cacheSeconds` its cookie cache answers for that long. */
export async function betterAuth(location: string, cacheSeconds?: number): Promise<Peer> {
  install()
  const args = [location, ...(cacheSeconds === undefined ? [] : [String(cacheSeconds)])]
  const { ask, close } = await startChild('peer', args)
  return { round: async (of) => Number(await ask(of)), close }
}

function install(): void {
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return // npm writes it last
  const options = ['--ignore-scripts', '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', ['ci', ...options], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error('bench/peers could not be installed')
}
