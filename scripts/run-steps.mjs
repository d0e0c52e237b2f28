/**
 * Runs named steps, two at a time, and says of each how it went and how long it took. Only a failed step shows its output.
 *
 * @module
 */
import { spawn } from 'node:child_process'

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Runs one command to its end. */
function run({ command }) {
  const [file, ...args] = command
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ ok: false, output: `${output}${error.message}` }))
    child.on('close', (status) => resolve({ ok: status === 0, output }))
  })
}

/**
 * Runs steps; one that waits `after` another starts when that one has passed, and fails with it.
 *
 * @param steps rows of `{ name, command, after? }`
 * @returns how many passed and failed
 */
export async function runSteps(steps, atOnce = 2) {
  const results = new Map()
  const waiting = [...steps]
  const running = new Set()

  async function start(step) {
    const since = performance.now()
    const { ok, output } = await run(step)
    results.set(step.name, ok)
    console.log(`${ok ? 'ok    ' : 'FAILED'}  ${step.name}  ${seconds(since)}`)
    if (!ok) console.log(output.trimEnd())
  }

  while (waiting.length > 0 || running.size > 0) {
    const lost = waiting.findIndex(({ after }) => results.get(after) === false)
    if (lost >= 0) {
      const [step] = waiting.splice(lost, 1)
      results.set(step.name, false)
      console.log(`FAILED  ${step.name}  not run: "${step.after}" failed`)
      continue
    }
    const next = running.size < atOnce ? waiting.findIndex(({ after }) => after === undefined || results.get(after)) : -1
    if (next < 0) {
      await Promise.race(running)
      continue
    }
    const [step] = waiting.splice(next, 1)
    const task = start(step).then(() => running.delete(task))
    running.add(task)
  }
  const passed = [...results.values()].filter(Boolean).length
  return { passed, failed: results.size - passed }
}
