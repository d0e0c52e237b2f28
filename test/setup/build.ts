/**
 * Runs once before the tests: says which engines were asked for, and builds `dist/`, from which tests start other processes.
 *
 * Sources that do not compile stop a CI run; at a desk the tests that need no second process may still run.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'

export default function setup(): void {
  console.log(`engines asked for: ${process.env.KEYWRIGHT_ENGINES ?? 'those that answer'}`)
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], { encoding: 'utf8' })
  if (status === 0) return
  if (process.env.CI) throw new Error(stderr)
  console.warn(`dist/ is not up to date: ${stderr}`)
}
