/**
 * Builds `dist/` from `src/` (declarations file by file, code as `bundle.mjs` says) and the panel in `dist/admin/` from `admin/`, each when
 * something it is made from has changed since the last time.
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
import { gzipSync } from 'node:zlib'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'dist/.build')
const inputs = ['src', 'package.json', 'tsconfig.base.json', 'tsconfig.build.json', 'scripts/build.mjs', 'scripts/bundle.mjs']
/** What the panel is made from besides its own folder: the client, and the contracts it is derived from. */
const panelInputs = [
  'admin',
  'src/client.ts',
  'src/client',
  'src/app/contracts.ts',
  'src/kernel/contract',
  'package.json',
  'scripts/build.mjs',
]
/** What the browser loads before the first screen, gzipped, in kilobytes. */
const firstLoadLimit = 300
const swaggerFiles = ['swagger-ui-bundle.js', 'swagger-ui-bundle.js.LICENSE.txt', 'swagger-ui.css', 'LICENSE', 'NOTICE']

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path).flatMap((name) => filesOf(join(path, name)))
}

const contracts = () =>
  readdirSync(join(root, 'src/features')).flatMap((name) => {
    const path = `src/features/${name}/contract.ts`
    return existsSync(join(root, path)) ? [path] : []
  })

/** Names, sizes and times of everything a build reads. */
function fingerprint(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((input) => filesOf(join(root, input))).filter((path) => !path.endsWith('.test.ts'))) {
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

/** Runs a tool of ours in a process of its own. @throws Error with its words when it fails */
function run(fault, script, args) {
  const path = join(root, script)
  if (!existsSync(path)) throw new Error('Dependencies are missing: run "npm ci" first.')
  // Tests that find something stale build it too, and their environment would make the panel the slow and talkative one.
  const env = { ...process.env, NODE_ENV: 'production' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`${fault}\n${stdout}${stderr}`)
}

/** Compiles the sources into a folder. */
function buildSources(next) {
  const project = join(root, 'tsconfig.build.json')
  run('The sources do not compile.', 'node_modules/ts7/bin/tsc', ['-p', project, '--outDir', next])
  run('The sources cannot be bundled.', 'scripts/bundle.mjs', [next])
  vendorSwagger(next)
  chmodSync(join(next, 'cli/main.js'), 0o755)
}

/** Bundles the panel into a folder; its first load is held to its limit. */
function buildPanel(next) {
  const args = ['build', join(root, 'admin'), '--outDir', next, '--logLevel', 'warn']
  run('The panel cannot be bundled.', 'node_modules/vite/bin/vite.js', args)
  const size = firstLoad(next)
  rmSync(join(next, '.vite'), { recursive: true, force: true })
  if (size > firstLoadLimit)
    throw new Error(`The panel loads ${size} kB before its first screen; ${firstLoadLimit} kB is the limit.`)
  return size
}

/** The page with everything it loads by itself, the words of one language, and the largest screen on top: whichever is opened first, it fits. */
function firstLoad(panel) {
  const manifest = JSON.parse(readFileSync(join(panel, '.vite/manifest.json'), 'utf8'))
  const closure = (key, found = new Set()) => {
    if (found.has(key)) return found
    found.add(key)
    for (const one of manifest[key].imports ?? []) closure(one, found)
    return found
  }
  const sizeOf = (keys) => {
    const files = new Set([...keys].flatMap((key) => [manifest[key].file, ...(manifest[key].css ?? [])]))
    return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(panel, file))).length, 0)
  }
  const entry = closure('index.html')
  const screens = manifest['index.html'].dynamicImports ?? []
  const words = Object.keys(manifest).filter((key) => key.startsWith('src/messages/'))
  if (words.length === 0) throw new Error('The words of the panel are not where they are measured.')
  const wordiest = Math.max(...words.map((key) => sizeOf([key])))
  const largest = wordiest + Math.max(sizeOf(entry), ...screens.map((key) => sizeOf(closure(key, new Set(entry)))))
  return Math.ceil((largest + gzipSync(readFileSync(join(panel, 'index.html'))).length) / 1000)
}

/**
 * Builds what is stale in `dist/`.
 *
 * @returns what was done, one line each; none when there was nothing to do
 * @throws Error with the compiler's words when the sources do not compile
 */
export function build() {
  const now = [fingerprint(inputs), fingerprint([...panelInputs, ...contracts()])]
  const then = existsSync(stamp) ? readFileSync(stamp, 'utf8').split('\n') : []
  const isSame = now.map((print, index) => print === then[index])
  if (isSame.every(Boolean)) return []
  const next = join(root, `tmp/dist-${process.pid}`)
  const done = []
  const dist = join(root, 'dist')
  try {
    mkdirSync(next, { recursive: true })
    if (isSame[0]) cpSync(dist, next, { recursive: true, filter: (path) => path !== join(dist, 'admin') })
    else {
      buildSources(next)
      done.push('built dist/')
    }
    if (isSame[1]) cpSync(join(dist, 'admin'), join(next, 'admin'), { recursive: true })
    else done.push(`built dist/admin/: ${buildPanel(join(next, 'admin'))} kB before and with the largest screen, gzipped`)
    writeFileSync(join(next, '.build'), now.join('\n'))
    rmSync(dist, { recursive: true, force: true })
    renameSync(next, dist)
    return done
  } finally {
    rmSync(next, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(build().join('\n') || 'dist/ is up to date')
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
