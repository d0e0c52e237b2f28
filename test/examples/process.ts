/**
 * Starts an installed example, or the host of the suite, as a process of its own.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { freePort } from '../../src/cli/test-desk.ts'

/** Runs Node in `cwd` until the test is over. @returns the line that matches, and the port it was told */
export async function startProcess(cwd: string, args: readonly string[], ready: RegExp, settings: Record<string, string> = {}) {
  const port = String(await freePort()) // the examples have to know their own URL before they listen
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', PORT: port, ...settings }
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const said: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
  for await (const line of createInterface(child.stdout)) {
    said.push(line)
    if (!ready.test(line)) continue
    child.stdout.resume()
    return { line, port }
  }
  throw new Error(`it ended before it listened:\n${said.join('\n')}`)
}
