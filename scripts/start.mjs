/**
 * `npm start`: builds if needed, then becomes `keywright serve --dev` in this process, so that signals reach the server itself.
 *
 * Only syntax that old versions of Node can read, so that the first line they print is the one that helps.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Keywright needs Node 20.19 or newer; this is ${process.versions.node}. Get one from https://nodejs.org.`)
  process.exit(1)
}

const { build } = await import('./build.mjs')

try {
  build()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}

const main = new URL('../dist/cli/main.js', import.meta.url)
process.argv = [process.execPath, fileURLToPath(main), 'serve', '--dev', ...process.argv.slice(2)]
await import(main.href)
