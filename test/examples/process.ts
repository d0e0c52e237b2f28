/**
 * Starts an installed example, or the host of the suite, as a process of its own.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** A port that was free a moment ago: the examples have to know their own URL before they listen. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return String(port)
}

/** Runs Node in `cwd` until the test is over. @returns the line that matches, and the port it was told */
export async function startProcess(cwd: string, args: readonly string[], ready: RegExp, settings: Record<string, string> = {}) {
  const port = await freePort()
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
