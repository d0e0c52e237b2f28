/**
 * Runs once before the lane: packs the package, and installs every example beside it from its own lockfile, far from the sources.
 *
 * @module
 */
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the installed examples are. */
    examples: string
    /** Which of them. */
    frameworks: readonly string[]
  }
}

/** Next, whose build takes as long as all others together, is the one example of a lane of its own. */
const frameworks = process.env.KEYWRIGHT_EXAMPLES?.split(',') ?? ['nest', 'express', 'fastify', 'koa', 'hono', 'node']
/** Nest on both of its platforms with the routes of the suite, installed where the example of Nest is. */
const nestHosts = 'nest-hosts'
/** The example of Next with the routes of the suite laid over it, and its own build. */
const nextHost = 'next-host'
const made = new Set(['node_modules', 'dist', '.next'])
const quick = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']
/** Runs a command; what it said is the message when it fails. @returns what it said */
async function runWith(env: Record<string, string>, cwd: string, command: string, ...args: string[]): Promise<string> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }
  const said = await promisify(execFile)(command, args, options).catch((error: Error & { stdout?: string }) => {
    throw new Error(`${basename(cwd)}: ${error.message}\n${error.stdout ?? ''}`)
  })
  return said.stdout
}

const run = (cwd: string, command: string, ...args: string[]) => runWith({}, cwd, command, ...args)

/** A build is whole when it has an id, which is written last; what is not whole fails here, with what Next said, and not in a test. */
async function buildNext(place: string): Promise<void> {
  const env = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
  const said = await runWith(env, place, 'node_modules/.bin/next', 'build')
  if (!existsSync(join(place, '.next/BUILD_ID'))) throw new Error(`next: the build ended well and left nothing to start\n${said}`)
}

/** The example as it is, and with the routes of the suite; one installation is enough for both. */
async function buildNextTwice(place: string, host: string): Promise<void> {
  cpSync(place, host, { recursive: true, verbatimSymlinks: true })
  cpSync('test/adapters/next', host, { recursive: true })
  cpSync('test/adapters/ticks.ts', join(host, 'ticks.ts'))
  await buildNext(place)
  await buildNext(host)
}

async function install(name: string, folder: string, tarball: string): Promise<void> {
  const place = join(folder, name)
  const from = name === nestHosts ? 'test/adapters/nest' : join('examples', name)
  cpSync(from, place, { recursive: true, filter: (path) => !made.has(basename(path)) })
  if (name === nestHosts) cpSync('test/adapters/ticks.ts', join(place, 'ticks.ts'))
  await run(place, 'npm', 'ci', ...quick)
  await run(place, 'npm', 'install', '--no-save', ...quick, tarball)
  if (name === 'next') return buildNextTwice(place, join(folder, nextHost))
  await run(place, 'node_modules/.bin/tsc')
}

/** @returns the tarball, as it would be published */
function pack(folder: string): string {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
  return join(folder, filename)
}

/** What vitest calls. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-examples-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const tarball = pack(folder)
    const waiting = frameworks.includes('nest') ? [nestHosts, ...frameworks] : [...frameworks]
    const worker = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const since = performance.now()
        await install(name, folder, tarball)
        console.log(`installed and compiled: ${name}, ${Math.round((performance.now() - since) / 1000)} s`)
      }
    }
    const done = await Promise.allSettled([worker(), worker()])
    for (const outcome of done) if (outcome.status === 'rejected') throw outcome.reason
  } catch (error) {
    await remove()
    throw error
  }
  project.provide('frameworks', frameworks)
  project.provide('examples', folder)
  return remove
}
