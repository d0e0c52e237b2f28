/**
 * `npm run bench`: builds what is measured, compiles the benchmarks, and hands over to them.
 *
 *     npm run bench -- [name...] [--quick] [--json FILE] [--markdown] [--profile]
 *
 * The benchmarks import `keywright` as applications do and so measure `dist/`, without a loader between.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from '../scripts/build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const compiled = join(root, `tmp/bench-${process.pid}`) // of its own, so that two runs do not take each other's away
const compiler = ['node_modules/ts7/bin/tsc', '-p', 'bench/tsconfig.json', '--outDir', compiled]
process.once('exit', () => rmSync(compiled, { recursive: true, force: true }))
process.on('SIGINT', () => {}) // the benchmark under way clears up and fails, and so does the run
process.once('SIGTERM', () => process.exit(143)) // the benchmark under way notices and clears up
try {
  build()
  const { status } = spawnSync(process.execPath, compiler, { stdio: 'inherit' })
  if (status !== 0) throw new Error('The benchmarks do not compile.')
  const { main } = await import(pathToFileURL(join(compiled, 'bench/main.js')).href)
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
