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
import { fileURLToPath } from 'node:url'
import { build } from '../scripts/build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
try {
  build()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
rmSync(join(root, 'tmp/bench'), { recursive: true, force: true })
const { status } = spawnSync(process.execPath, ['node_modules/ts7/bin/tsc', '-p', 'bench/tsconfig.json'], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
const { main } = await import(new URL('../tmp/bench/main.js', import.meta.url).href)
process.exitCode = await main(process.argv.slice(2))
