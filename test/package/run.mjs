/**
 * The packed tarball, installed where nothing else of ours is: every entry loads, the bin answers, a strict consumer type-checks.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from '../../scripts/build.mjs'
import { withTarball } from '../../scripts/pack.mjs'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const entries = Object.keys(manifest.exports)
  .filter((key) => key !== './package.json')
  .map((key) => key.replace(/^\./, manifest.name))
const compiler = fileURLToPath(new URL('../../node_modules/ts7/bin/tsc', import.meta.url))

let passed = 0
let failed = 0

/** Asks an application on the installed package for files that are read beside its code: of the documents, and of the panel. */
const filesAreFound = `
import { createAuth } from '${manifest.name}'
import { sqlite } from '${manifest.name}/sqlite'
const secret = 'a secret of scripts, long enough for anybody'
const auth = createAuth({
  baseUrl: 'http://127.0.0.1:3000',
  secret: 'a secret for a house that nobody enters',
  storage: sqlite(':memory:'),
  admin: { secret },
  http: { docs: true },
  infra: { runJobs: false },
})
await auth.ready()
for (const path of ['/auth/docs/swagger-ui.css', '/auth/docs/swagger-ui-bundle.js', '/admin']) {
  const { status } = await auth.handle(new Request('http://127.0.0.1:3000' + path, { headers: { authorization: 'Bearer ' + secret } }))
  if (status !== 200) throw new Error(path + ' answered ' + status)
}
await auth.close()
`

/** Runs one check in a folder; its output is shown only when it fails. @returns whether it passed */
function check(name, cwd, [command, ...args], isRight = () => true) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  const ok = status === 0 && isRight(stdout)
  if (ok) passed += 1
  else failed += 1
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}`)
  if (!ok) console.log(`${stdout}${stderr}`.trimEnd())
  return ok
}

function writeConsumer(folder) {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}'`)
  const uses = entries.map((_, index) => `entry${index}`)
  writeFileSync(
    join(folder, 'consumer.ts'),
    `${imports.join('\n')}\nexport const everything: readonly object[] = [${uses.join(', ')}]\n`,
  )
  for (const skipLibCheck of [true, false]) {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023'],
      types: ['node'],
      strict: true,
      noEmit: true,
      skipLibCheck,
    }
    writeFileSync(join(folder, projectName(skipLibCheck)), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
  }
}

const projectName = (skipLibCheck) => `tsconfig.${skipLibCheck ? 'skip' : 'full'}.json`

function checkConsumer(folder, tarball) {
  const pins = ['zod', '@types/node'].map((name) => `${name}@${manifest.devDependencies[name]}`)
  const install = ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...pins]
  if (!check('the tarball installs beside zod', folder, install)) return
  for (const entry of entries) {
    const isFull = 'if (Object.keys(entry).length === 0) throw new Error("exports nothing")'
    const load = [process.execPath, '--input-type=module', '--eval', `const entry = await import('${entry}'); ${isFull}`]
    check(`${entry} loads`, folder, load)
  }
  check('documents and panel find their files', folder, [process.execPath, '--input-type=module', '--eval', filesAreFound])
  const bin = [join(folder, 'node_modules/.bin', manifest.name), '--version']
  check('the bin says its version', folder, bin, (output) => output.trim() === manifest.version)
  for (const skipLibCheck of [true, false]) {
    const name = `a strict consumer type-checks ${skipLibCheck ? 'without' : 'with'} the declarations of its libraries`
    check(name, folder, [process.execPath, compiler, '-p', projectName(skipLibCheck)])
  }
}

build()
withTarball((tarball, folder) => {
  const consumer = join(folder, 'consumer')
  writeConsumer(consumer)
  checkConsumer(consumer, tarball)
})
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
