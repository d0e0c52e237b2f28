/**
 * Products that are compared with, each from the lockfile under `bench/peers`, which is installed when a benchmark first needs it.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A peer with somebody logged in. */
export interface Peer {
  readonly cookie: string
  getSession(headers: Headers): Promise<unknown>
  close(): Promise<void>
}

interface PeerModule {
  openPeer(of: { location: string; origin: string; secret: string; cacheSeconds?: number }): Promise<Peer>
}

const folder = join(process.cwd(), 'bench/peers')

/** The module that opens better-auth. */
export async function betterAuth(): Promise<PeerModule> {
  if (!existsSync(join(folder, 'node_modules'))) {
    const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
    const { status } = spawnSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) throw new Error('bench/peers could not be installed')
  }
  return import(pathToFileURL(join(folder, 'better-auth.mjs')).href)
}
