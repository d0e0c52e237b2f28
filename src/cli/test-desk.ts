import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** A secret as an operator would make it. */
export const secret = 'Zk3vT9qLx0bWm5RyHc8uNfJ2sPaDg7EiOo4Vt1'

// biome-ignore lint/suspicious/noExplicitAny: JSON of another process, judged by the test
type Json = any

/** A desk in an operator's room: folders, commands and servers of the built package, all cleared away after a test. */
export function createDesk() {
  const folders: string[] = []
  const children: ChildProcess[] = []

  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KEYWRIGHT_')))
    const child = spawn(process.execPath, [main, ...args], {
      cwd: tmpdir(),
      env: { ...clean, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      said.stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      said.stderr += chunk
    })
    return { child, said, closed: once(child, 'close') }
  }

  function folder(): string {
    const made = mkdtempSync(join(tmpdir(), 'desk-'))
    folders.push(made)
    return join(made, 'data')
  }

  async function run(args: readonly string[], env?: Readonly<Record<string, string>>) {
    const { said, closed } = start(args, env)
    const [code] = await closed
    return { ...said, code: code as number | null }
  }

  return {
    folder,
    run,
    /** Runs a command that must succeed. */
    async json(dir: string, ...args: string[]): Promise<Json> {
      const { code, stdout, stderr } = await run([...args, '--json', '--data-dir', dir])
      if (code !== 0) throw new Error(`${args.join(' ')} exited with ${code}: ${stderr}`)
      return JSON.parse(stdout)
    },
    /** Starts `serve --dev` and answers once it says that it listens. */
    async serve(dir: string, env?: Readonly<Record<string, string>>) {
      const port = await freePort()
      const { child, said, closed } = start(['serve', '--dev', '--data-dir', dir, '--port', String(port)], env)
      while (!said.stdout.includes('Stop with')) {
        await Promise.race([once(child.stdout, 'data'), closed])
        if (child.exitCode !== null) throw new Error(`the server ended: ${said.stderr}`)
      }
      const url = `http://127.0.0.1:${port}`
      return {
        url,
        output: () => said.stdout + said.stderr,
        async stop(signal: NodeJS.Signals): Promise<number | null> {
          child.kill(signal)
          const [code] = await closed
          return code
        },
        async post(path: string, body: object): Promise<{ status: number; body: Json }> {
          const headers = { 'content-type': 'application/json', 'x-auth-strategy': 'bearer' }
          const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
          return { status: response.status, body: await response.json() }
        },
      }
    },
    async clear(): Promise<void> {
      for (const child of children.splice(0)) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        child.kill('SIGKILL')
        await once(child, 'close')
      }
      for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
