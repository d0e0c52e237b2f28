/**
 * Judges the packed tarball with publint and "are the types wrong?", in the ESM-only profile.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { withTarball } from './pack.mjs'

withTarball((tarball) => {
  const tools = [
    ['node_modules/.bin/publint', 'run', tarball, '--strict'],
    ['node_modules/.bin/attw', tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii'],
  ]
  for (const [tool, ...args] of tools) {
    const { status } = spawnSync(tool, args, { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
})
