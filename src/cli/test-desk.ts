import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { product } from '../kernel/product.ts'

/** The URL of a built module. */
export const built = (path: string): string => new URL(`../../dist/${path}`, import.meta.url).href
const main = fileURLToPath(built('cli/main.js'))

/** A secret as an operator would make it. */
export const secret = 'Zk3vT9qLx0bWm5RyHc8uNfJ2sPaDg7EiOo4Vt1'

interface Named {
  readonly name: string
  readonly state: string
}

/** What commands print with `--json`, as far as tests read it; each prints some of it. */
interface Printed {
  readonly user: { readonly id: string; readonly disabledAt: string | null }
  readonly users: readonly { readonly id: string }[]
  readonly data: Readonly<Record<string, object>>
  readonly temporaryPassword: string
  readonly entries: readonly { readonly id: string; readonly action: string }[]
  readonly sessions: readonly { readonly sessionHandle: string }[]
  readonly key: { readonly kid: string }
  readonly keys: readonly { readonly kid: string }[]
  readonly steps: readonly { readonly name: string }[]
  readonly applied: readonly string[]
  readonly removed: readonly string[]
  readonly migrations: readonly Named[]
  readonly jobs: readonly object[]
  readonly findings: readonly { readonly check: string; readonly level: string; readonly ok: boolean; readonly detail: string }[]
  readonly settings: readonly { readonly name: string; readonly value: string | null; readonly source: string }[]
}

/** What the server answers, as far as tests read it. */
interface Answered {
  readonly status: string
  readonly accessToken: string
  readonly loginToken: string
  readonly user: { readonly id: string; readonly role: string }
}

/** Where and how a command is called. */
interface Call {
  readonly cwd?: string
  readonly env?: Env
}
type Env = Readonly<Record<string, string>>

/** A desk in an operator's room: folders, commands and servers of the built package, all cleared away after a test. */
export function createDesk(program = main) {
  const folders: string[] = []
  const children: ChildProcess[] = []

  /** Starts the built command line. Nothing of our own environment reaches it. */
  function start(args: readonly string[], { cwd = tmpdir(), env = {} }: Call = {}) {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith(product.envPrefix)))
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env: { ...clean, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    const said = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said.stderr += text
    })
    const closed = once(child, 'close')
    return {
      said,
      closed,
      pid: child.pid,
      /** Waits until its output has `text`. @throws when it ends before */
      async says(text: string): Promise<void> {
        while (!said.stdout.includes(text)) {
          const [ended] = await Promise.race([once(child.stdout, 'data').then(() => [false]), closed.then(() => [true])])
          if (ended && !said.stdout.includes(text))
            throw new Error(`it ended without saying ${text}: ${said.stdout}${said.stderr}`)
        }
      },
      async stop(signal: NodeJS.Signals): Promise<number | null> {
        child.kill(signal)
        const [code] = await closed
        return code
      },
      kill: (signal: NodeJS.Signals) => child.kill(signal),
    }
  }

  function folder(): string {
    const made = mkdtempSync(join(tmpdir(), 'desk-'))
    folders.push(made)
    return join(made, 'data')
  }

  async function run(args: readonly string[], env?: Env, cwd?: string) {
    const { said, closed } = start(args, { ...(env && { env }), ...(cwd !== undefined && { cwd }) })
    const [code] = await closed
    return { ...said, code: code as number | null }
  }

  /** Starts a server and answers once it says that it listens. */
  async function listening(args: readonly string[], call: Call, ready: string) {
    const port = await freePort()
    const running = start([...args, '--port', String(port)], call)
    await running.says(ready)
    const url = `http://127.0.0.1:${port}`
    return {
      ...running,
      url,
      port,
      output: () => running.said.stdout + running.said.stderr,
      async post(path: string, body: object): Promise<{ status: number; body: Answered }> {
        const headers = { 'content-type': 'application/json', 'x-auth-strategy': 'bearer' }
        const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
        return { status: response.status, body: (await response.json()) as Answered }
      },
    }
  }

  /** A folder with a config file in it, from which commands are called. */
  function configured(text: string): { cwd: string; dir: string } {
    const dir = folder()
    const cwd = dirname(dir)
    writeFileSync(join(cwd, `${product.name}.config.ts`), text)
    return { cwd, dir }
  }

  return {
    folder,
    configured,
    run,
    start,
    /** Runs a command that must succeed. */
    async json(dir: string, ...args: string[]): Promise<Printed> {
      const { code, stdout, stderr } = await run([...args, '--json', '--data-dir', dir])
      if (code !== 0) throw new Error(`${args.join(' ')} exited with ${code}: ${stderr}`)
      return JSON.parse(stdout)
    },
    /** Starts `serve --dev`. */
    serve: (dir: string, env?: Env, cwd?: string) =>
      listening(['serve', '--dev', '--data-dir', dir], { ...(env && { env }), ...(cwd !== undefined && { cwd }) }, 'Stop with'),
    /** Starts `serve` in production. */
    produce: (dir: string, env: Env, cwd?: string) =>
      listening(['serve', '--data-dir', dir], { env, ...(cwd !== undefined && { cwd }) }, '"msg":"listening"'),
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

const [firstPort, lastPort] = [20_000, 32_000]
/** Workers that were started one after the other begin far from each other. */
let nextPort = firstPort + ((process.pid * 97) % (lastPort - firstPort))

/**
 * A port of this machine that nobody uses, and that nobody is given before it is bound: it lies below those that the system hands out to
 * whoever asks for any, or connects (`net.ipv4.ip_local_port_range`), and is not chosen again soon.
 */
export async function freePort(): Promise<number> {
  for (let tries = firstPort; tries < lastPort; tries += 1) {
    const port = nextPort
    nextPort = port + 1 < lastPort ? port + 1 : firstPort
    if (await isFree(port)) return port
  }
  throw new Error(`no port from ${firstPort} to ${lastPort} is free`)
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  const found = new Promise<boolean>((resolve) => {
    probe.once('listening', () => resolve(true)).once('error', () => resolve(false))
  })
  probe.listen(port, '127.0.0.1')
  if (!(await found)) return false
  probe.close()
  await once(probe, 'close')
  return true
}
