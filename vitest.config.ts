/**
 * Which tests a lane runs, and on which engines.
 *
 * `unit` runs everything but the heavy folders, on SQLite; `services` runs what opens an engine, on all of them; `sqlite` the
 * parts and a few flows on SQLite alone, for other versions of Node; `security` the races in full; `timing` what is measured; `e2e` uses the pages in Chromium; `examples` installs
 * every example from the packed tarball.
 * Which engines a test opens is read from `KEYWRIGHT_ENGINES` by `test/engines.ts`.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

const embedded = 'sqlite-file'
const everyEngine = 'sqlite-memory,sqlite-file,postgres'
const elsewhere = ['security', 'services', 'package', 'examples', 'faults', 'e2e'].map((folder) => `test/${folder}/**`)

/** A suite of a framework that is not among the examples of this run has nothing to run in. */
const examples = process.env.KEYWRIGHT_EXAMPLES?.split(',') ?? ['nest']
const notInstalled = ['nest', 'next']
  .filter((name) => !examples.includes(name))
  .map((name) => `test/examples/${name}-suite.test.ts`)

const testsIn = (...folders: string[]): string[] =>
  folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)))
    .filter((path) => path.endsWith('.test.ts'))

const sourceOfPackage = [
  { find: /^keywright$/, replacement: resolve('src/index.ts') },
  { find: /^keywright\/([a-z-]+)$/, replacement: resolve('src/$1.ts') },
]

const openers = ['test/engines.ts', 'test/flows/houses.ts'].map((path) => resolve(path))

/** Whether a test imports the engines it runs on. */
function opensEngines(file: string): boolean {
  const imported = readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)
  return [...imported].some(([, specifier = '']) => openers.includes(resolve(dirname(file), specifier)))
}

interface LaneOptions {
  readonly exclude?: string[]
  readonly engines?: string
  readonly setup?: string
  readonly timeout?: number
}

const lane = (name: string, include: string[], options: LaneOptions = {}) => ({
  // The examples have manifests of their own, so the package is not their own name for itself.
  resolve: { conditions: ['source'], alias: sourceOfPackage },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', ...(options.exclude ?? [])],
    globalSetup: [options.setup ?? 'test/setup/build.ts'],
    // Nothing of ours acts at a distance, so files share what is loaded: loading it for each took half of a lane's time.
    isolate: false,
    // Far more than anything takes: a machine that is shared may stand still for seconds, and what must be quick is a benchmark.
    testTimeout: options.timeout ?? 60_000,
    hookTimeout: options.timeout ?? 60_000,
    expect: { poll: { timeout: 10_000 } },
    env: options.engines === undefined ? {} : { KEYWRIGHT_ENGINES: options.engines },
  },
})

export default defineConfig({
  test: {
    projects: [
      lane(
        'unit',
        ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.mjs'],
        { exclude: elsewhere, engines: process.env.KEYWRIGHT_ENGINES ?? embedded },
      ),
      lane('services', ['test/services/**/*.test.ts', ...testsIn('src', 'test').filter(opensEngines)], {
        // What is about files alone is tried by the lane `unit`.
        exclude: ['test/security/**', 'test/flows/restored.test.ts'],
        engines: process.env.KEYWRIGHT_ENGINES ?? everyEngine,
      }),
      // Besides the engines whatever else is a native module.
      lane(
        'sqlite',
        [
          ...testsIn('src').filter(opensEngines),
          'test/flows/{account,commits,life,restored,rotation}.test.ts',
          'src/**/sqlite*.test.ts',
          'src/features/password/*.test.ts',
        ],
        {
          exclude: elsewhere,
          engines: embedded,
        },
      ),
      lane('security', ['test/security/**/*.test.ts'], {
        exclude: ['test/security/*timing.test.ts'],
        engines: process.env.KEYWRIGHT_ENGINES ?? everyEngine,
      }),
      // By themselves and one after the other: whatever else runs is noise to them.
      lane('timing', ['test/security/*timing.test.ts'], { engines: process.env.KEYWRIGHT_ENGINES ?? everyEngine }),
      lane('e2e', ['test/e2e/**/*.test.ts'], { engines: embedded, timeout: 240_000 }),
      lane('examples', ['test/examples/**/*.test.ts'], { exclude: notInstalled, setup: 'test/examples/install.ts' }),
    ],
  },
})
