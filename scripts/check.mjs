// Runs every check, says which failed, and shows only what failed.
import { spawnSync } from 'node:child_process'

const steps = [
  ['format and lint', 'node_modules/.bin/biome', 'check', '.'],
  ['types', 'node_modules/.bin/tsc', '-p', 'tsconfig.json'],
  ['types (TypeScript 6)', process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
]

for (const [name, command, ...args] of steps) {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}  ${seconds} s`)
  if (status === 0) continue
  console.log(stdout, stderr)
  process.exitCode = 1
}
