/**
 * Runs once before a lane: says which engines it runs on, and builds `dist/`, from which tests start other processes.
 *
 * Sources that do not compile stop a CI run; at a desk the tests that need no second process may still run.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'

/** What vitest calls; the lane's own environment decides on the engines, else whatever answers. */
export default async function setup({ name, config }: TestProject): Promise<void> {
  Object.assign(process.env, config.env)
  const { engines } = await import('../engines.ts')
  console.log(`${name} runs on: ${engines.map((engine) => engine.name).join(', ')}`)
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], { encoding: 'utf8' })
  if (status === 0) return
  if (process.env.CI) throw new Error(stderr)
  console.warn(`dist/ is not up to date: ${stderr}`)
}
