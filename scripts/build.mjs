/**
 * Builds `dist/` from `src/`, when something under `src/` has changed since the last time.
 *
 * The new tree is made beside the old one and swapped in, so an interrupted build never leaves half a package.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'dist/.build')
const inputs = ['src', 'package.json', 'tsconfig.base.json', 'tsconfig.build.json', 'scripts/build.mjs']
const swaggerFiles = ['swagger-ui-bundle.js', 'swagger-ui-bundle.js.LICENSE.txt', 'swagger-ui.css', 'LICENSE', 'NOTICE']

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path).flatMap((name) => filesOf(join(path, name)))
}

/** Names, sizes and times of everything the build reads. */
function fingerprint() {
  const hash = createHash('sha256')
  for (const file of inputs.flatMap((input) => filesOf(join(root, input))).filter((path) => !path.endsWith('.test.ts'))) {
    const { mtimeMs, size } = statSync(file)
    hash.update(`${file}\n${mtimeMs}\n${size}\n`)
  }
  return hash.digest('hex')
}

/** Copies what the API docs page needs, so that it works offline. */
function vendorSwagger(dist) {
  const folder = join(dist, 'vendor/swagger-ui')
  mkdirSync(folder, { recursive: true })
  for (const file of swaggerFiles) cpSync(join(root, 'node_modules/swagger-ui-dist', file), join(folder, file))
}

/**
 * Builds when `dist/` is stale.
 *
 * @returns whether there was anything to do
 * @throws Error with the compiler's words when the sources do not compile
 */
export function build() {
  const now = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return false
  const compiler = join(root, 'node_modules/ts7/bin/tsc')
  if (!existsSync(compiler)) throw new Error('Dependencies are missing: run "npm ci" first.')
  const next = join(root, `tmp/dist-${process.pid}`)
  try {
    const args = [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', next]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`The sources do not compile.\n${stdout}${stderr}`)
    vendorSwagger(next)
    const bin = join(next, 'cli/main.js')
    if (existsSync(bin)) chmodSync(bin, 0o755)
    writeFileSync(join(next, '.build'), now)
    rmSync(join(root, 'dist'), { recursive: true, force: true })
    renameSync(next, join(root, 'dist'))
    return true
  } finally {
    rmSync(next, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(build() ? 'built dist/' : 'dist/ is up to date')
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
