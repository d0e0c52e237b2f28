/**
 * `npm run test:faults`: builds the server, compiles the experiments and runs them.
 *
 *     npm run test:faults -- [id...] [--short] [--markdown]
 *
 * The long form is the default; `--short` is what CI runs. The servers under test are compiled, so that a start costs what it costs an operator.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from '../../scripts/build.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
process.chdir(root)
const compiled = join(root, `tmp/faults-${process.pid}`) // of its own, so that two runs do not take each other's away
process.once('exit', () => rmSync(compiled, { recursive: true, force: true }))
process.once('SIGTERM', () => process.exit(143)).once('SIGINT', () => process.exit(130))
try {
  build()
  const compiler = ['node_modules/ts7/bin/tsc', '-p', 'test/faults/tsconfig.json', '--outDir', compiled]
  const { status } = spawnSync(process.execPath, compiler, { stdio: 'inherit' })
  if (status !== 0) throw new Error('The experiments do not compile.')
  const { main } = await import(pathToFileURL(join(compiled, 'test/faults/main.js')).href)
  // What an experiment that broke has left open must not keep the run from ending.
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  console.error(error)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
