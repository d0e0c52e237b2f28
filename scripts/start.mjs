/**
 * `npm start`: builds if needed, then becomes `keywright serve --dev` in this process.
 *
 * npm hands a signal to the shell between it and us, which dies of it without passing it on; a server that lost its shell stops by itself,
 * or it would hold the port with nobody to end it.
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

if (process.env.npm_lifecycle_event && process.platform !== 'win32') {
  const shell = process.ppid
  setInterval(() => {
    if (process.ppid !== shell) process.kill(process.pid, 'SIGTERM')
  }, 200).unref()
}

const main = new URL('../dist/cli/main.js', import.meta.url)
process.argv = [process.execPath, fileURLToPath(main), 'serve', '--dev', ...process.argv.slice(2)]
await import(main.href)
